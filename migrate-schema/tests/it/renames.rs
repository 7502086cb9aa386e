//! How new names are understood, refused and proposed.

use migrate_schema::{Key, Schema, Viewpoint, read_again, rename_candidates, renames};

use crate::support::{self, Db};

/// An empty database again is quicker than a new one.
const EMPTY: &str = "DO $$DECLARE thing text; BEGIN \
     FOR thing IN SELECT 'SCHEMA ' || quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' \
        UNION ALL SELECT 'PUBLICATION ' || quote_ident(pubname) FROM pg_publication \
     LOOP EXECUTE 'DROP ' || thing || ' CASCADE'; END LOOP; END$$; CREATE SCHEMA public";

async fn schema(db: &Db, sql: &str) -> Schema {
    db.client.batch_execute(&format!("{EMPTY}; {sql}")).await.unwrap();
    read_again(&db.client, &Viewpoint::default()).await.unwrap()
}

struct Case {
    before: &'static str,
    after: &'static str,
    asked: &'static [&'static str],
    /// What is renamed, in order; or for each that is refused its place, its code and its words.
    expected: &'static [&'static str],
}

const TWO_TABLES: &str = "CREATE TABLE a (x int, y text); CREATE TABLE b (x int);";
const CUST: &str = "CREATE TABLE cust (id int, nm text);";
const CUSTOMER: &str = "CREATE TABLE customer (id int, full_name text);";

const CASES: [Case; 24] = [
    Case {
        before: CUST,
        after: CUSTOMER,
        asked: &["customer.nm=full_name", "cust=customer"],
        expected: &["table cust -> table customer", "column customer.nm -> column customer.full_name"],
    },
    Case {
        before: CUST,
        after: CUSTOMER,
        asked: &["cust.nm=customer.full_name"],
        expected: &["table cust -> table customer", "column customer.nm -> column customer.full_name"],
    },
    Case {
        before: CUST,
        after: CUSTOMER,
        asked: &["cust=customer", "cust.nm=customer.full_name", "cust=customer", "public.cust.nm=full_name"],
        expected: &["table cust -> table customer", "column customer.nm -> column customer.full_name"],
    },
    Case {
        before: CUST,
        after: CUSTOMER,
        asked: &["cust.id=customer.id"],
        expected: &["table cust -> table customer"],
    },
    Case {
        before: "CREATE SCHEMA s; CREATE TABLE s.cust (id int, nm text);",
        after: "CREATE SCHEMA r; CREATE TABLE r.customer (id int, full_name text);",
        asked: &["s=r", "s.cust.nm=r.customer.full_name"],
        expected: &[
            "schema s -> schema r",
            "table r.cust -> table r.customer",
            "column r.customer.nm -> column r.customer.full_name",
        ],
    },
    Case {
        before: CUST,
        after: "CREATE SCHEMA s; CREATE TABLE s.cust (id int, nm text);",
        asked: &["public.cust=s.cust"],
        expected: &["table cust -> table s.cust"],
    },
    Case {
        before: TWO_TABLES,
        after: "CREATE TABLE a (z int, y text); CREATE TABLE b (z int);",
        asked: &["x=z"],
        expected: &["0 M0813 `x=z` may mean any of these:\n  column a.x\n  column b.x"],
    },
    Case {
        before: TWO_TABLES,
        after: "CREATE TABLE a (z int, y text); CREATE TABLE b (x int);",
        asked: &["a.x=q", "b.x=z", "a.q=z", "a=", "c=d"],
        expected: &[
            "0 M0814 `a.x=q`: the declared schema has no column a.q",
            "1 M0812 `b.x=z`: the declared schema still has column b.x",
            "2 M0812 `a.q=z`: nothing of the old name is missing from the declared schema; missing:\n  column a.x",
            "3 M0811 `a=` is not an old and a new name",
            "4 M0812 `c=d`: nothing of the old name is missing from the declared schema; missing:\n  column a.x",
        ],
    },
    Case {
        before: TWO_TABLES,
        after: TWO_TABLES,
        asked: &["a.old=a.x", "a.x=a.y", "old=a"],
        expected: &[
            "0 M0812 `a.old=a.x`: the migrations have column a.x already, and nothing of the old name",
            "1 M0812 `a.x=a.y`: the declared schema still has column a.x",
            "2 M0812 `old=a`: the migrations have table a already, and nothing of the old name",
        ],
    },
    Case {
        before: TWO_TABLES,
        after: "CREATE TABLE a (y text); CREATE TABLE b (x int);",
        asked: &["a.x=y"],
        expected: &["0 M0814 `a.x=y`: the migrations have another column a.y already"],
    },
    Case {
        before: "CREATE TYPE e AS ENUM ('a', 'b c'); CREATE TYPE t AS (x int, y int);",
        after: "CREATE TYPE f AS ENUM ('a.b', 'd'); CREATE TYPE t AS (x int, z int);",
        asked: &["e.a=f.\"a.b\"", "f.\"b c\"=d", "t.y=z"],
        expected: &[
            "enum e -> enum f",
            "enum f.a -> enum f.\"a.b\"",
            "enum f.\"b c\" -> enum f.d",
            "composite type t.y -> composite type t.z",
        ],
    },
    Case {
        before: "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
            CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        after: "CREATE FUNCTION g(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
            CREATE FUNCTION g(text) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        asked: &["f=g"],
        expected: &["function f(integer) -> function g(integer)", "function f(text) -> function g(text)"],
    },
    Case {
        before: "CREATE TABLE a (x int CONSTRAINT c CHECK (x > 0)); CREATE INDEX i ON a (x); CREATE POLICY p ON a;",
        after: "CREATE TABLE a (x int CONSTRAINT d CHECK (x > 1)); CREATE INDEX j ON a (x, x); CREATE POLICY q ON a;",
        asked: &["a.c=d", "i=j", "a.p=a.q"],
        expected: &["index i -> index j", "constraint a.c -> constraint a.d", "policy a.p -> policy a.q"],
    },
    Case {
        before: "CREATE TABLE \"A.b\" (\"x=y\" int);",
        after: "CREATE TABLE \"C d\" (z int);",
        asked: &["\"A.b\".\"x=y\"=\"C d\".z"],
        expected: &["table \"A.b\" -> table \"C d\"", "column \"C d\".\"x=y\" -> column \"C d\".z"],
    },
    Case {
        before: "CREATE PUBLICATION p; CREATE SEQUENCE s; CREATE VIEW v AS SELECT 1 AS x;",
        after: "CREATE PUBLICATION q; CREATE SEQUENCE r; CREATE VIEW w AS SELECT 1 AS x;",
        asked: &["p=q", "s=r", "v=w"],
        expected: &["publication p -> publication q", "sequence s -> sequence r", "view v -> view w"],
    },
    // A column cannot go to a table that has another name already.
    Case {
        before: TWO_TABLES,
        after: "CREATE TABLE a (x int); CREATE TABLE b (x int, y text);",
        asked: &["a.y=b.y"],
        expected: &["0 M0814 `a.y=b.y`: the migrations have another table b already"],
    },
    // Names are exchanged, and passed on: tables before columns.
    Case {
        before: TWO_TABLES,
        after: "CREATE TABLE b (y int, x text); CREATE TABLE a (z int);",
        asked: &["b.x=y", "b.y=x", "a.x=a.z", "b=a", "a=b", "public.b=public.a"],
        expected: &[
            "table b -> table b__old",
            "table a -> table b",
            "table b__old -> table a",
            "column a.x -> column a.z",
            "column b.x -> column b.x__old",
            "column b.y -> column b.x",
            "column b.x__old -> column b.y",
        ],
    },
    Case {
        before: "CREATE TABLE t (a int, b int, c int); CREATE TABLE b__old ();",
        after: "CREATE TABLE t (b int, c int, d int); CREATE TABLE b__old ();",
        asked: &["t.a=b", "b=c", "t.c=t.d"],
        expected: &["column t.c -> column t.d", "column t.b -> column t.c", "column t.a -> column t.b"],
    },
    Case {
        before: "CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c (); CREATE TABLE a__old ();",
        after: "CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c (); CREATE TABLE a__old ();",
        asked: &["a=b", "b=c", "c=a"],
        expected: &[
            "table a -> table a__old2",
            "table c -> table a",
            "table b -> table c",
            "table a__old2 -> table b",
        ],
    },
    Case {
        before: "CREATE SCHEMA s; CREATE TABLE a (x int); CREATE TABLE s.a (y int);",
        after: "CREATE SCHEMA s; CREATE TABLE a (y int); CREATE TABLE s.a (x int);",
        asked: &["public.a=s.a", "s.a=public.a"],
        expected: &["table a -> table a__old", "table s.a -> table a", "table a__old -> table s.a"],
    },
    Case {
        before: "CREATE TYPE e AS ENUM ('a', 'so so'); CREATE TYPE t AS (x int, y int); \
            CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
            CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
            CREATE FUNCTION g(int) RETURNS int LANGUAGE sql AS 'SELECT 2';",
        after: "CREATE TYPE e AS ENUM ('so so', 'a'); CREATE TYPE t AS (y int, x int); \
            CREATE FUNCTION g(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
            CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
            CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 2';",
        asked: &["e.a=\"so so\"", "e.\"so so\"=a", "t.x=y", "t.y=x", "f=g", "g=f"],
        expected: &[
            "function f() -> function g()",
            "function f(integer) -> function f__old(integer)",
            "function g(integer) -> function f(integer)",
            "function f__old(integer) -> function g(integer)",
            "enum e.a -> enum e.a__old",
            "enum e.\"so so\" -> enum e.a",
            "enum e.a__old -> enum e.\"so so\"",
            "composite type t.x -> composite type t.x__old",
            "composite type t.y -> composite type t.x",
            "composite type t.x__old -> composite type t.y",
        ],
    },
    // A part of a chain is not asked for.
    Case {
        before: TWO_TABLES,
        after: TWO_TABLES,
        asked: &["a=b"],
        expected: &["0 M0812 `a=b`: the declared schema still has table a"],
    },
    Case {
        before: TWO_TABLES,
        after: TWO_TABLES,
        asked: &["a=b", "b=c"],
        expected: &[
            "0 M0812 `a=b`: the declared schema still has table a",
            "1 M0812 `b=c`: the declared schema still has table b",
        ],
    },
    Case {
        before: "CREATE TABLE a (x int);",
        after: "",
        asked: &["a=b"],
        expected: &["0 M0814 `a=b`: the declared schema has no table b"],
    },
];

#[tokio::test]
async fn new_names_are_understood_or_refused() {
    support::prepare().await;
    let db = Db::new().await;
    for case in CASES {
        let (old, new) = (schema(&db, case.before).await, schema(&db, case.after).await);
        let asked: Vec<String> = case.asked.iter().map(|&asked| asked.to_owned()).collect();
        let found: Vec<String> = match renames(&asked, &old, &new) {
            Ok(renames) => {
                renames.iter().map(|rename| format!("{} -> {}", rename.from(), rename.to())).collect()
            }
            Err(refused) => {
                refused.iter().map(|(at, error)| format!("{at} {} {error}", error.code())).collect()
            }
        };
        assert_eq!(found, case.expected, "{:?}", case.asked);
    }
    db.drop().await;
}

#[tokio::test]
async fn what_is_made_alike_is_proposed() {
    support::prepare().await;
    let db = Db::new().await;
    let proposed = |old: &Schema, new: &Schema, known: &[&str]| -> Vec<String> {
        let known: Vec<String> = known.iter().map(|&known| known.to_owned()).collect();
        let known = renames(&known, old, new).unwrap();
        let candidates = rename_candidates(old, new, &known).into_iter();
        candidates
            .map(|one| one.to.iter().map(|to: &Key| one.asking_for(to)).collect::<Vec<_>>().join(" or "))
            .collect()
    };
    let (old, new) = (schema(&db, CUST).await, schema(&db, CUSTOMER).await);
    let both = ["cust=customer", "cust.nm=customer.full_name"];
    assert_eq!(proposed(&old, &new, &[]), both);
    // What is proposed is understood.
    assert_eq!(renames(&both.map(str::to_owned), &old, &new).unwrap().len(), 2);
    assert_eq!(proposed(&old, &new, &["cust=customer"]), both[1..]);
    assert_eq!(proposed(&old, &new, &both), [""; 0]);
    let old = schema(
        &db,
        "CREATE TABLE a (id serial, x int, y int, z text); CREATE TYPE e AS ENUM ('a'); CREATE SEQUENCE s; \
         CREATE TABLE other (v int4range);",
    )
    .await;
    let new = schema(
        &db,
        "CREATE TABLE a (id serial, p int, z text, q int); CREATE TYPE f AS ENUM ('a'); CREATE SEQUENCE t; \
         CREATE TABLE another (w text);",
    )
    .await;
    // The enum is renamed unasked.
    let expected = ["s=t", "a.x=p or a.x=q", "a.y=p or a.y=q"];
    let mut found = proposed(&old, &new, &[]);
    found.sort_by_key(|line| line.starts_with("a."));
    assert_eq!(found, expected);
    assert_eq!(proposed(&old, &new, &["a.x=q"]), ["s=t", "a.y=p"]);
    for (before, after, expected) in [
        // Between schemas, with the columns that have other names.
        (
            "CREATE SCHEMA s; CREATE TABLE t (a int, b int, c int); CREATE SEQUENCE q; CREATE TABLE s.u (x int);",
            "CREATE SCHEMA s; CREATE TABLE s.t (a int, b int, d int); CREATE SEQUENCE s.q; CREATE TABLE u (x int);",
            &["q=s.q", "t=s.t", "s.u=public.u", "t.c=s.t.d"][..],
        ),
        // A schema with what is in it.
        (
            "CREATE SCHEMA s; CREATE TABLE s.t (a int);",
            "CREATE SCHEMA r; CREATE TABLE r.t (a int);",
            &["s=r", "s.t=r.t"],
        ),
        ("CREATE SCHEMA s;", "CREATE SCHEMA r;", &[]),
        // Values and attributes; not where nothing is in their place.
        (
            "CREATE TYPE e AS ENUM ('a', 'b', 'c', 'd'); CREATE TYPE t AS (x int, y text);",
            "CREATE TYPE e AS ENUM ('a', 'so so', 'c', 'd', 'e'); CREATE TYPE t AS (z int, y text);",
            &["e.b=\"so so\"", "t.x=z"],
        ),
        ("CREATE TYPE e AS ENUM ('a', 'b');", "CREATE TYPE e AS ENUM ('c', 'a');", &[]),
        // Partitions with the same rows.
        (
            "CREATE TABLE p (x int) PARTITION BY LIST (x); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);",
            "CREATE TABLE p (x int) PARTITION BY LIST (x); CREATE TABLE q1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE q3 PARTITION OF p FOR VALUES IN (3);",
            &["p1=q1"],
        ),
        // A column of a type that gets another name.
        (
            "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (a e, b e[]);",
            "CREATE TYPE f AS ENUM ('a'); CREATE TABLE t (c f, d f[]);",
            &["t.a=c", "t.b=d"],
        ),
    ] {
        let (old, new) = (schema(&db, before).await, schema(&db, after).await);
        assert_eq!(proposed(&old, &new, &[]), expected, "{before}");
        let asked: Vec<String> = expected.iter().map(|&asked| asked.to_owned()).collect();
        assert!(renames(&asked, &old, &new).is_ok(), "{before}");
    }
    db.drop().await;
}
