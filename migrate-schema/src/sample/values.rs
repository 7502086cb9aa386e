//! Values that are made up for a type: what its input function takes is found out by trying.

/// How a value is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Whatever the type has: bounds, infinity, empty and long ones.
    Any,
    /// What most other types can take too: of text, digits. And NULL.
    Nullable,
    /// The same without NULL.
    Plain,
}

/// How many are made up, beside the extreme ones.
const MANY: u32 = 64;

/// Texts that may be values of a base type; the extreme ones first, each of those behind them differs.
pub(super) fn candidates(type_name: &str, sort: Sort) -> Vec<String> {
    let extreme: Vec<String> = match sort {
        Sort::Any => extremes(type_name).iter().map(|value| (*value).to_owned()).collect(),
        Sort::Nullable | Sort::Plain => Vec::new(),
    };
    let long = (sort == Sort::Any && is_text(type_name)).then(|| "long ".repeat(60));
    // Bounds of numeric(p, s), whatever these are.
    let nines = [2, 4, 6, 8, 10, 14, 18].map(|digits| "9".repeat(digits));
    let nines = nines.into_iter().filter(|_| sort == Sort::Any && matches!(type_name, "numeric" | "money"));
    let usual = (1..=MANY).flat_map(|n| usual(type_name, sort, n));
    let mut values: Vec<String> = extreme.into_iter().chain(long).chain(nines).chain(usual).collect();
    if !is_known(type_name) {
        values.extend(ANYTHING.iter().map(|value| (*value).to_owned()));
    }
    values
}

fn is_text(type_name: &str) -> bool {
    matches!(type_name, "text" | "varchar" | "bpchar" | "name" | "citext" | "refcursor")
}

fn extremes(type_name: &str) -> &'static [&'static str] {
    match type_name {
        "bool" => &["false", "true"],
        "int2" => &["0", "-32768", "32767", "-1"],
        "int4" => &["0", "-2147483648", "2147483647", "-1"],
        "int8" => &["0", "-9223372036854775808", "9223372036854775807", "-1"],
        "oid" | "xid" | "cid" => &["0", "4294967295"],
        "xid8" => &["0", "18446744073709551615"],
        "numeric" => &[
            "0",
            "-1.5",
            "0.005",
            "1.005",
            "-123456.789",
            "NaN",
            "Infinity",
            "-Infinity",
            "12345678901234567890.123456789012345678901",
            "1.10",
        ],
        "float4" => &["0", "-0", "0.1", "1.1754944e-38", "3.4028235e+38", "NaN", "Infinity", "-Infinity"],
        "float8" => &[
            "0",
            "-0",
            "0.30000000000000004",
            "2.2250738585072014e-308",
            "1.7976931348623157e+308",
            "NaN",
            "Infinity",
            "-Infinity",
            "16777217",
        ],
        "money" => &["0", "-0.01", "1234.56", "92233720368547758.07"],
        "text" | "varchar" | "bpchar" | "name" | "citext" => &[
            "",
            "it's \"quoted\" \\ back",
            "  spaces  ",
            "tab\tline\nend",
            "ÄÖÜ ß",
            "\u{1f418}",
            "NULL",
            "Upper",
            "upper",
            "{\"a\": 1}",
        ],
        "char" => &["", " ", "~"],
        "bytea" => &["\\x", "\\x00", "\\x00ff5c27", "\\xdeadbeef"],
        "uuid" => &["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
        "json" => &[
            "null",
            "{}",
            "[]",
            "{\"b\":1,  \"a\": 2, \"a\": 3}",
            "\"text\"",
            "1.10",
            "1e3",
            "{\"n\": 12345678901234567890}",
        ],
        "jsonb" => &["null", "{}", "[]", "{\"a\": [1, null, \"x\"]}", "\"text\"", "1.10"],
        "xml" => &["", "<a b=\"1\">text<c/></a>", "text"],
        "date" => &["4713-01-01 BC", "1969-12-31", "2024-02-29", "infinity", "-infinity"],
        "time" => &["00:00:00", "23:59:59.999999", "24:00:00"],
        "timetz" => &["00:00:00+15:59", "23:59:59.999999-15:59", "24:00:00+00"],
        "timestamp" => &[
            "4713-01-01 00:00:00 BC",
            "1969-12-31 23:59:59.999999",
            "2024-02-29 12:34:56.789012",
            "infinity",
            "-infinity",
        ],
        "timestamptz" => &[
            "4713-01-01 00:00:00+00 BC",
            "1969-12-31 23:59:59.999999+00",
            "2024-03-31 01:30:00.5+00",
            "infinity",
            "-infinity",
        ],
        "interval" => {
            &["0", "-1 mons +1 day -00:00:00.000001", "1000 years", "1 year 2 mons 3 days 04:05:06.789"]
        }
        "inet" => &["0.0.0.0/0", "10.1.2.3/8", "::1", "2001:db8::ff00:42:8329/64"],
        "cidr" => &["0.0.0.0/0", "::/0", "2001:db8::/32"],
        "point" => &["(0,0)", "(-1.5,1e+20)"],
        "box" => &["(1,1),(0,0)"],
        "path" => &["[(0,0),(1,1)]", "((0,0),(1,1),(2,0))"],
        "circle" => &["<(0,0),0>"],
        "bit" | "varbit" => &["0", "1", "11111111111111111111111111111111"],
        "tsvector" => &["", "'a':1A 'fat':2B,4 'it''s'"],
        "tsquery" => &["", "'a' & !'b' | 'c':*"],
        "pg_lsn" => &["0/0", "FFFFFFFF/FFFFFFFF"],
        "jsonpath" => &["$", "strict $.\"a\"[*]?(@ > 1)"],
        "regclass" | "regproc" | "regprocedure" | "regoper" | "regoperator" | "regtype" => &["-"],
        _ => &[],
    }
}

/// The value of this number.
fn usual(type_name: &str, sort: Sort, n: u32) -> Vec<String> {
    let (months, days) = (n / 28 + 1, n % 28 + 1);
    let (hour, minute) = (n % 24, n % 60);
    let one = match type_name {
        "bool" => (if n.is_multiple_of(2) { "true" } else { "false" }).to_owned(),
        "int2" | "int4" | "int8" | "oid" | "xid" | "cid" | "xid8" | "float4" | "float8" | "numeric"
        | "money" => n.to_string(),
        "text" | "varchar" | "bpchar" | "name" | "citext" | "refcursor" => match sort {
            // The other way round: what is cut off at the end still differs.
            Sort::Any => format!("{n} value"),
            Sort::Nullable | Sort::Plain => n.to_string(),
        },
        "char" => char::from_u32(64 + n).map_or_else(String::new, String::from),
        "bytea" => format!("\\x{n:04x}"),
        "uuid" => format!("{n:08x}-0000-4000-8000-{n:012x}"),
        "json" | "jsonb" => format!("{{\"n\": {n}}}"),
        "xml" => format!("<n>{n}</n>"),
        "date" => format!("2024-{months:02}-{days:02}"),
        "time" => format!("{hour:02}:{minute:02}:00"),
        "timetz" => format!("{hour:02}:{minute:02}:00+00"),
        "timestamp" => format!("2024-{months:02}-{days:02} {hour:02}:{minute:02}:00"),
        "timestamptz" => format!("2024-{months:02}-{days:02} {hour:02}:{minute:02}:00+00"),
        "interval" => format!("{n} days"),
        "inet" => format!("192.168.0.{n}"),
        "cidr" => format!("10.0.{n}.0/24"),
        "macaddr" => format!("08:00:2b:01:02:{n:02x}"),
        "macaddr8" => format!("08:00:2b:01:02:03:04:{n:02x}"),
        "point" => format!("({n},{n})"),
        "line" => format!("{{1,-1,{n}}}"),
        "lseg" => format!("[(0,0),({n},{n})]"),
        "box" => format!("({n},{n}),(0,0)"),
        "path" => format!("((0,0),({n},{n}))"),
        "polygon" => format!("((0,0),({n},{n}),({n},0))"),
        "circle" => format!("<({n},0),1>"),
        // The low bits first: a shorter one has those.
        "bit" | "varbit" => format!("{n:08b}").chars().rev().collect(),
        "tsvector" => format!("'n{n}':1"),
        "tsquery" => format!("'n{n}'"),
        "pg_lsn" => format!("0/{n:X}"),
        "tid" => format!("(0,{n})"),
        "jsonpath" => format!("$.\"n{n}\""),
        "pg_snapshot" | "txid_snapshot" => format!("{n}:{n}:"),
        _ => return few(type_name, n),
    };
    vec![one]
}

/// Of what there are few.
fn few(type_name: &str, n: u32) -> Vec<String> {
    let values: &[&str] = match type_name {
        "regclass" => &["pg_class", "pg_type"],
        "regproc" => &["now"],
        "regprocedure" => &["now()", "length(text)"],
        "regoperator" => &["+(integer,integer)"],
        "regtype" => &["integer", "text"],
        "regnamespace" => &["pg_catalog"],
        "regrole" => &["pg_monitor"],
        "regconfig" => &["simple", "english"],
        "regdictionary" => &["simple"],
        "regcollation" => &["\"C\""],
        _ => &[],
    };
    values.iter().filter(|_| n == 1).map(|value| (*value).to_owned()).collect()
}

fn is_known(type_name: &str) -> bool {
    let is_usual = |sort| !usual(type_name, sort, 1).is_empty();
    is_usual(Sort::Any)
}

/// For types that nothing is known of, as those of extensions.
const ANYTHING: [&str; 26] = [
    "0",
    "1",
    "2",
    "3",
    "a",
    "b",
    "c",
    "a.b",
    "a.b.c",
    "a=>1",
    "\"a\"=>\"1\", \"b\"=>NULL",
    "",
    "{}",
    "[1,2,3]",
    "{1,2}",
    "(1,2)",
    "(1,2),(3,4)",
    "[0,1]",
    "1.5",
    "2024-01-01",
    "true",
    "POINT(1 2)",
    "978-0-393-04002-9",
    "<a/>",
    "x@y.org",
    "00000000-0000-0000-0000-000000000001",
];

/// Texts of shapes that a check may ask for: a few of each length and alphabet, and many of those that are often unique.
pub(super) fn shapes() -> Vec<String> {
    const FEW: [&str; 22] = [
        "a",
        "A",
        "ab",
        "AB",
        "abc",
        "Abc",
        "abcd",
        "ABCD",
        "abc-def",
        "abc_def",
        "a1",
        "A1",
        "1",
        "12",
        "#aabbcc",
        "2024-01-01",
        "12:34",
        "en",
        "en-US",
        "EUR",
        "192.168.0.1",
        "v1.2.3",
    ];
    let many = (1..=MANY).flat_map(|n| {
        let letter = |number: u32| char::from(b'A' + u8::try_from(number % 26).unwrap_or_default());
        let letters: String = [n / 26, n, n * 7].map(letter).iter().collect();
        [
            format!("name{n}@example.com"),
            format!("https://example.org/{n}"),
            letters.to_lowercase(),
            letters,
            format!("{n:04}"),
            format!("+49{n:09}"),
        ]
    });
    FEW.iter().map(|shape| (*shape).to_owned()).chain(many).collect()
}
