-- Search over what was said. The store makes the words (lower case, no accents), so that both engines find the same.

create table part_words (
    -- Order in which parts were finished: what was said last is found first.
    seq integer primary key autoincrement,
    session_id text not null,
    part_id text not null,
    -- Every word of the part once. Null: it was written before there was a search, and the store owes the words.
    words text,
    unique (session_id, part_id),
    foreign key (session_id, part_id) references parts (session_id, id) on delete cascade
);
create index part_words_owed on part_words (seq) where words is null;

insert into part_words (session_id, part_id)
select session_id, id from parts
where open = 0 and dropped = 0 and kind <> 'reasoning'
order by started_at, session_id, ord;

-- From here on each engine has its own words.

-- Only which part holds which word, not where: a snippet is cut from the part itself.
create virtual table word_index using fts5 (
    words, content = 'part_words', content_rowid = 'seq', tokenize = 'ascii', prefix = '1 2', detail = none,
    columnsize = 0
);
-- What leaves the index leaves the file.
insert into word_index (word_index, rank) values ('secure-delete', 1);

create trigger part_words_added after insert on part_words when new.words is not null begin
    insert into word_index (rowid, words) values (new.seq, new.words);
end;
create trigger part_words_changed after update of words on part_words begin
    insert into word_index (word_index, rowid, words)
    select 'delete', old.seq, old.words where old.words is not null;
    insert into word_index (rowid, words) select new.seq, new.words where new.words is not null;
end;
create trigger part_words_gone after delete on part_words when old.words is not null begin
    insert into word_index (word_index, rowid, words) values ('delete', old.seq, old.words);
end;
