//! Every type to every other one, with extreme values: a value stays what it is, or the statement fails and says that it may, or it
//! says that it changes values.

use std::collections::BTreeMap;

use migrate_schema::{Hazard, Manner, Statement, plan};
use tokio_postgres::error::SqlState;

use crate::support::{self, Db};

/// Types, and values as literals.
const TYPES: &[(&str, &[&str])] = &[
    ("smallint", &["0", "1", "-1", "32767", "-32768"]),
    ("integer", &["0", "1", "7", "-1", "16777217", "2147483647", "-2147483648"]),
    ("bigint", &["0", "1", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808"]),
    ("numeric", &["0", "1", "1.5", "0.00001", "12345678901234567890.123456789", "-1e30", "NaN", "Infinity"]),
    ("numeric(10,2)", &["0", "1", "-0.05", "1.50", "99999999.99"]),
    ("numeric(12,4)", &["0", "1.0001", "99999999.9999"]),
    ("numeric(4,0)", &["0", "9999", "-9999"]),
    ("real", &["0", "-0", "1.5", "0.1", "3.4e38", "1e-40", "NaN", "-Infinity"]),
    (
        "double precision",
        &[
            "0",
            "-0",
            "0.1",
            "0.30000000000000004",
            "16777217",
            "-1.7976931348623157e308",
            "5e-324",
            "NaN",
            "Infinity",
        ],
    ),
    ("money", &["0", "1.23", "-92233720368547758.08"]),
    ("oid", &["0", "1", "4294967295"]),
    ("boolean", &["true", "false"]),
    ("bit(1)", &["1", "0"]),
    ("bit(3)", &["101", "000"]),
    ("bit(32)", &["10000000000000000000000000000001"]),
    ("bit varying", &["", "1", "101010101010101010101010101010101010101010"]),
    ("bit varying(5)", &["", "1", "10101"]),
    (
        "text",
        &[
            "",
            " ",
            "a",
            "alpha",
            "ab   ",
            "007",
            "101",
            "1.50",
            "true",
            "yes",
            "été€𝄞",
            "{1,2}",
            "{\"a\":1}",
            "2021-03-14 02:30",
        ],
    ),
    ("character varying(3)", &["", "a", "ab ", "007", "€𝄞x"]),
    ("character varying(20)", &["", "alpha", "alpha     ", "7", "xxxxxxxxxxxxxxxxxxxx"]),
    ("character(1)", &["a", " ", "7"]),
    ("character(5)", &["a", "alpha", "007", ""]),
    ("name", &["", "alpha", "ab  ", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"]),
    ("\"char\"", &["a", " ", "7"]),
    ("bytea", &["", "\\x00", "\\x616263", "\\x00112233445566778899aabbccddeeff"]),
    ("uuid", &["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("date", &["2021-03-14", "4714-11-24 BC", "5874897-12-31", "infinity"]),
    ("time without time zone", &["00:00", "23:59:59.999999", "24:00"]),
    ("time(0) without time zone", &["00:00", "23:59:59"]),
    ("time with time zone", &["00:00+00", "23:59:59.999999-12", "23:59:59.999999-12:30:30"]),
    (
        "timestamp without time zone",
        &["2021-03-14 02:30", "2021-11-07 01:30", "2020-01-01 23:59:59.999999", "294276-12-31", "infinity"],
    ),
    ("timestamp(3) without time zone", &["2021-03-14 02:30", "2020-01-01 23:59:59.999"]),
    (
        "timestamp with time zone",
        &["2021-11-07 05:30+00", "2021-11-07 06:30+00", "2020-01-01 23:59:59.999999+00", "-infinity"],
    ),
    ("timestamp(0) with time zone", &["2021-11-07 05:30+00", "2021-11-07 06:30+00"]),
    ("interval", &["0", "1 mon 1 day 00:00:01.123456", "-178000000 years", "30 days", "24:00"]),
    ("interval year to month", &["0", "1 year 1 mon", "-170000000 years -11 mons"]),
    ("interval(2)", &["0", "1 day 00:00:01.12", "1 year 2 mons 30 days 00:00:01.12"]),
    ("json", &["{\"b\":1, \"a\":2, \"a\":3}", "1.50", "\"x\"  ", "null", "true", "17"]),
    ("jsonb", &["{\"a\":1}", "1.50", "\"x\"", "null", "true", "17", "[1]", "{\"alpha\": [1, 2, 3, 4, 5]}"]),
    ("xml", &["<a/>", "text  "]),
    ("inet", &["10.1.2.3/8", "10.0.0.0/8", "::1", "2001:db8:1234:5678:9abc:def0:1234:5678"]),
    ("cidr", &["10.0.0.0/8", "2001:db8::/32", "2001:db8:1234:5678::/64"]),
    ("macaddr", &["08:00:2b:01:02:03"]),
    ("macaddr8", &["08:00:2b:ff:fe:01:02:03", "08:00:2b:01:02:03:04:05"]),
    ("point", &["(1,2)", "(0.1,-1e300)", "(0.1234567890123,-0.1234567890123)"]),
    ("box", &["(3,4),(1,2)", "(30000,40000),(10000,20000)"]),
    ("path", &["((1,2),(3,4))", "[(1,2),(3,4)]", "[(10000,20000),(30000,40000)]"]),
    ("polygon", &["((1,2),(3,4),(5,0))", "((10000,20000),(30000,40000))"]),
    ("circle", &["<(1,2),3>", "<(1000000000,2000000000),3>"]),
    ("lseg", &["[(1,2),(3,5)]", "[(10000,20000),(30000,50000)]"]),
    ("line", &["{1,2,3}", "{10000000,20000000,30000000}"]),
    ("tsvector", &["'a':1 'b'", "", "'alpha':1 'beta':2 'gamma':3"]),
    ("tsquery", &["'a' & 'b'", "'alpha' & 'beta' & 'gamma'"]),
    ("pg_lsn", &["0/0", "FFFFFFFF/FFFFFFFF"]),
    ("regclass", &["pg_class", "4000000000", "information_schema.tables"]),
    ("int4range", &["[1,5)", "empty", "(,)", "[-2147483648,2147483647)"]),
    ("int8range", &["[1,5)", "[1,5000000000)", "[-5000000000,5000000000)"]),
    ("numrange", &["(1,5]", "[1.5,2)", "[0.12345678901234,0.2345678901234)"]),
    ("daterange", &["[2020-01-01,2020-02-01)"]),
    ("tsrange", &["[2020-01-01 10:00,2020-02-01)"]),
    ("int4multirange", &["{[1,5),[7,9)}", "{}", "{[-2147483648,2147483647)}"]),
    ("nummultirange", &["{(1,5]}", "{[0.12345678901234,0.2345678901234)}"]),
    ("integer[]", &["{}", "{1,NULL,70000}", "{{1,2},{3,4}}", "[0:1]={1,2}", "{2147483647,-2147483648}"]),
    ("bigint[]", &["{1,5000000000}", "{5000000000,-5000000000}"]),
    ("text[]", &["{}", "{alpha,\"b \",NULL}", "{1,2}", "{\"\"}", "{alpha,beta,gamma,delta}"]),
    ("character varying(3)[]", &["{abc,NULL}", "{\"a  \"}", "{abc,abc,abc,abc,abc}"]),
    ("numeric(10,2)[]", &["{1.50,99999999.99}", "{99999999.99,-99999999.99}"]),
    ("mood", &["happy", "so so", "x"]),
    ("other_mood", &["happy", "x"]),
    ("mood[]", &["{happy,\"so so\"}", "{happy,happy,happy,happy}"]),
    ("short", &["abc", "a  ", ""]),
    ("amount", &["1.5", "-999.9"]),
    ("tag", &["101"]),
    ("short[]", &["{abc}", "{abc,abc,abc,abc,abc}"]),
    ("pair", &["(alpha,1.55)", "(\"a   \",)", "(alpha,12345678901234567890)"]),
    ("short_pair", &["(al,1.5)"]),
];

const OWN_TYPES: &str = "CREATE TYPE mood AS ENUM ('happy', 'so so', 'x'); CREATE TYPE other_mood AS ENUM ('happy', 'x');
    CREATE DOMAIN short AS varchar(3); CREATE DOMAIN amount AS numeric(4,1); CREATE DOMAIN tag AS bit(3) CHECK (VALUE <> B'000');
    CREATE TYPE pair AS (a varchar(10), b numeric); CREATE TYPE short_pair AS (a varchar(2), b numeric(4,1));";

/// Between these no value can change, and a statement must not say so.
const FREE: &[(&str, &str)] = &[
    ("smallint", "integer"),
    ("integer", "bigint"),
    ("bigint", "integer"),
    ("integer", "numeric"),
    ("integer", "numeric(10,2)"),
    ("integer", "double precision"),
    ("real", "double precision"),
    ("numeric(10,2)", "numeric(12,4)"),
    ("numeric(10,2)", "numeric"),
    ("numeric(4,0)", "smallint"),
    ("boolean", "integer"),
    ("integer", "boolean"),
    ("character varying(3)", "character varying(20)"),
    ("character varying(20)", "text"),
    ("character(5)", "text"),
    ("character(5)", "character(1)"),
    ("uuid", "text"),
    ("uuid", "character varying(20)"),
    ("mood", "text"),
    ("mood", "character varying(3)"),
    ("mood", "other_mood"),
    ("text", "mood"),
    ("text", "json"),
    ("jsonb", "json"),
    ("jsonb", "text"),
    ("integer[]", "text"),
    ("integer[]", "bigint[]"),
    ("integer[]", "text[]"),
    ("integer[]", "character varying(3)[]"),
    ("timestamp(3) without time zone", "timestamp without time zone"),
    ("date", "timestamp without time zone"),
    ("interval(2)", "interval"),
    ("cidr", "inet"),
    ("bit varying(5)", "bit varying"),
    ("int4range", "int8range"),
    ("int4range", "int4multirange"),
];

/// Between these a value can be refused, by what is known of them, and none is.
const UNSEEN: &[(&str, &str)] = &[
    // Which labels they have in common.
    ("other_mood", "mood"),
    // How long an attribute is.
    ("short_pair", "character varying(20)"),
];

/// Whether a value is what it was: it reads the same, or does so when it is cast back, or written and read.
const IS_SAME: &str = "CREATE FUNCTION is_same(old text, new text, old_type text, new_type text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE back text; between text;
BEGIN
    -- A multirange of one range.
    IF new IN (old, '{' || replace(old, 'empty', '') || '}') THEN RETURN true; END IF;
    BEGIN
        EXECUTE format('SELECT (%L::%s)::%s::text', new, new_type, old_type) INTO back;
        IF back = old THEN RETURN true; END IF;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    FOREACH between IN ARRAY ARRAY['numeric', 'integer'] LOOP
        BEGIN
            EXECUTE format('SELECT (%L::%s)::%s::%s::text', new, new_type, between, old_type) INTO back;
            IF back = old THEN RETURN true; END IF;
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END LOOP;
    EXECUTE format('SELECT %L::%s::text', new, old_type) INTO back;
    RETURN coalesce(back = old, false);
EXCEPTION WHEN OTHERS THEN RETURN false;
END $$;";

fn tables(of_column: impl Fn(usize, usize) -> usize) -> Vec<String> {
    let table = |from: usize| {
        let columns: Vec<String> =
            (0..TYPES.len()).map(|to| format!("c{to} {}", TYPES[of_column(from, to)].0)).collect();
        format!("CREATE TABLE t{from} (old {}, {});", TYPES[from].0, columns.join(", "))
    };
    (0..TYPES.len()).map(table).collect()
}

/// Which rows are there when a statement is run.
#[derive(Clone, Copy)]
enum Rows {
    All,
    None,
    /// By its number.
    One(usize),
}

/// What a statement did.
struct Outcome {
    /// The values that are others afterwards.
    changed: Vec<String>,
    /// The table got a new file.
    rewrites: bool,
}

/// What the plan does with a pair of types.
struct Pair<'p> {
    from: usize,
    to: usize,
    statement: &'p Statement,
}

impl Pair<'_> {
    fn says(&self, hazard: Hazard) -> bool {
        self.statement.hazards.contains(&hazard)
    }

    /// Runs the statement and takes it back: what it does, or why it does nothing.
    async fn convert(&self, db: &Db, only: Rows) -> Result<Outcome, SqlState> {
        let Self { from, to, statement } = self;
        let delete = match only {
            Rows::All => String::new(),
            Rows::None => format!("DELETE FROM t{from};"),
            Rows::One(row) => format!(
                "DELETE FROM t{from} WHERE ctid <> (SELECT ctid FROM t{from} ORDER BY ctid OFFSET {row} LIMIT 1);"
            ),
        };
        let file = format!("SELECT 'file ' || pg_relation_filenode('t{from}')");
        let (old, new) = (quoted(TYPES[*from].0), quoted(TYPES[*to].0));
        let changed = format!(
            "SELECT old::text || ' → ' || coalesce(c{to}::text, 'NULL') FROM t{from}
             WHERE NOT coalesce(is_same(old::text, c{to}::text, {old}, {new}), false)"
        );
        // Where it says that values change, that it can be run is all that is looked at.
        let changed = if self.says(Hazard::ChangesValues) { String::new() } else { changed };
        let sql = format!("SAVEPOINT pair; {delete} {file}; {}; {file}; {changed}", statement.sql);
        let rows = db.client.simple_query(&sql).await;
        db.client.batch_execute("ROLLBACK TO pair; RELEASE pair").await.unwrap();
        let rows = rows.map_err(|error| error.code().unwrap().clone())?;
        let row = |message: &tokio_postgres::SimpleQueryMessage| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        let (files, changed): (Vec<String>, _) =
            rows.iter().filter_map(row).partition(|line| line.starts_with("file "));
        Ok(Outcome { changed, rewrites: files[0] != files[1] })
    }

    async fn faults(&self, db: &Db) -> Vec<String> {
        let names = (TYPES[self.from].0, TYPES[self.to].0);
        // Whoever is told of both expects anything.
        let mut outcomes = vec![self.convert(db, Rows::All).await];
        if outcomes[0].is_err() && !self.says(Hazard::ChangesValues) {
            for row in 0..TYPES[self.from].1.len() {
                outcomes.push(self.convert(db, Rows::One(row)).await);
            }
        }
        let mut faults = Vec::new();
        let is_seen = outcomes.iter().any(Result::is_err);
        let is_alarm = self.says(Hazard::MayFailOnRows) && !self.says(Hazard::ChangesValues) && !is_seen;
        if is_alarm && !UNSEEN.contains(&names) {
            faults.push("says that it may fail".to_owned());
        }
        if outcomes[0].is_err() {
            outcomes.push(self.convert(db, Rows::None).await);
        }
        let ran = outcomes.iter().flatten().next();
        if ran.is_some_and(|outcome| outcome.rewrites != self.says(Hazard::RewritesTable)) {
            faults.push("does not rewrite what it says".to_owned());
        }
        for outcome in outcomes {
            match outcome {
                Ok(Outcome { changed, .. }) if !changed.is_empty() && !self.says(Hazard::ChangesValues) => {
                    faults.push(format!("changes {changed:?}"));
                }
                Err(code) if !is_of_row(&code, TYPES[self.to].0) => {
                    faults.push(format!("cannot run: {}", code.code()));
                }
                Err(code) if !self.says(Hazard::MayFailOnRows) => {
                    faults.push(format!("fails: {}", code.code()));
                }
                _ => {}
            }
        }
        if FREE.contains(&names) && self.says(Hazard::ChangesValues) {
            faults.push("says that it changes values".to_owned());
        }
        faults.dedup();
        faults
            .into_iter()
            .map(|fault| format!("{} → {}: {fault}\n  {}", names.0, names.1, self.statement.sql))
            .collect()
    }
}

/// A value was refused, not the statement. Some types say so as a parser does.
fn is_of_row(code: &SqlState, to: &str) -> bool {
    const OF_PARSERS: [&str; 5] = ["42601", "42602", "42P01", "3F000", "0A000"];
    let is_parsed = ["regclass", "tsquery", "tsvector"].contains(&to) && OF_PARSERS.contains(&code.code());
    is_parsed || ["22", "23"].iter().any(|class| code.code().starts_with(class))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[tokio::test]
async fn no_value_changes_without_a_word() {
    support::prepare().await;
    let (here, there) = (Db::new().await, Db::new().await);
    for (db, tables) in [(&here, tables(|from, _| from)), (&there, tables(|_, to| to))] {
        db.client.batch_execute(OWN_TYPES).await.unwrap();
        for tables in tables.chunks(20) {
            db.client.batch_execute(&tables.concat()).await.unwrap();
        }
    }
    let (start, goal) = (here.read().await, there.read().await);
    // Where hours are skipped and repeated.
    here.client.batch_execute(&format!("SET TimeZone = 'America/New_York'; {IS_SAME}")).await.unwrap();
    for (from, (ty, values)) in TYPES.iter().enumerate() {
        for value in *values {
            let value = format!("{}::{ty}", quoted(value));
            let row = vec![value.as_str(); TYPES.len() + 1].join(", ");
            here.client.batch_execute(&format!("INSERT INTO t{from} SELECT {row}")).await.unwrap();
        }
    }
    let planned = plan(&start, &goal, Manner::AtOnce).unwrap();
    let mut statements: BTreeMap<(usize, usize), &Statement> = BTreeMap::new();
    for statement in &planned.statements {
        let words: Vec<&str> = statement.sql.split(' ').collect();
        let ["ALTER", "TABLE", table, "ALTER", "COLUMN", column, "TYPE", ..] = words[..] else {
            panic!("{}", statement.sql)
        };
        statements.insert((table[1..].parse().unwrap(), column[1..].parse().unwrap()), statement);
    }
    assert_eq!(statements.len(), TYPES.len() * (TYPES.len() - 1));
    here.client.batch_execute("BEGIN").await.unwrap();
    let mut faults = Vec::new();
    for ((from, to), statement) in statements {
        faults.extend(Pair { from, to, statement }.faults(&here).await);
    }
    here.client.batch_execute("ROLLBACK").await.unwrap();
    for (from, to) in FREE {
        let is_known = |name: &str| TYPES.iter().any(|(ty, _)| *ty == name);
        assert!(is_known(from) && is_known(to), "{from} → {to}");
    }
    here.drop().await;
    there.drop().await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
