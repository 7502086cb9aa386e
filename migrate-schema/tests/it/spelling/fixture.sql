CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN short AS varchar(8);
CREATE DOMAIN words AS text;
CREATE DOMAIN plus AS int CHECK (VALUE > 0);
CREATE DOMAIN lists AS text[];
CREATE TYPE pair AS (a int, b text, c varchar(5));
CREATE TABLE t (
    id int PRIMARY KEY, i int, s smallint, b bigint, n numeric(10, 2), f4 real, f8 float8, bo boolean, tx text, vc varchar, v8 varchar(8),
    c3 char(3), nm name, ch "char", bin bytea, d date, ti time, ts timestamp, tz timestamptz, iv interval, u uuid, jb jsonb, x xml, bi bit(3),
    vb varbit(5), ci cidr, ne inet, ia int[], ta text[], va varchar[], na numeric[], iaa int[], m mood, dw words, ds short, dp plus, da lists,
    p pair, ir int4range, tv tsvector, o oid, rc regclass
);
CREATE TABLE t2 (id int PRIMARY KEY, i int, vc varchar(10), tx text, tid int REFERENCES t, d date);
CREATE SEQUENCE sq;
CREATE FUNCTION few(VARIADIC a text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''a''';
CREATE FUNCTION many(a bigint[], b numeric[] DEFAULT NULL) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''a''';
CREATE FUNCTION named(a int, b text DEFAULT 'x', c varchar DEFAULT 'y') RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION pairs(a int) RETURNS SETOF pair LANGUAGE sql IMMUTABLE AS 'SELECT NULL::pair';
CREATE FUNCTION records(a int) RETURNS SETOF record LANGUAGE sql IMMUTABLE AS 'SELECT 1, ''a''::text';
CREATE FUNCTION rows_of(a t) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION react() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION near(a int, b int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = near);
CREATE SCHEMA other;
CREATE TYPE other.size AS ENUM ('s', 'm');
CREATE OPERATOR other.=#= (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
CREATE COLLATION other.plain FROM "C";
