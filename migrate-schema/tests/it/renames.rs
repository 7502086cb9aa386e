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

const CASES: [Case; 17] = [
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
        expected: &[
            "0 M0813 `x=z` may be any of these; name its table or its schema too:\n  column a.x\n  column b.x",
        ],
    },
    Case {
        before: TWO_TABLES,
        after: "CREATE TABLE a (z int, y text); CREATE TABLE b (x int);",
        asked: &["a.x=q", "b.x=z", "a.q=z", "a=", "c=d"],
        expected: &[
            "0 M0814 `a.x=q`: the declared schema has no column a.q",
            "1 M0812 `b.x=z`: column b.x is still declared under its old name",
            "2 M0812 `a.q=z`: nothing of the old name is gone; what is gone:\n  column a.x",
            "3 M0811 `a=` does not say which name becomes which: write `old=new`, or `table.old=new` for a column",
            "4 M0812 `c=d`: nothing of the old name is gone; what is gone:\n  column a.x",
        ],
    },
    Case {
        before: TWO_TABLES,
        after: TWO_TABLES,
        asked: &["a.old=a.x", "a.x=a.y", "old=a"],
        expected: &[
            "0 M0812 `a.old=a.x`: the migrations have column a.x already, and nothing of the old name",
            "1 M0812 `a.x=a.y`: column a.x is still declared under its old name",
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
        expected: &["constraint a.c -> constraint a.d", "index i -> index j", "policy a.p -> policy a.q"],
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
    let expected = ["e=f", "s=t", "a.x=p or a.x=q", "a.y=p or a.y=q"];
    let mut found = proposed(&old, &new, &[]);
    found.sort_by_key(|line| line.starts_with("a."));
    assert_eq!(found, expected);
    assert_eq!(proposed(&old, &new, &["a.x=q"]), ["e=f", "s=t", "a.y=p"]);
    db.drop().await;
}
