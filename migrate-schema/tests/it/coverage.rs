//! Nothing of the catalog is left out unseen: each of its columns, and each row that somebody's SQL makes, is either read by
//! a query, or excluded in `coverage/catalog.txt`, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::{self, Db};

const LINES: &str = include_str!("coverage/catalog.txt");
const EVERYTHING: &str = include_str!("coverage/everything.sql");

/// A line about columns.
#[derive(Debug)]
struct Columns<'l> {
    table: &'l str,
    column: &'l str,
    from: u32,
    until: u32,
    claim: &'l str,
}

impl Columns<'_> {
    fn is_for(&self, table: &str, column: &str) -> bool {
        (self.table == "*" || self.table == table) && (self.column == "*" || self.column == column)
    }

    /// What is wrong with the claim. The query that it names has to name the column, or what it reads that through.
    fn fault(&self, queries: &BTreeMap<String, String>) -> Option<String> {
        if self.claim.strip_prefix("excluded: ").is_some_and(|reason| !reason.is_empty()) {
            return None;
        }
        let (query, word) = self.claim.split_once(" by ").unwrap_or((self.claim, self.column));
        match queries.get(query) {
            None => Some(format!("there is no query `{query}`")),
            Some(text) if !has_word(text, word) => Some(format!("`{query}` has no `{word}`")),
            Some(_) => None,
        }
    }
}

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = LINES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.rsplit_once('|').map(|(what, claim)| (what.trim(), claim.trim())).unwrap())
}

fn columns() -> Vec<Columns<'static>> {
    let of_columns = lines().filter(|(what, _)| !what.contains(" where "));
    let parse = |(what, claim): (&'static str, &'static str)| {
        let mut words = what.split_whitespace();
        let (table, column) = words.next().and_then(|name| name.split_once('.')).unwrap();
        let mut columns = Columns { table, column, from: 0, until: u32::MAX, claim };
        while let Some(word) = words.next() {
            let major = words.next().unwrap().parse().unwrap();
            match word {
                "from" => columns.from = major,
                "until" => columns.until = major,
                other => panic!("{what}: {other}"),
            }
        }
        columns
    };
    of_columns.map(parse).collect()
}

/// The text of each query by the name of its file, without its comments.
fn queries() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog");
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.lines().map(|line| line.split("--").next().unwrap_or_default());
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), code.collect::<Vec<_>>().join("\n"))
    };
    std::fs::read_dir(folder).unwrap().map(|entry| read(&entry.unwrap().path())).collect()
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|other| other == word)
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn every_catalog_column_is_read_or_excluded() {
    let major = support::prepare().await;
    let db = Db::new().await;
    let there = db
        .lines(
            "SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped",
        )
        .await;
    db.drop().await;
    let columns = columns();
    let queries = queries();
    let is_now = |line: &&Columns<'_>| (line.from..=line.until).contains(&major);
    let mut faults: Vec<String> = Vec::new();
    let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
    for name in &there {
        let (table, column) = name.split_once('.').unwrap();
        let mut lines = columns.iter().filter(is_now).filter(|line| line.is_for(table, column)).peekable();
        if lines.peek().is_none() {
            faults.push(format!("{name} is neither read nor excluded"));
        }
        used.extend(lines.map(|line| (line.table, line.column)));
    }
    for line in &columns {
        let name = format!("{}.{}", line.table, line.column);
        faults.extend(line.fault(&queries).map(|fault| format!("{name}: {fault}")));
        if is_now(&line) && !used.contains(&(line.table, line.column)) {
            faults.push(format!("{name} is no column of PostgreSQL {major}"));
        }
    }
    assert_none(&faults);
}

#[tokio::test]
async fn every_catalog_row_is_read_or_excluded() {
    support::prepare().await;
    let db = Db::new().await;
    let run = async |sql: &str| db.client.batch_execute(sql).await.unwrap_or_else(|e| panic!("{e:?}\n{sql}"));
    run(EVERYTHING).await;
    run("SET search_path TO public; CREATE TEMPORARY TABLE read (class oid, id oid)").await;
    for (name, query) in queries() {
        // What depends on what is no thing by itself.
        if name != "dependencies" {
            run(&format!("INSERT INTO read SELECT class, id FROM ({query}) q")).await;
        }
    }
    // What an extension made is its own.
    run("INSERT INTO read SELECT classid, objid FROM pg_depend WHERE deptype = 'e'").await;
    let tables = "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'oid'
        WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared ORDER BY 1";
    let excluded_tables: Vec<&str> = columns()
        .iter()
        .filter(|line| line.column == "*" && line.claim.starts_with("excluded: "))
        .map(|line| line.table)
        .collect();
    let rows: Vec<(&str, &str)> = lines().filter_map(|(what, _)| what.split_once(" where ")).collect();
    let mut faults: Vec<String> = Vec::new();
    for table in db.lines(tables).await.iter().filter(|table| !excluded_tables.contains(&table.as_str())) {
        let of_table: Vec<&str> = rows.iter().filter(|(of, _)| of == table).map(|(_, rows)| *rows).collect();
        let not_read = format!(
            "FROM {table} x WHERE x.oid >= 16384
                AND NOT EXISTS (SELECT FROM read r WHERE r.class = '{table}'::regclass AND r.id = x.oid)"
        );
        for rows in &of_table {
            if db.lines(&format!("SELECT 1 {not_read} AND ({rows})")).await.is_empty() {
                faults.push(format!("{table} where {rows}: no such row is left out"));
            }
        }
        let excluded =
            of_table.iter().fold(String::new(), |sql, rows| sql + &format!(" AND ({rows}) IS NOT TRUE"));
        let left = db.lines(&format!("SELECT to_jsonb(x) {not_read}{excluded}")).await;
        faults.extend(left.iter().map(|row| format!("{table}: nothing reads {row}")));
    }
    run("ALTER SUBSCRIPTION subscribed SET (slot_name = NONE); DROP SUBSCRIPTION subscribed").await;
    db.drop().await;
    assert_none(&faults);
}
