//! The tables that have rows, in an order in which each comes after those that it refers to; and their columns.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

use super::rows_of;
use crate::error::{Error, ErrorKind};
use crate::key::Key;
use crate::kind::Kind;
use crate::read::Viewpoint;

/// A table that has rows.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) oid: u32,
    /// Schema and name, in quotes where SQL needs them.
    pub(super) path: Vec<String>,
    pub(super) count: u64,
}

/// A column whose values are stored, and not made from others.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// In quotes where SQL needs them.
    pub(super) name: String,
    /// `GENERATED ALWAYS AS IDENTITY`: it takes no value unless that is insisted upon.
    pub(super) is_identity: bool,
    /// Of the primary key.
    pub(super) is_key: bool,
    notation: Notation,
}

/// How values are written.
#[derive(Clone, Copy, Debug)]
enum Notation {
    /// As a number.
    Plain,
    /// As a word: what the type itself writes is another one.
    Truth,
    /// In quotes, which do for every type.
    Quoted,
}

impl Column {
    /// An expression for the value as a statement has it, of a table `t`.
    pub(super) fn literal(&self) -> String {
        // Only what stands here alone is NULL: a row of nulls is none. And what a type writes is not what a cast makes of it.
        let column = format!("t.{}", self.name);
        let text = match self.notation {
            Notation::Plain => format!("{column}::text"),
            Notation::Truth => format!("CASE WHEN {column} THEN 'true' ELSE 'false' END"),
            Notation::Quoted => quoted(&format!("format('%s', {column})")),
        };
        format!("CASE WHEN {column} IS NOT DISTINCT FROM NULL THEN 'NULL' ELSE {text} END")
    }
}

/// Line ends of a file are no safe place: who checks it out may get others than were written.
fn quoted(value: &str) -> String {
    let escaped = format!("replace(replace(replace({value}, '\\', '\\\\'), '''', ''''''), chr(13), '\\r')");
    format!(
        "CASE WHEN strpos({value}, chr(13)) = 0 THEN quote_literal({value}) ELSE concat('E''', {escaped}, '''') END"
    )
}

/// The tables that have rows, by name.
pub(super) async fn with_rows(client: &Client, view: &Viewpoint) -> Result<Vec<Table>, Error> {
    let all = rows_of(
        client,
        "SELECT c.oid, quote_ident(n.nspname), quote_ident(c.relname) FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence <> 't' \
         AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND NOT EXISTS (SELECT FROM pg_depend d \
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 2, 3",
    )
    .await?;
    let mut tables = Vec::new();
    for row in &all {
        let (oid, path) = (number(row.get(0))?, [1, 2].map(|at| row.get(at).unwrap_or_default().to_owned()));
        if is_left_out(view, &path.join(".")) {
            continue;
        }
        let counted = rows_of(client, &format!("SELECT count(*) FROM ONLY {}", path.join("."))).await?;
        let count = number(counted.first().and_then(|row| row.get(0)))?;
        if count > 0 {
            tables.push(Table { oid, path: path.to_vec(), count });
        }
    }
    Ok(tables)
}

/// Whether a table, or what belongs to it, is not looked at.
pub(super) fn is_left_out(view: &Viewpoint, name: &str) -> bool {
    let is_same = |other: &String| other == name || other.replace('"', "") == name.replace('"', "");
    view.leave_out.iter().any(is_same)
}

/// Each behind those that it refers to.
pub(super) async fn in_order(client: &Client, mut tables: Vec<Table>) -> Result<Vec<Table>, Error> {
    let references = rows_of(
        client,
        "SELECT DISTINCT conrelid, confrelid FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid",
    )
    .await?;
    let mut needs: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for row in &references {
        needs.entry(number(row.get(0))?).or_default().insert(number(row.get(1))?);
    }
    let mut ordered = Vec::new();
    while !tables.is_empty() {
        let waits = |table: &Table| {
            let needs = needs.get(&table.oid);
            needs.is_some_and(|needs| tables.iter().any(|other| needs.contains(&other.oid)))
        };
        let Some(next) = tables.iter().position(|table| !waits(table)) else {
            let keys = tables.into_iter().map(|table| Key::new(Kind::Table, table.path));
            return Err(Error(ErrorKind::Cycle(keys.collect())));
        };
        ordered.push(tables.remove(next));
    }
    Ok(ordered)
}

/// Those whose values are stored, in their order.
pub(super) async fn columns(client: &Client, table: &Table) -> Result<Vec<Column>, Error> {
    let oid = table.oid;
    let rows = rows_of(
        client,
        &format!(
            "SELECT quote_ident(attname), attidentity, format_type(atttypid, NULL), COALESCE((SELECT attnum = ANY (indkey) FROM pg_index \
             WHERE indrelid = {oid} AND indisprimary), false) FROM pg_attribute \
             WHERE attrelid = {oid} AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
        ),
    )
    .await?;
    let column = |row: &tokio_postgres::SimpleQueryRow| Column {
        name: row.get(0).unwrap_or_default().to_owned(),
        is_identity: row.get(1) == Some("a"),
        is_key: row.get(3) == Some("t"),
        notation: match row.get(2) {
            Some("bigint" | "integer" | "smallint") => Notation::Plain,
            Some("boolean") => Notation::Truth,
            _ => Notation::Quoted,
        },
    };
    Ok(rows.iter().map(column).collect())
}

pub(super) fn number<N: std::str::FromStr>(text: Option<&str>) -> Result<N, Error> {
    let text = text.unwrap_or_default();
    text.parse().map_err(|_| Error::row(format!("the number {text:?}")))
}
