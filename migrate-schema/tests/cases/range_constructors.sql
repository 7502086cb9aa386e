-- A range of another kind is made anew, with what it is used in; its functions have names of their own, comments and privileges.
CREATE TYPE span AS RANGE (subtype = float8);
COMMENT ON FUNCTION span(float8, float8) IS 'makes one';
REVOKE EXECUTE ON FUNCTION span_multirange() FROM PUBLIC;
CREATE TABLE t (a int, CHECK (upper(span(a, a)) > 0));
-- becomes
CREATE TYPE span AS RANGE (subtype = numeric);
ALTER FUNCTION span(numeric, numeric) RENAME TO "make span";
COMMENT ON FUNCTION "make span"(numeric, numeric) IS 'makes one';
GRANT EXECUTE ON FUNCTION span_multirange() TO migrate_test_reader;
CREATE TABLE t (a int, CHECK (upper("make span"(a, a)) > 0));
