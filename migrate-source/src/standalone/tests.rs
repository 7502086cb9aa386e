//! Statements that are refused in a transaction, and what is read of them.

use super::*;

fn build<'a>(
    name: Option<&str>,
    (is_unique, if_not_exists): (bool, bool),
    table: &str,
    definition: &'a str,
) -> Standalone<'a> {
    let table_name = table.rsplit('.').next().unwrap_or_default().to_owned();
    let (name, table) = (name.map(str::to_owned), table.to_owned());
    Standalone::BuildIndex(IndexBuild { name, if_not_exists, is_unique, table, table_name, definition })
}

#[test]
fn reads_what_cuts_leave_behind() {
    let create = |object, name: &str| Some(Standalone::Create(object, name.to_owned()));
    let drop = |object, name: &str| Some(Standalone::Drop(object, name.to_owned()));
    let cases = [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", Some(build(Some("i"), (false, false), "\"t\"", "(a)"))),
        (
            "create unique /* x */ index concurrently if not exists Idx on only s.\"T\" using btree (a) -- b",
            Some(build(Some("idx"), (true, true), "\"s\".\"T\"", "using btree (a) -- b")),
        ),
        (
            "CREATE INDEX CONCURRENTLY \"a\"\"B\" ON t(a)",
            Some(build(Some("a\"B"), (false, false), "\"t\"", "(a)")),
        ),
        (
            "CREATE INDEX CONCURRENTLY ON s . t (a) WHERE a > 0",
            Some(build(None, (false, false), "\"s\".\"t\"", "(a) WHERE a > 0")),
        ),
        ("CREATE INDEX i ON t (a)", None),
        (
            "CREATE INDEX CONCURRENTLY U&\"i\\0041\\\\\\+00006d\" ON ONLY (s /* x */ . -- y\n t) (a)",
            Some(build(Some("iA\\m"), (false, false), "\"s\".\"t\"", "(a)")),
        ),
        ("CREATE INDEX CONCURRENTLY U&\"i!0041\" UESCAPE '!' ON t (a)", None),
        ("CREATE INDEX CONCURRENTLY i ON ONLY (t (a)", None),
        ("DROP INDEX CONCURRENTLY i", Some(Standalone::DropIndex("\"i\"".to_owned()))),
        (
            "drop index concurrently /* x */ if exists s . \"I\" cascade",
            Some(Standalone::DropIndex("\"s\".\"I\"".to_owned())),
        ),
        ("DROP INDEX i", None),
        (
            "REINDEX INDEX CONCURRENTLY s.i",
            Some(Standalone::Reindex(Reindexed::Index, Some("\"s\".\"i\"".to_owned()))),
        ),
        (
            "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
            Some(Standalone::Reindex(Reindexed::Table, Some("\"t\"".to_owned()))),
        ),
        (
            "REINDEX SCHEMA CONCURRENTLY s",
            Some(Standalone::Reindex(Reindexed::Schema, Some("\"s\"".to_owned()))),
        ),
        ("REINDEX DATABASE CONCURRENTLY", Some(Standalone::Reindex(Reindexed::Database, None))),
        ("REINDEX TABLE t", None),
        ("REINDEX (VERBOSE", None),
        (
            "ALTER TABLE IF EXISTS ONLY s.p DETACH PARTITION \"C\" CONCURRENTLY",
            Some(Standalone::Detach { parent: "\"s\".\"p\"".to_owned(), partition: "\"C\"".to_owned() }),
        ),
        ("ALTER TABLE p DETACH PARTITION c", None),
        ("ALTER TABLE p DETACH PARTITION c FINALIZE", None),
        ("CREATE DATABASE D", create(Object::Database, "d")),
        ("DROP DATABASE IF EXISTS \"D\" WITH (FORCE)", drop(Object::Database, "D")),
        ("CREATE TABLESPACE x LOCATION '/x'", create(Object::Tablespace, "x")),
        ("DROP SUBSCRIPTION s", drop(Object::Subscription, "s")),
        (
            "ALTER TABLE ONLY (p) DETACH PARTITION c CONCURRENTLY",
            Some(Standalone::Detach { parent: "\"p\"".to_owned(), partition: "\"c\"".to_owned() }),
        ),
        ("VACUUM t", None),
        ("CALL p()", None),
    ];
    for (statement, expected) in cases {
        assert_eq!(standalone(statement), expected, "{statement}");
    }
}

#[test]
fn cuts_names_off_as_postgresql_does() {
    let long = "x".repeat(62) + "éy";
    let statement = format!("CREATE INDEX CONCURRENTLY \"{long}\" ON t (a)");
    let Some(Standalone::BuildIndex(build)) = standalone(&statement) else { panic!("{statement}") };
    assert_eq!(build.name, Some("x".repeat(62)));
}
