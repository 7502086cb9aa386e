//! What PostgreSQL prints first, and what it prints when that was read: no server is needed to know it. That it is so is
//! tried on a server by the tests of whole schemas.

use super::{Domains, is_in_parentheses, written};

/// The same where there is a domain over arrays.
fn is_same(one: &str, other: &str) -> bool {
    let domains = [("lists", "text"), ("o.codes", "character varying(3)")];
    let domains = domains.map(|(name, element)| (name.to_owned(), element.to_owned()));
    super::is_same_among(one, other, &Domains::from(domains))
}

/// The first print, the second one, and what is written so that the first comes again.
const READ: [(&str, &str, &str); 18] = [
    (
        "((x)::text = ANY ((ARRAY['a'::character varying, NULL::character varying])::text[]))",
        "((x)::text = ANY (ARRAY[('a'::character varying)::text, (NULL::character varying)::text]))",
        "((x)::text = ANY ((ARRAY['a'::character varying, NULL::character varying]::character varying[])::text[]))",
    ),
    (
        "f((ARRAY[ARRAY[1, (i)::integer], ARRAY[2, 3]])::numeric[])",
        "f(ARRAY[ARRAY[(1)::numeric, ((i)::integer)::numeric], ARRAY[(2)::numeric, (3)::numeric]])",
        "f((ARRAY[ARRAY[1, (i)::integer], ARRAY[2, 3]]::integer[])::numeric[])",
    ),
    (
        "((ARRAY[('a'::character varying COLLATE \"C\"), (b)::character varying])::text[])[1]",
        "(ARRAY[(('a'::character varying)::text COLLATE \"C\"), ((b)::character varying)::text])[1]",
        "((ARRAY[('a'::character varying COLLATE \"C\"), (b)::character varying]::character varying[])::text[])[1]",
    ),
    (
        "(ARRAY['a'::bpchar, 'b'::bpchar])::character(3)[]",
        "ARRAY['a'::character(3), 'b'::character(3)]",
        "(ARRAY['a'::bpchar, 'b'::bpchar]::bpchar[])::character(3)[]",
    ),
    (
        "(ARRAY['10:00'::time(2) without time zone])::interval[]",
        "ARRAY[('10:00'::time(2) without time zone)::interval]",
        "(ARRAY['10:00'::time(2) without time zone]::time(2) without time zone[])::interval[]",
    ),
    (
        "(x = (ARRAY[a, 'b'::character varying])::lists)",
        "(x = (ARRAY[(a)::text, ('b'::character varying)::text])::lists)",
        "(x = (ARRAY[a, 'b'::character varying])::lists)",
    ),
    (
        "(ARRAY['b'::character varying])::o.codes",
        "(ARRAY['b'::character varying(3)])::o.codes",
        "(ARRAY['b'::character varying]::character varying[])::o.codes",
    ),
    // Nothing says of what type the columns are, and no type is that of both.
    (
        "(ARRAY['a'::character varying(3), 'b'::character varying])::text[]",
        "ARRAY[('a'::character varying(3))::text, ('b'::character varying)::text]",
        "(ARRAY['a'::character varying(3), 'b'::character varying])::text[]",
    ),
    ("(ARRAY[a, b])::numeric[]", "ARRAY[(a)::numeric, (b)::numeric]", "(ARRAY[a, b])::numeric[]"),
    ("(ARRAY[a, b])::numeric[]", "ARRAY[(a)::numeric[], (b)::numeric[]]", "(ARRAY[a, b])::numeric[]"),
    (
        "(ARRAY[ARRAY[a, b], c])::text[]",
        "ARRAY[ARRAY[(a)::text, (b)::text], (c)::text[]]",
        "(ARRAY[ARRAY[a, b], c])::text[]",
    ),
    (
        "(ARRAY[ARRAY[a, b], (ARRAY[c])::short[]])::text[]",
        "ARRAY[ARRAY[(a)::text, (b)::text], (ARRAY[(c)::short])::text[]]",
        "(ARRAY[ARRAY[a, b], (ARRAY[c])::short[]])::text[]",
    ),
    (
        "((((a >= 1) AND (a <= 2)) AND b) AND (c OR d))",
        "((a >= 1) AND (a <= 2) AND b AND (c OR d))",
        "((((a >= 1) AND (a <= 2))::boolean AND b)::boolean AND (c OR d))",
    ),
    ("((a OR b) OR c)", "(a OR b OR c)", "((a OR b)::boolean OR c)"),
    (
        "(EXISTS ( SELECT DISTINCT 'x'::text, NULL::integer, t.a\n   FROM t))",
        "(EXISTS ( SELECT DISTINCT 'x'::text AS text, NULL::integer AS int4, t.a\n   FROM t))",
        "(EXISTS ( SELECT DISTINCT 'x'::text AS \"?column?\", NULL::integer AS \"?column?\", t.a\n   FROM t))",
    ),
    (
        "( SELECT ( SELECT 'x'::text) LIMIT 1)",
        "( SELECT ( SELECT 'x'::text AS text) AS text LIMIT 1)",
        "( SELECT ( SELECT 'x'::text AS \"?column?\") AS \"?column?\" LIMIT 1)",
    ),
    (
        " SELECT i AS a,\n    i AS b\n   FROM t\n  ORDER BY i, i DESC NULLS LAST\n LIMIT 1;",
        " SELECT i AS a,\n    i AS b\n   FROM t\n  ORDER BY i\n LIMIT 1;",
        " SELECT i AS a,\n    i AS b\n   FROM t\n  ORDER BY i, i DESC NULLS LAST\n LIMIT 1;",
    ),
    (
        ") CYCLE a SET c TO 'Y'::text DEFAULT 'N'::text USING p",
        ") CYCLE a SET c TO 'Y'::text DEFAULT 'N'::text USING p",
        ") CYCLE a SET c TO text 'Y' DEFAULT text 'N' USING p",
    ),
];

#[test]
fn both_prints_of_an_expression_are_the_same() {
    for (first, second, sql) in READ {
        let balanced = first.strip_prefix(')').unwrap_or(first);
        assert!(is_same(balanced, second.strip_prefix(')').unwrap_or(second)), "{first}\n{second}");
        let sql = sql.strip_prefix(')').unwrap_or(sql);
        assert_eq!(written(balanced.to_owned()), sql);
    }
}

#[test]
fn other_expressions_are_others() {
    let others = [
        ("(a AND (b AND c))", "(a AND b AND c)"),
        ("((a AND b) OR c)", "(a AND b OR c)"),
        ("((a OR b) AND c)", "(a OR b AND c)"),
        ("(a < -b)", "(a <- b)"),
        ("(ARRAY['a'::text])::name[]", "ARRAY[('a'::text)::text]"),
        ("(ARRAY[a])::lists", "(ARRAY[(a)::name])::lists"),
        ("(ARRAY[a])::lists", "ARRAY[(a)::text]"),
        ("(ARRAY[a])::others", "(ARRAY[(a)::text])::others"),
        ("(ARRAY['a'::text])::name[]", "ARRAY[('b'::text)::name]"),
        ("ARRAY[(a)::text, b]", "ARRAY[a, (b)::text]"),
        ("(ARRAY[a, b])::text[]", "ARRAY[(a)::text, (b)::text[]]"),
        (" SELECT 'a'::text AS a", " SELECT 'a'::text AS b"),
        (" SELECT 'a'::text AS a", " SELECT 'a'::text"),
        (" SELECT a\n   FROM t\n  ORDER BY a, b", " SELECT a\n   FROM t\n  ORDER BY b, a"),
        (" SELECT a\n   FROM t\n  ORDER BY a", " SELECT a\n   FROM t\n  ORDER BY a DESC"),
        ("'((a AND b) AND c)'::text", "'(a AND b AND c)'::text"),
        ("x((", "x("),
    ];
    for (one, other) in others {
        assert!(!is_same(one, other), "{one}\n{other}");
    }
}

#[test]
fn what_is_read_as_printed_is_left_alone() {
    let texts = [
        "CREATE FUNCTION f() RETURNS text\n LANGUAGE sql\nAS $function$ SELECT ((a AND b) AND c), 'a'::text $function$",
        "CHECK (((a > 0) AND ((b >= 1) AND (b <= 2))))",
        "COMMENT ON TABLE t IS '((a AND b) AND c)'",
        "sum(i) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)",
        " SELECT 'a'::text AS a,\n    'b'::text || c AS d\n   FROM t",
        "ALTER TABLE t ALTER COLUMN c SET DEFAULT 'a'::text",
        "(ARRAY[]::integer[])::numeric[]",
        "(ARRAY[",
    ];
    for text in texts {
        assert_eq!(written(text.to_owned()), text);
    }
}

#[test]
fn parentheses_of_a_query_are_its_own() {
    for (expression, expected) in [
        ("((a = '(') AND b)", true),
        ("(a) AND (b)", false),
        ("a", false),
        ("f(a)", false),
        ("( SELECT true)", false),
        ("(( SELECT true) = a)", true),
    ] {
        assert_eq!(is_in_parentheses(expression), expected, "{expression}");
    }
}
