-- Search over what was said. The store makes the words (lower case, no accents), so that both engines find the same.

create table part_words (
    -- Order in which parts were finished: what was said last is found first.
    seq bigint generated always as identity primary key,
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

create index word_index on part_words using gin (array_to_tsvector(string_to_array(words, ' ')));
