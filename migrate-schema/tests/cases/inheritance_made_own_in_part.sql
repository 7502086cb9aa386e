-- Only one column becomes the table's own too: PostgreSQL has no statement for one of several.
-- named
CREATE TABLE a (x int, y text);
CREATE TABLE h () INHERITS (a);
-- becomes
CREATE TABLE a (x int, y text);
CREATE TABLE h (x int) INHERITS (a);
