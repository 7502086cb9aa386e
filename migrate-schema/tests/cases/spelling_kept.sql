-- What is written is read as what was declared, and not as what is printed.
-- pinned before PostgreSQL 16
CREATE TABLE a (x varchar(8), n int, tags text[]);

-- becomes
CREATE TABLE a (x varchar(8), n int, tags text[]);
ALTER TABLE a ADD CONSTRAINT known CHECK (x IN ('a', 'b'));
ALTER TABLE a ADD CONSTRAINT between_and CHECK (n BETWEEN 1 AND 2 AND x <> 'c');
CREATE VIEW v AS SELECT n FROM a WHERE EXISTS (SELECT 'x' WHERE a.tags && ARRAY['a'::varchar, 'b']::varchar[]::text[]);
