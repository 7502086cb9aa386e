-- Expressions, types, literals, and JSON.

SELECT 1 + 2 - 3 * 4 / 5 % 6 ^ 7, -a, +b, @ -5, |/ 25, ||/ 27, ~1, a # b, a & b | c, a << 1 >> 2

SELECT a = b, a <> b, a != b, a < b, a <= b, a >= b, NOT a AND b OR c, a IS TRUE, a IS NOT UNKNOWN, a IS NULL, a NOTNULL, a ISNULL, a IS NOT FALSE

SELECT a -> 'b' ->> 'c' #> '{d}' #>> '{e}', a @> b, a <@ b, a ? 'c', a ?| array['d'], a ?& '{e}', a #- '{f}', a @? '$.g', a @@ '$.h', a || b, a - 'c'

SELECT a ~ 'b', a ~* 'c', a !~ 'd', a !~* 'e', a ~~ 'f', a ~~* 'g', a !~~ 'h', a ^@ 'i', a && b, a -|- b, a <-> b, a <=> b, a &< b, a |>> b, a <#> b

SELECT a LIKE 'b' ESCAPE '!', a NOT ILIKE 'c', a SIMILAR TO 'd' ESCAPE '!', a NOT SIMILAR TO 'e', a LIKE ANY (array['f']), a NOT LIKE ALL ('{g}')

SELECT a BETWEEN 1 AND 2, a NOT BETWEEN SYMMETRIC 3 AND 4 AND b, a IN (1, 2), a NOT IN (SELECT 1), a IN (VALUES (1), (2))

SELECT a IS DISTINCT FROM b, a IS NOT DISTINCT FROM NULL, a IS DOCUMENT, a IS NOT DOCUMENT, a IS NORMALIZED, a IS NOT NFC NORMALIZED, a IS NFKD NORMALIZED

SELECT a = ANY (b), a <> ALL (SELECT 1), a > SOME (ARRAY[1, 2]), EXISTS (SELECT 1), NOT EXISTS (TABLE a), (SELECT 1) + 1, a OPERATOR(pg_catalog.=) b, OPERATOR(pg_catalog.-) c

SELECT CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' ELSE 'z' END, CASE WHEN a THEN b END

SELECT COALESCE(a, b), NULLIF(a, b), GREATEST(a, b), LEAST(a, b), ROW(1, 2), ROW(), (1, 2), ARRAY[1, 2], ARRAY[[1], [2]], ARRAY[]::int[], ARRAY(SELECT 1)

SELECT a[1], a[1][2], a[1:2], a[:2], a[1:], a[:], (b).c[1], (array[1, 2])[1], (f(x)).y, $1[1], a.b[1].c

SELECT CAST(a AS int), a::numeric(10, 2)::text, a::int[], a::int[3][], a::int ARRAY, a::int ARRAY[4], a::double precision, a::"char", a::b.c, a::b.c(1), 1::bit(3), a::bit varying(5)

SELECT int '1', date '2025-01-01', b.c 'x', numeric(10, 2) '1.5', timestamp with time zone '2025-01-01', time(3) without time zone '10:00', interval '1' day, interval '1-2' year to month, interval(3) '5 seconds', interval '1' second(3), "char" 'a', bit '101', f('x') 'y'

SELECT 'a', E'\x41\u0041\n', U&'d!0061t' UESCAPE '!', U&"d\0061t", B'101', X'1F', N'x', $$a'b$$, $t$a$$b$t$, 'it''s', 1.5e10, .5, 5., 0x1F, 0o17, 0b101, 1_000_000, 1_000.000_1

SELECT f(), f(1, 2), f(a => 1, b := 2), f(VARIADIC array[1]), f(1, VARIADIC a => b), f(*), f(DISTINCT a ORDER BY b DESC), f(ALL a), s.f(a), f(1) FILTER (WHERE b), f(a ORDER BY b USING <)

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC) FILTER (WHERE b), count(*), array_agg(a ORDER BY b NULLS LAST)

SELECT EXTRACT(year FROM a), EXTRACT('epoch' FROM a), OVERLAY(a PLACING b FROM 1 FOR 2), POSITION('a' IN b), SUBSTRING(a FROM 1 FOR 2), SUBSTRING(a SIMILAR 'b' ESCAPE '#'), SUBSTRING(a FOR 2), SUBSTRING(a, 1), TRIM(BOTH 'x' FROM a), TRIM(LEADING FROM a), TRIM(a, b), TREAT(a AS b), NORMALIZE(a, NFC), COLLATION FOR (a)

SELECT CURRENT_DATE, CURRENT_TIME(3), CURRENT_TIMESTAMP, LOCALTIME, LOCALTIMESTAMP(2), CURRENT_USER, SESSION_USER, USER, CURRENT_ROLE, CURRENT_CATALOG, CURRENT_SCHEMA, SYSTEM_USER

SELECT a AT TIME ZONE 'UTC', a AT LOCAL, a COLLATE "C" < b, (a, b) OVERLAPS (c, d), (a, b) = (1, 2), (a, b) IN ((1, 2)), ROW(a.*) IS NULL

SELECT XMLELEMENT(NAME a, XMLATTRIBUTES(b AS c, d), 'e'), XMLFOREST(a AS b, c), XMLPI(NAME a, 'b'), XMLROOT(a, VERSION '1.0', STANDALONE YES), XMLPARSE(DOCUMENT a PRESERVE WHITESPACE), XMLSERIALIZE(CONTENT a AS text INDENT), XMLCONCAT(a, b), XMLEXISTS('//a' PASSING BY VALUE b)

SELECT JSON_OBJECT('a': 1, 'b' VALUE 2, KEY 'c' VALUE 3 NULL ON NULL WITH UNIQUE KEYS RETURNING jsonb FORMAT JSON ENCODING UTF8), JSON_OBJECT(), JSON_OBJECT('{a,b}'), JSON_OBJECT(a, b)

SELECT JSON_ARRAY(1, 2 ABSENT ON NULL RETURNING jsonb), JSON_ARRAY(SELECT 1), JSON_ARRAY(), JSON_ARRAYAGG(a ORDER BY b NULL ON NULL), JSON_OBJECTAGG(a: b ABSENT ON NULL WITH UNIQUE), JSON_OBJECTAGG(a VALUE b)

SELECT JSON_EXISTS(a, '$.b' PASSING 1 AS x UNKNOWN ON ERROR), JSON_VALUE(a, '$' RETURNING int DEFAULT 0 ON EMPTY ERROR ON ERROR), JSON_QUERY(a, '$' RETURNING jsonb WITH UNCONDITIONAL ARRAY WRAPPER OMIT QUOTES ON SCALAR STRING EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR)

SELECT JSON('1' WITH UNIQUE KEYS), JSON_SCALAR(1), JSON_SERIALIZE(a RETURNING bytea), a IS JSON, a IS NOT JSON OBJECT WITH UNIQUE KEYS, a IS JSON ARRAY, a IS JSON SCALAR, a IS JSON VALUE WITHOUT UNIQUE

SELECT a::json::text, (a)::b, -1::int, NOT a::bool, a.b::c.d, 'x'::regclass::oid, '{}'::jsonb -> 'a', a::varchar(5)[]

SELECT "select", "a""b", größe, 表, _a$1, a . b, a."B".c FROM "Überblick"

SELECT /* a /* nested */ b */ 1 -- end
    , 2 /* ' */

SELECT value, name, type, key, action, data, date, time, timestamp '2025-01-01', text, level, owner, user_id, position, year, month, zone, path, format, columns, keys, status, comment, password, role, roles, version, schema, index, view FROM t

SELECT 1 AS year, 2 AS "table", 3 AS order, 4 AS within, 5 AS array FROM a year

SELECT left('a', 1), right('a', 1), date(a), text(a), name(a), replace(a, b, c), format('%s', a), row_number() OVER (), nullif(a, b), set_config('a', 'b', true), values FROM t

SELECT a.b.c.d, a.*::text, (a.*)::text, count(a.*), row_to_json(a.*) FROM a

SELECT a <> -1, a = - 1, a *-1, a=-1, a>=-1, a<-1, b*(-1), 2 ^ -3, a @-1

SELECT 'a'
    'b' -- and
    'c'
