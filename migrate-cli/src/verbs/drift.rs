//! `drift`: what somebody has changed by hand.

use std::path::Path;

use migrate_runtime::cli::{self, Terminal};
use migrate_runtime::{MigrationSet, State};
use serde_json::json;

use super::diff;
use migrate_source::Code;

use crate::Answer;
use crate::args::{self, Common};
use crate::failure::{Failure, count};
use crate::scratch::Connection;
use crate::stage::{self, Stage};

pub(crate) async fn drift(
    folder: &Path,
    drift: &args::Scratching,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let loaded = crate::folder::load(folder, terminal)?;
    let viewpoint = common.viewpoint(&loaded.applying)?;
    let target = common.target(loaded.production);
    let set = MigrationSet::from(loaded.set);
    let runner = common.runner(&set, &loaded.applying)?;
    let database = cli::resolve(&target)?;
    terminal.note(&format!("database: {database}"));

    let mut live = Connection::open(database.url()).await?;
    let status = runner.status(&mut live.client).await.map_err(|error| Failure::of_run(&error))?;
    let owner = stage::owner(&live).await?;
    let found = stage::read(&live, &viewpoint.clone().of_owner(owner)).await;
    live.close().await;
    let found = found?;

    // One that was edited since was applied all the same.
    let has =
        |state: State| matches!(state, State::Applied | State::Baseline | State::Skipped | State::Changed);
    let migrations = status.migrations();
    if let Some(ahead) = migrations.iter().find(|migration| migration.state() == State::Ahead) {
        return Err(Failure::new(
            Code::M0823,
            format!("the database has {}, which is not in the folder", ahead.stem()),
            "compare it with the folder that it was brought forward from",
        ));
    }
    if let Some(behind) = migrations.iter().find(|migration| migration.state() == State::Behind) {
        return Err(Failure::new(
            Code::M0823,
            format!(
                "the database has only a part of what {} stands for: {}",
                behind.stem(),
                behind.note().unwrap_or_default()
            ),
            "compare it with the archive of what was squashed: `migrate drift --dir <archive>`",
        ));
    }
    let reached = migrations
        .iter()
        .filter(|migration| has(migration.state()))
        .map(migrate_runtime::MigrationStatus::version)
        .max();
    let pending = migrations.iter().filter(|migration| migration.state() == State::Pending).count();
    if pending > 0 {
        terminal.note(&format!("{} pending: compared with what is applied", count(pending, "migration")));
    }
    let stage = Stage::up_to(&set, reached.unwrap_or(0), drift.dev_url.as_deref()).await?;
    let expected = stage.schema.clone();
    stage.end().await?;
    // A migration that does not say which password it is has none to compare with.
    let found = found.with_placeholders_of(&expected);
    let sides = diff::Sides { first: "the database", second: "the migrations" };
    let same = "no drift: the database is what its migrations make";
    let answer = diff::answer(&found, &expected, sides, same, terminal)?;
    Ok(match answer {
        Answer::Of(mut object, code) => {
            object["database"] = json!(database.to_string());
            Answer::Of(object, code)
        }
        other => other,
    })
}
