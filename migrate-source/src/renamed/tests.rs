//! Tests: what a comment about another name is about.

use std::fs;

use crate::declared;

/// Each comment's line, and what it asks for or why it cannot be understood.
fn found(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("schema.sql");
    fs::write(&path, text).expect("a file");
    let renames = declared(&path).expect("no fault")[0].renames();
    let line = |renamed: &super::Renamed| {
        let asked = renamed.asked.clone().unwrap_or_else(|why| format!("{why:?}"));
        format!("{} {asked}", renamed.position.line)
    };
    renames.iter().map(line).collect()
}

/// What a file says, and for each comment its line and what it asks for.
const PLACES: [(&str, &[&str]); 40] = [
    (
        "CREATE TABLE a (\n  id int,\n  full_name text, -- @renamed from=name\n  -- @renamed from=mail\n  email text\n);",
        &["3 a.name=a.full_name", "4 a.mail=a.email"],
    ),
    ("-- @renamed from=people\nCREATE TABLE IF NOT EXISTS app.users(id int);", &["1 app.people=app.users"]),
    (
        "-- @renamed from=cust\nCREATE TABLE customer (id int,\n full_name text -- @renamed from=nm\n);",
        &["1 cust=customer", "3 customer.nm=customer.full_name"],
    ),
    ("CREATE TABLE customer ( -- @renamed from=cust\n id int);", &["1 cust=customer"]),
    ("CREATE TABLE customer (id int); -- @renamed from=cust", &["1 cust=customer"]),
    ("CREATE TABLE a (b int) ; -- @renamed from=c\nCREATE TABLE d (e int);", &["1 c=a"]),
    ("CREATE TABLE a (id int, b int -- @renamed from=c\n);", &["1 a.c=a.b"]),
    (
        "CREATE TABLE a (\"Full Name\" text -- @renamed from=\"First.Name\" for a year\n);",
        &["1 a.\"First.Name\"=a.\"Full Name\""],
    ),
    (
        "CREATE TABLE a (\n id numeric(10, 2)\n  -- @renamed from=number\n  NOT NULL, b int);",
        &["3 a.number=a.id"],
    ),
    ("CREATE TABLE a (b int,\n  CONSTRAINT c UNIQUE (b) -- @renamed from=d\n);", &["2 a.d=a.c"]),
    ("CREATE TABLE a (/* @renamed from=c */ b int);", &["1 a.c=a.b"]),
    (
        "CREATE TABLE a (b int, /* @renamed from=d */ c int, e int /* @renamed from=f */);",
        &["1 a.d=a.c", "1 a.f=a.e"],
    ),
    (
        "CREATE TABLE a (b int /* @renamed from=d */, c /* @renamed from=e */ int);",
        &["1 a.d=a.b", "1 a.e=a.c"],
    ),
    ("CREATE TABLE a (\n  b int, c int -- @renamed from=d\n);", &["2 a.d=a.c"]),
    ("CREATE TABLE a (\n  b int,\n  /* @renamed\n from=d */ c int, -- about c\n  e int\n);", &["3 a.d=a.c"]),
    ("CREATE TABLE a (\n  b int, /* @renamed from=d */ -- about b\n  c int);", &["2 a.d=a.b"]),
    (
        "CREATE TABLE a (\n  b int\n  -- @renamed from=d\n  , c int\n  , e int -- @renamed from=f\n  , g int);",
        &["3 a.d=a.c", "5 a.f=a.e"],
    ),
    ("CREATE TABLE a (b int, -- @renamed from=d\n c int);", &["1 a.d=a.b"]),
    (
        "/* @renamed from=c */ CREATE TABLE a (b int); /* @renamed from=f */ CREATE TABLE d (e int);",
        &["1 c=a", "1 f=d"],
    ),
    ("CREATE TABLE a /* @renamed from=c */ (b int);", &["1 c=a"]),
    ("CREATE TABLE a (b int) /* @renamed from=c */; CREATE TABLE d (e int);", &["1 c=a"]),
    ("CREATE TABLE a (\n  b int\n); -- @renamed from=c", &["3 c=a"]),
    ("CREATE VIEW a AS SELECT 1 /* @renamed from=c */;", &["1 c=a"]),
    (
        "CREATE TYPE s AS ENUM (/* @renamed from=c */ 'a', 'b' /* @renamed from=d */);",
        &["1 s.c=s.a", "1 s.d=s.b"],
    ),
    ("ALTER TABLE a ADD b int, -- @renamed from=c\n  ADD COLUMN IF NOT EXISTS d int;", &["1 a.c=a.b"]),
    (
        "ALTER TABLE a\n  ADD b int, -- @renamed from=c\n  ADD COLUMN d int -- @renamed from=e\n;",
        &["2 a.c=a.b", "3 a.e=a.d"],
    ),
    ("ALTER TYPE a ADD VALUE 'b'; -- @renamed from=c", &["1 a.c=a.b"]),
    (
        "CREATE SERVER a FOREIGN DATA WRAPPER w; -- @renamed from=b\nCREATE PUBLICATION p; -- @renamed from=q",
        &["1 b=a", "2 q=p"],
    ),
    (
        "CREATE EVENT TRIGGER a ON ddl_command_start EXECUTE FUNCTION f(); -- @renamed from=b\nCREATE TEXT SEARCH DICTIONARY d (template = simple); -- @renamed from=e",
        &["1 b=a", "2 e=d"],
    ),
    ("CREATE TABLE a (\n  /* @renamed from=c */ b int);", &["2 a.c=a.b"]),
    ("CREATE TABLE app.a (b int); -- @renamed from=public.a", &["1 public.a=app.a"]),
    ("CREATE TYPE s AS ENUM ('a',\n  'in ''b' -- @renamed from='it is'\n);", &["2 s.\"it is\"=s.\"in 'b\""]),
    ("CREATE TYPE t AS (a int,\n  b int -- @renamed from=c\n);", &["2 t.c=t.b"]),
    (
        "-- @renamed from=i\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS j ON app.t (x);",
        &["1 app.i=app.j"],
    ),
    (
        "-- @renamed from=g\nCREATE OR REPLACE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS '';",
        &["1 app.g=app.f"],
    ),
    (
        "CREATE TRIGGER t BEFORE INSERT OR UPDATE OF x ON app.a EXECUTE FUNCTION f(); -- @renamed from=u",
        &["1 app.a.u=app.a.t"],
    ),
    (
        "CREATE RULE r AS ON INSERT TO a DO NOTHING; -- @renamed from=s\nCREATE POLICY p ON a TO x; -- @renamed from=q",
        &["1 a.s=a.r", "2 a.q=a.p"],
    ),
    ("ALTER TABLE ONLY a\n  ADD CONSTRAINT b UNIQUE (x); -- @renamed from=c", &["2 a.c=a.b"]),
    ("CREATE TABLE p PARTITION OF q FOR VALUES IN ('a'); -- @renamed from=o", &["1 o=p"]),
    ("CREATE SCHEMA app; -- @renamed from=old", &["1 old=app"]),
];

#[test]
fn comments_belong_to_what_they_stand_at() {
    for (text, expected) in PLACES {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn comments_that_say_nothing_are_reported() {
    for text in [
        "CREATE TABLE a (id int); -- @renamed: b",
        "CREATE TABLE a (id int); -- @renamed",
        "CREATE TABLE a (id int); -- @renamed from",
        "CREATE TABLE a (id int); -- @renamed from=",
        "CREATE TABLE a (id int); -- @renamed from b",
        "CREATE TABLE a (id int); -- @renamed from=\"b",
        "CREATE TABLE a (id int); -- @renamed from=b.",
        "CREATE TABLE a (id int); -- @renamed from=b,c",
        "CREATE TABLE a (id int); -- once: @renamed from=b",
        "CREATE TABLE a (id int); -- @rename from=b",
        "CREATE TABLE a (id int); /*@renamed b*/",
    ] {
        assert_eq!(found(text), ["1 Malformed"], "{text}");
    }
    for text in [
        "CREATE TABLE a (id int,\nUNIQUE (id) -- @renamed from=b\n);",
        "CREATE TABLE a (id int);\n-- @renamed from=b\n",
        "COMMENT ON TABLE a IS ''; -- @renamed from=b",
        "CREATE EXTENSION a; -- @renamed from=b",
    ] {
        let found = found(text);
        assert!(found.len() == 1 && found[0].ends_with(" Nowhere"), "{text}: {found:?}");
    }
    for text in [
        "CREATE TABLE a (\n  b int, c int, -- @renamed from=d\n  e int);",
        "CREATE TABLE a (\n  b int); -- @renamed from=c",
        "CREATE TABLE a (b int); CREATE TABLE d (e int); -- @renamed from=c",
        "CREATE TABLE a (b int); CREATE TABLE d (e int, -- @renamed from=c\n f int);",
        "-- @renamed from=c\nALTER TABLE a ADD b int, ADD d int;",
    ] {
        let found = found(text);
        assert!(found.len() == 1 && found[0].ends_with(" Ambiguous"), "{text}: {found:?}");
    }
    for text in
        ["CREATE VIEW a AS SELECT '-- @renamed from=b';", "CREATE TABLE a (id int); -- renamed from=b"]
    {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}
