//! `dump`: the schema of a database as SQL.

use migrate_runtime::cli::{self, Terminal};
use migrate_source::Code;
use serde_json::json;

use crate::Answer;
use crate::args::{self, Common};
use crate::failure::Failure;
use crate::say;
use crate::scratch::{Connection, Scratch};
use crate::stage;

pub(crate) async fn dump(
    dump: &args::Dump,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let viewpoint = common.viewpoint(&migrate_source::Applying::default())?;
    let database = cli::resolve(&common.target(None))?;
    terminal.note(&format!("database: {database}"));
    let live = Connection::open(database.url()).await?;
    let owner = stage::owner(&live).await?;
    let found = stage::read(&live, &viewpoint.clone().of_owner(owner)).await;
    live.close().await;
    let (found, dangling) = found?.without_dangling();
    // They are not printed, nor sent to the server of the scratch database.
    let found = if dump.with_passwords { found } else { found.without_passwords() };

    let left_out: Vec<String> = dangling.iter().map(ToString::to_string).collect();
    for thing in &left_out {
        say::warning(
            terminal,
            &format!("left out: {thing}, which refers to the history table of a migration tool"),
        );
    }

    let mut scratch = Scratch::new(dump.scratching.dev_url.as_deref()).await?;
    let dumped = scratch.anew_with_roles(async |empty| {
        migrate_schema::dump(&empty.client, &found, &viewpoint).await.map_err(stage::of_schema)
    });
    let (used, dumped) = dumped.await?;
    scratch.end(Some(used)).await?;
    let sql: Vec<String> = dumped.scripts.iter().map(migrate_schema::Script::statements_sql).collect();
    let sql = sql.join("\n");
    terminal.verbatim(&sql);
    let residue: Vec<String> = dumped
        .residue
        .iter()
        .map(|difference| difference.between("the SQL", "the database").to_string())
        .collect();
    for difference in &residue {
        say::lacks(terminal, &format!("not in the SQL: {difference}"));
    }
    let object =
        json!({ "database": database.to_string(), "sql": sql, "left_out": left_out, "residue": residue });
    if residue.is_empty() {
        return Ok(Answer::done(object));
    }
    let failure = Failure::new(
        Code::M0845,
        "the SQL does not make all that the database has",
        "add what is reported as not in the SQL by hand",
    );
    Ok(Answer::Refused(object, failure))
}
