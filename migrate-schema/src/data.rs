//! The rows of a database as SQL that puts them into an empty one of the same schema. Values are quoted by PostgreSQL.

mod tables;

use std::collections::BTreeSet;

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::error::Error;
use crate::key::qualified;
use crate::read::Viewpoint;
use tables::Table;

/// A table that has rows, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rows {
    /// As a statement names it.
    pub table: String,
    /// Without those of tables that inherit from it, or are its partitions.
    pub count: u64,
}

/// A sequence that is not where it was when it was made, and what its last value is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// As a statement names it.
    pub sequence: String,
    /// The value that it gave last, or is to give next.
    pub last: i64,
}

/// So that a value reads the same whatever the session has set.
const SETTINGS: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path TO pg_catalog; \
    SET LOCAL datestyle TO ISO; SET LOCAL intervalstyle TO postgres; SET LOCAL timezone TO 'UTC'; \
    SET LOCAL extra_float_digits TO 1; SET LOCAL bytea_output TO hex; SET LOCAL row_security TO off; \
    SET LOCAL standard_conforming_strings TO on";

/// The tables that have rows, by name. What an extension has made is its own.
///
/// # Errors
///
/// The catalog or a table cannot be read.
pub async fn rows(client: &Client, view: &Viewpoint) -> Result<Vec<Rows>, Error> {
    let tables = reading(client, tables::with_rows(client, view)).await?;
    Ok(tables.iter().map(|table| Rows { table: qualified(&table.path), count: table.count }).collect())
}

/// The sequences that have moved, by name, but for those that give values to a table that has rows: of that one,
/// [`rows`] tells.
///
/// # Errors
///
/// The catalog, a table or a sequence cannot be read.
pub async fn moved_sequences(client: &Client, view: &Viewpoint) -> Result<Vec<Moved>, Error> {
    reading(client, async {
        let tables = tables::with_rows(client, view).await?;
        let has_rows = |user: &u32| tables.iter().any(|table| table.oid == *user);
        let moved = sequences(client, view).await?.into_iter();
        Ok(moved
            .filter(|sequence| !sequence.users.iter().any(has_rows))
            .map(|sequence| sequence.moved)
            .collect())
    })
    .await
}

/// The statements that put every row into an empty database of the same schema, and bring its sequences and materialized
/// views to where they are here. No trigger and no rule of a table acts on what they insert.
///
/// # Errors
///
/// The catalog or a table cannot be read; tables refer to each other in a circle.
pub async fn data(client: &Client, view: &Viewpoint) -> Result<Vec<String>, Error> {
    reading(client, statements(client, view)).await
}

/// What belongs to the server, or to the database as a whole, and is in no [`Schema`](crate::Schema): a line each, for
/// people. Two of them show what was made in between.
///
/// # Errors
///
/// The catalog cannot be read.
pub async fn outside(client: &Client) -> Result<BTreeSet<String>, Error> {
    let rows = rows_of(client, include_str!("data/outside.sql")).await?;
    Ok(rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect())
}

/// In one snapshot.
async fn reading<T>(client: &Client, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    client.batch_execute(SETTINGS).await?;
    let result = work.await;
    client.batch_execute("ROLLBACK").await?;
    result
}

async fn statements(client: &Client, view: &Viewpoint) -> Result<Vec<String>, Error> {
    let tables = tables::in_order(client, tables::with_rows(client, view).await?).await?;
    let (mut before, mut inserts, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for table in &tables {
        let name = qualified(&table.path);
        for (enabling, what) in reactions(client, table).await? {
            before.push(format!("ALTER TABLE {name} DISABLE {what}"));
            after.push(format!("ALTER TABLE {name} {enabling} {what}"));
        }
        inserts.extend(insert(client, table, &name).await?);
    }
    if !after.is_empty() {
        // Foreign keys that are checked at the end would be in the way of ALTER TABLE.
        inserts.push("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
    }
    let sequences = sequences(client, view).await?.iter().map(Sequence::statement).collect();
    let views = materialized_views(client).await?;
    Ok([before, inserts, after, sequences, views].concat())
}

/// What acts on an INSERT: how it is enabled, and its name behind what it is.
async fn reactions(client: &Client, table: &Table) -> Result<Vec<(&'static str, String)>, Error> {
    let oid = table.oid;
    let rows = rows_of(
        client,
        &format!(
            "SELECT tgenabled, format('TRIGGER %I', tgname) FROM pg_trigger WHERE tgrelid = {oid} AND tgtype & 4 <> 0 \
             AND tgenabled IN ('O', 'A') AND (NOT tgisinternal OR tgparentid <> 0 AND tgconstraint = 0) UNION ALL \
             SELECT ev_enabled, format('RULE %I', rulename) FROM pg_rewrite WHERE ev_class = {oid} AND ev_type = '3' \
             AND ev_enabled IN ('O', 'A') ORDER BY 2"
        ),
    )
    .await?;
    let enabling = |how| if how == "A" { "ENABLE ALWAYS" } else { "ENABLE" };
    Ok(rows.iter().filter_map(|row| Some((enabling(row.get(0)?), row.get(1)?.to_owned()))).collect())
}

/// One statement for all rows, so that they may refer to each other.
async fn insert(client: &Client, table: &Table, name: &str) -> Result<Vec<String>, Error> {
    let columns = tables::columns(client, table).await?;
    if columns.is_empty() {
        return Ok((0..table.count).map(|_| format!("INSERT INTO {name} DEFAULT VALUES")).collect());
    }
    let values: Vec<String> = columns.iter().map(tables::Column::literal).collect();
    let row = values.join(" || ', ' || ");
    let keys = columns.iter().filter(|column| column.is_key).map(|column| format!("t.{}", column.name));
    let order: Vec<String> = keys.chain([format!("({row}) COLLATE \"C\"")]).collect();
    let query = format!("SELECT {row} FROM ONLY {} AS t ORDER BY {}", table.path.join("."), order.join(", "));
    let rows = rows_of(client, &query).await?;
    let lines: Vec<String> =
        rows.iter().map(|row| format!("    ({})", row.get(0).unwrap_or_default())).collect();
    let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
    let overriding =
        if columns.iter().any(|column| column.is_identity) { "OVERRIDING SYSTEM VALUE " } else { "" };
    Ok(vec![format!("INSERT INTO {name} ({}) {overriding}VALUES\n{}", names.join(", "), lines.join(",\n"))])
}

/// One that is not at its beginning.
struct Sequence {
    moved: Moved,
    /// Whether it gave the last value, and does not only stand there.
    called: bool,
    /// The tables to which it gives values.
    users: Vec<u32>,
}

impl Sequence {
    fn statement(&self) -> String {
        let Moved { sequence, last } = &self.moved;
        format!("SELECT pg_catalog.setval('{}', {last}, {})", sequence.replace('\'', "''"), self.called)
    }
}

async fn sequences(client: &Client, view: &Viewpoint) -> Result<Vec<Sequence>, Error> {
    let all = rows_of(client, include_str!("data/sequences.sql")).await?;
    let mut sequences = Vec::new();
    for row in &all {
        let path = [0, 1].map(|at| row.get(at).unwrap_or_default().to_owned());
        if row.get(3).is_some_and(|owner| tables::is_left_out(view, owner)) {
            continue;
        }
        let stands =
            rows_of(client, &format!("SELECT last_value, is_called FROM {}", path.join("."))).await?;
        let Some((value, called)) = stands.first().and_then(|row| Some((row.get(0)?, row.get(1)?))) else {
            continue;
        };
        if (Some(value), called) != (row.get(2), "f") {
            let moved = Moved { sequence: qualified(&path), last: tables::number(Some(value))? };
            let users = row.get(4).unwrap_or_default().split_whitespace();
            let users = users.map(|user| tables::number(Some(user))).collect::<Result<_, _>>()?;
            sequences.push(Sequence { moved, called: called == "t", users });
        }
    }
    Ok(sequences)
}

/// They were filled before there was a row. One that reads another is younger than that.
async fn materialized_views(client: &Client) -> Result<Vec<String>, Error> {
    let rows = rows_of(
        client,
        "SELECT quote_ident(n.nspname), quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind = 'm' AND c.relispopulated AND NOT EXISTS (SELECT FROM pg_depend d \
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY c.oid",
    )
    .await?;
    let name = |row: &SimpleQueryRow| qualified(&[0, 1].map(|at| row.get(at).unwrap_or_default().to_owned()));
    Ok(rows.iter().map(|row| format!("REFRESH MATERIALIZED VIEW {}", name(row))).collect())
}

async fn rows_of(client: &Client, query: &str) -> Result<Vec<SimpleQueryRow>, Error> {
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    };
    Ok(client.simple_query(query).await?.into_iter().filter_map(row).collect())
}
