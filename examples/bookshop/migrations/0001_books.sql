CREATE TABLE books (
    id     INTEGER PRIMARY KEY,
    title  TEXT    NOT NULL,
    author TEXT    NOT NULL,
    year   INTEGER NOT NULL,
    price  INTEGER NOT NULL CHECK (price > 0), -- cents
    UNIQUE (title, author)
) STRICT;
