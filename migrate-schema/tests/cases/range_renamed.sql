-- What makes values of a range and of its multirange follows a new name and a new schema, and keeps its comment and privileges.
-- rename fr=span
-- rename gone.away=public.away
CREATE SCHEMA gone;
CREATE TYPE fr AS RANGE (subtype = float8);
COMMENT ON FUNCTION fr(float8, float8) IS 'makes one';
REVOKE EXECUTE ON FUNCTION fr_multirange(VARIADIC fr[]) FROM PUBLIC;
CREATE TYPE gone.away AS RANGE (subtype = int);
CREATE TABLE t (a float8, b fr DEFAULT fr(1, 2), EXCLUDE USING gist (fr(a, a, '[]') WITH &&));
-- becomes
CREATE SCHEMA gone;
CREATE TYPE span AS RANGE (subtype = float8);
COMMENT ON FUNCTION span(float8, float8) IS 'makes one';
COMMENT ON FUNCTION span_multirange() IS 'makes none';
GRANT EXECUTE ON FUNCTION span(float8, float8, text) TO migrate_test_reader;
CREATE TYPE away AS RANGE (subtype = int);
CREATE TABLE t (a float8, b span DEFAULT span(1, 2), EXCLUDE USING gist (span(a, a, '[]') WITH &&));
