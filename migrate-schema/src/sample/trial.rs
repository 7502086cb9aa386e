//! Runs the scripts of a plan on tables with rows, and what rows do not take without them.

use std::collections::BTreeSet;

use tokio_postgres::{Client, SimpleQueryMessage};

use super::positions::{self, Position};
use super::session::Session;
use super::text::names;
use crate::error::{Error, ErrorKind};
use crate::prove::{self, Failed};
use crate::script::Script;
use crate::statement::Hazard;

/// What a statement says of its rows when it fails on them.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The names of the tables concerned, without their schemas. Empty: of any.
    pub(super) tables: BTreeSet<String>,
}

/// Runs a script as a migration is run. A statement that fails on rows gets the hazard that says so, unless it has it, and is
/// run again without the rows of the tables that it names.
pub(super) async fn run(
    client: &Client,
    script: &mut Script,
    kept: &BTreeSet<u32>,
    known: &BTreeSet<String>,
) -> Result<Vec<Refusal>, Error> {
    let mut refusals: Vec<Refusal> = Vec::new();
    let mut at = 0;
    loop {
        let invalid = invalid_indexes(client).await?;
        let Some((place, failed)) = prove::run_from(client, script, at).await else { return Ok(refusals) };
        drop_invalid(client, &invalid).await?;
        // What was committed is not run again.
        at = if script.in_transaction { 0 } else { place };
        let Some(statement) = script.statements.get_mut(place) else { return Err(of(failed)) };
        if !is_of_rows(&failed) {
            return Err(of(failed));
        }
        let is_named = |name: &&String| {
            failed.table() == Some(name.as_str()) || names(&statement.sql, &crate::key::quoted(&[name]))
        };
        let mut tables: BTreeSet<String> = known.iter().filter(is_named).cloned().collect();
        // It is tried again with fewer rows each time.
        if refusals.iter().any(|before| before.tables.is_superset(&tables)) {
            tables.clear();
        }
        if tables.is_empty() && refusals.iter().any(|before| before.tables.is_empty()) {
            return Err(of(failed));
        }
        if !statement.hazards.contains(&Hazard::MayFailOnRows) {
            statement.hazards.push(Hazard::MayFailOnRows);
        }
        empty(client, kept, &tables).await?;
        refusals.push(Refusal { tables });
    }
}

fn of(failed: Failed) -> Error {
    Error(ErrorKind::FailedOnRows(failed))
}

/// Whether it is a value that the statement does not take: of a wrong form, against a constraint, or refused by a function.
fn is_of_rows(failed: &Failed) -> bool {
    let code = failed.cause.code().map_or("", |code| code.code());
    // Conversions that some values lack; data exceptions; integrity constraints; exceptions in functions; RAISE; values that are
    // too long for an index.
    ["0A", "21", "22", "23", "2F", "38", "39", "54", "P0"].iter().any(|class| code.starts_with(class))
}

/// Empties these tables, or all; but for those that are kept, by OID.
pub(super) async fn empty(
    client: &Client,
    kept: &BTreeSet<u32>,
    tables: &BTreeSet<String>,
) -> Result<(), Error> {
    const TABLES: &str = "SELECT c.oid, format('ONLY %I.%I', n.nspname, c.relname), c.relname FROM pg_class c \
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence <> 't' \
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND pg_relation_size(c.oid) > 0 ORDER BY 2";
    let mut names = Vec::new();
    for message in client.simple_query(TABLES).await? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let is_kept = row.get(0).and_then(|oid| oid.parse().ok()).is_some_and(|oid: u32| kept.contains(&oid));
        let is_asked = tables.is_empty() || row.get(2).is_some_and(|name| tables.contains(name));
        names.extend(row.get(1).filter(|_| is_asked && !is_kept).map(str::to_owned));
    }
    if names.is_empty() {
        return Ok(());
    }
    // Triggers on TRUNCATE rest where the role may say so.
    let truncate = format!("TRUNCATE {} CASCADE", names.join(", "));
    let quietly = format!(
        "BEGIN; SET LOCAL session_replication_role TO replica; SET LOCAL client_min_messages TO error; {truncate}; COMMIT"
    );
    if client.batch_execute(&quietly).await.is_err() {
        client.batch_execute("ROLLBACK").await?;
        client.batch_execute(&truncate).await?;
    }
    Ok(())
}

const INVALID: &str = "SELECT indexrelid, indexrelid::regclass::text FROM pg_index JOIN pg_class c ON c.oid = indexrelid \
    WHERE NOT indisvalid AND c.relkind = 'i'";

async fn invalid_indexes(client: &Client) -> Result<BTreeSet<String>, Error> {
    let rows = client.simple_query(INVALID).await?;
    let oid = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    Ok(rows.iter().filter_map(oid).collect())
}

/// An index that could not be built concurrently is left behind.
async fn drop_invalid(client: &Client, before: &BTreeSet<String>) -> Result<(), Error> {
    for message in client.simple_query(INVALID).await? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let is_new = row.get(0).is_some_and(|oid| !before.contains(oid));
        if let Some(name) = row.get(1).filter(|_| is_new) {
            client.batch_execute(&format!("DROP INDEX {name}")).await?;
        }
    }
    Ok(())
}

/// Takes the rows out, and puts sequences back to where they stood.
pub(super) async fn clear(
    client: &Client,
    kept: &BTreeSet<u32>,
    sequences: &[Position],
) -> Result<(), Error> {
    empty(client, kept, &BTreeSet::new()).await?;
    let session = Session::begin(client).await?;
    positions::put_back(session, sequences).await?;
    let views = "SELECT format('REFRESH MATERIALIZED VIEW %I.%I', n.nspname, c.relname) FROM pg_class c \
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND c.relispopulated ORDER BY c.oid";
    for row in session.rows(views).await? {
        session.takes(row.get(0).unwrap_or_default()).await?;
    }
    session.commit().await
}
