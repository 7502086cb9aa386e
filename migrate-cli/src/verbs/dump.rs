//! `dump`: the schema of a database as SQL.

use migrate_runtime::cli::{self, Terminal};
use serde_json::json;

use crate::Answer;
use crate::args::{self, Common};
use crate::failure::Failure;
use crate::say;
use crate::scratch::{self, Connection, Scratch};
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
    // They are not printed, nor sent to the server of the scratch database.
    let found = if dump.with_passwords { found? } else { found?.without_passwords() };

    let mut scratch = Scratch::new(dump.scratching.dev_url.as_deref()).await?;
    let mut empty = scratch.renew(None).await?;
    let dumped = loop {
        let dumped = migrate_schema::dump(&empty.client, &found, &viewpoint).await.map_err(stage::of_schema);
        match dumped {
            // A server of our own has no roles but those that are named.
            Err(failure) if scratch.will_have_role(&failure) => empty = scratch.renew(Some(empty)).await?,
            dumped => break dumped.map_err(scratch::about_roles),
        }
    };
    scratch.end(Some(empty)).await?;
    let dumped = dumped?;
    let sql: Vec<String> = dumped.scripts.iter().map(migrate_schema::Script::statements_sql).collect();
    let sql = sql.join("\n");
    terminal.verbatim(&sql);
    for difference in &dumped.residue {
        say::wrong(terminal, &format!("not in the SQL: {difference}"));
    }
    let residue: Vec<String> = dumped.residue.iter().map(ToString::to_string).collect();
    let code = u8::from(!residue.is_empty());
    Ok(Answer::Of(json!({ "database": database.to_string(), "sql": sql, "residue": residue }), code))
}
