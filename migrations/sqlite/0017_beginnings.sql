-- A beginning of up to six letters is looked up like a word: walked from the newest part back until there is enough, and not
-- put together first from every part that holds it.

-- From here on each engine has its own words.

drop table word_index;
create virtual table word_index using fts5 (
    words, content = 'part_words', content_rowid = 'seq', tokenize = 'ascii', prefix = '1 2 3 4 5 6', detail = none,
    columnsize = 0
);
insert into word_index (word_index, rank) values ('secure-delete', 1);
insert into word_index (rowid, words) select seq, words from part_words where words is not null;
