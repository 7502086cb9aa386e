-- An operator and a cast, with the functions behind them.
-- becomes
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION pair_add(pair, pair) RETURNS pair LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1.a + $2.a, $1.b + $2.b)::pair';
CREATE OPERATOR + (LEFTARG = pair, RIGHTARG = pair, FUNCTION = pair_add, COMMUTATOR = +);
CREATE FUNCTION pair_text(pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.a || ''/'' || $1.b';
CREATE CAST (pair AS text) WITH FUNCTION pair_text(pair) AS ASSIGNMENT;
COMMENT ON OPERATOR + (pair, pair) IS 'Part by part.';
