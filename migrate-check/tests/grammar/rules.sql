-- What the rules and actions of PostgreSQL's grammar let pass, beside `rules-broken.sql`: a paragraph a case, in the same order.

-- Operators, and `IS`.

SELECT a <> - b, a IS NOT NULL, (a IS NULL) IS NULL, a !~ b

SELECT a ~ -1, a *- b, a @- b, a>=-1, 2--1
+ 1

-- Queries in expressions, without columns.

SELECT x IN (SELECT FROM t), (SELECT FROM t), EXISTS (SELECT FROM t), ARRAY(SELECT)

-- Indexes.

CREATE INDEX ON t (a, (b), ((a, b)), f(a) b.text_ops, a COLLATE "C" DESC NULLS LAST)

CREATE INDEX ON t USING gin (to_tsvector('english', name))

-- Types and columns.

ALTER TABLE t ADD COLUMN double double precision

ALTER TABLE t ADD precision int, ADD COLUMN "user" int, DROP a

CREATE TABLE t (a float(53), b character varying NOT NULL COLLATE "C", c int GENERATED ALWAYS AS (1) STORED)

-- Constraints, and what they say of themselves.

ALTER TABLE t ALTER CONSTRAINT c NOT DEFERRABLE INITIALLY IMMEDIATE

ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE DEFERRABLE INITIALLY DEFERRED NOT ENFORCED

ALTER TABLE t ADD CHECK (a > 0) NOT VALID NO INHERIT, ADD UNIQUE (a) DEFERRABLE

ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES b MATCH FULL ON DELETE SET NULL (a) ON UPDATE SET NULL NOT VALID

-- Names.

SELECT a.b.c.d.e, a.*, (a).b.*, a[1].b FROM a.b.c

CREATE TYPE a.b.c AS (d int)

DROP OPERATOR ^ (NONE, bit)

CREATE SCHEMA public AUTHORIZATION CURRENT_USER

GRANT a TO PUBLIC

CREATE EXTENSION "user" CASCADE

CREATE FUNCTION a.b.c() RETURNS TABLE (d int) LANGUAGE "SQL" AS ''

-- Roles, policies and partitions, whose words are no key words.

CREATE ROLE a SUPERUSER NOCREATEDB ROLE b, c ADMIN d IN GROUP e PASSWORD NULL

CREATE POLICY a ON b AS RESTRICTIVE USING (true)

CREATE TABLE t (a int) PARTITION BY "List" (a)

CREATE TABLE t PARTITION OF a FOR VALUES WITH (modulus 2, remainder 1)

-- Triggers and views.

CREATE TRIGGER a BEFORE INSERT OR UPDATE OF b OR DELETE ON c EXECUTE FUNCTION d()

CREATE CONSTRAINT TRIGGER a AFTER INSERT ON b DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION c()

CREATE OR REPLACE RECURSIVE VIEW a (b) AS SELECT 1

-- Queries and their clauses.

(SELECT a ORDER BY b) LIMIT 1

(SELECT a FROM b ORDER BY c) FETCH FIRST ROW WITH TIES

WITH a AS (SELECT 1) (SELECT b ORDER BY c LIMIT 1) OFFSET 2

SELECT a FROM b LIMIT 1 OFFSET 2

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM b

SELECT sum(a) OVER (ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), sum(a) OVER (ROWS UNBOUNDED PRECEDING) FROM b

SELECT (a, b) OVERLAPS (c, d), ROW(a, b) OVERLAPS (c, d)

-- Publications, copies and settings.

ALTER PUBLICATION a SET TABLE b, c (d) WHERE (e), TABLES IN SCHEMA f, CURRENT_SCHEMA, g

COPY a FROM '/x' WHERE b > 1

COPY a TO PROGRAM 'cat'

SET TIME ZONE INTERVAL '1' HOUR TO MINUTE

RESET TIME ZONE

-- What is read by another way than it looks, and repeated where it has no effect.

DO LANGUAGE plpgsql

DO 'x' 'y' LANGUAGE a LANGUAGE b

CREATE FUNCTION f() RETURNS int STABLE STABLE LANGUAGE none

ALTER INDEX a ADD COLUMN b int

SET NAMES

RESET time

DEALLOCATE PREPARE

UPDATE t SET (a) = 1

INSERT INTO t VALUES ((DEFAULT, 1))

ALTER TABLE t ALTER 1 SET STATISTICS 2

SELECT FROM XMLTABLE('a' PASSING b COLUMNS c int PATH 'd' DEFAULT 1 NOT NULL)

SELECT FROM JSON_TABLE(a, '$' COLUMNS (b int)) AS t

SELECT JSON_OBJECT('a': b FORMAT JSON ENCODING utf8)

-- Strings, numbers and other tokens.

SELECT 'a'
'b', E'\u0041\x41\101' -- then
'\'', U&'d!0061' UESCAPE '!', B'01', X'1f', N'a', $a$b$a$

SELECT 1_000, 0x1F, 0b1, 0o7, 1.5e-3, .5, 1., 99999999999, a[1:2]
