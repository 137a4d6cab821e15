-- A beginning of up to six letters is looked up like a word: walked from the newest part back until there is enough, and not
-- put together first from every part that holds it.

-- From here on each engine has its own words.

-- PostgreSQL's index has no such lists: it looks up beginnings as it did.
