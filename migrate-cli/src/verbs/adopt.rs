//! `adopt`: records what another tool has applied to the database.

use std::fs;
use std::path::Path;

use migrate_import::{Adoption, LEDGER_FILE, Origins, Proof, Row};
use migrate_runtime::MigrationSet;
use migrate_runtime::cli::{self, Consent, Terminal};
use serde_json::json;

use super::shown;
use migrate_source::Code;

use crate::Answer;
use crate::args::{self, Common};
use crate::failure::{Failure, count};
use crate::say;
use crate::scratch::Connection;

pub(crate) async fn adopt(
    folder: &Path,
    adopt: &args::Adopt,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let loaded = crate::folder::load(folder, terminal)?;
    let origins = origins(folder)?;
    let target = common.target(loaded.production);
    let set = MigrationSet::from(loaded.set);
    let runner = common.runner(&set, &loaded.applying)?;
    let database = cli::resolve(&target)?;
    terminal.note(&format!("database: {database}"));
    let mut connection = Connection::open(database.url()).await?;

    let rows = rows(&connection, &origins).await?;
    let adoption = migrate_import::adopt(&origins, &rows).map_err(|error| {
        Failure::new(error.code(), error, "nothing was recorded, and that tool's table is what it was")
    })?;
    show(&adoption, terminal);
    let object = json!({
        "database": database.to_string(),
        "tool": origins.tool.name(),
        "records": adoption.records.iter().map(|record| &record.stem).collect::<Vec<_>>(),
        "pending": adoption.pending,
        "warnings": adoption.warnings,
        "recorded": !adopt.dry_run,
    });
    let recorded = count(adoption.records.len(), "migration");
    if adopt.dry_run {
        terminal.result(&format!("{recorded} would be recorded"));
        return Ok(Answer::done(object));
    }
    terminal.listen();
    match cli::confirm("adopt", &database, &target, terminal).await {
        Consent::Given => {}
        Consent::Declined if terminal.was_interrupted() => {
            return Err(Failure::interrupted("nothing was recorded"));
        }
        Consent::Declined => {
            return Err(Failure::new(
                Code::M0906,
                "nothing was recorded",
                "type the name as it is shown, or pass --yes",
            ));
        }
        Consent::Impossible(why) => return Err(why.into()),
    }
    let versions = adoption.versions();
    let result = tokio::select! {
        result = runner.adopt(&mut connection.client, &versions) => result.map_err(|error| Failure::of_run(&error)),
        () = terminal.interrupted() => {
            Err(Failure::interrupted("`migrate status` shows whether they are recorded; all of them are, or none"))
        }
    };
    connection.close().await;
    result?;
    say::done(terminal, &format!("recorded {recorded}"));
    say::next(terminal, "`migrate status`; from now on `migrate up`, and no longer the other tool");
    Ok(Answer::done(object))
}

/// What `import` has written beside the files.
fn origins(folder: &Path) -> Result<Origins, Failure> {
    let path = folder.join(LEDGER_FILE);
    let text = fs::read_to_string(&path).map_err(|error| {
        Failure::new(
            Code::M0933,
            format!("{}: cannot be read: {error}", shown(&path)),
            "it is written by `migrate import`: import the folder of that tool first",
        )
    })?;
    Origins::parse(&text).map_err(|error| Failure::told(error.code(), error))
}

async fn rows(connection: &Connection, origins: &Origins) -> Result<Vec<Row>, Failure> {
    let tool = origins.tool;
    let (Some(query), Some(table)) =
        (migrate_import::history_query(tool), migrate_import::history_table(tool))
    else {
        // Whoever matches says why.
        return Ok(Vec::new());
    };
    let rows = connection.client.query(query, &[]).await.map_err(|error| {
        let why = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
        Failure::new(Code::M0934,
            format!("the history of {tool}, {table}, cannot be read: {why}"),
            "is it the right database? A table in another schema is found by `options=-csearch_path%3DSCHEMA` in the URL",
        )
    })?;
    Ok(rows.iter().map(|row| Row { key: row.get(0), checksum: row.get(1), standing: row.get(2) }).collect())
}

fn show(adoption: &Adoption, terminal: &mut Terminal) {
    for record in &adoption.records {
        let proof = match record.proof {
            Proof::Same => "the same checksum",
            Proof::Differs => "another checksum",
            _ => "no checksum kept",
        };
        terminal.result(&format!("  {}  applied as {}, {proof}", record.stem, record.from));
    }
    for stem in &adoption.pending {
        terminal.result(&format!("  {stem}  pending"));
    }
    for warning in &adoption.warnings {
        terminal.note(&format!("warning: {warning}"));
    }
}
