//! `squash`: one checkpoint in the place of the migrations up to a version.

mod proof;

use std::path::Path;

use migrate_runtime::cli::Terminal;
use migrate_source::{Code, SquashRequest, Squashed};
use serde_json::{Value, json};

use super::shown;
use crate::Answer;
use crate::args;
use crate::args::Common;
use crate::failure::{Failure, count};
use crate::say;
use proof::Proof;

pub(crate) async fn squash(
    folder: &Path,
    squash: &args::Squash,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    if !squash.dry_run
        && let Some(finished) = migrate_source::finish_squash(folder)?
    {
        terminal.note("an earlier run was cut; it is finished now:");
        return Ok(Answer::done(tell(&finished, terminal)));
    }
    refuse_other_tool(folder)?;
    let request = SquashRequest { to: &squash.to, name: &squash.name, archive: squash.archive.as_deref() };
    let plan = migrate_check::squash(folder, &request)?;
    let proof = Proof::of(&plan, squash, common, terminal).await?;
    let squashed = plan.before().set.iter().filter(|migration| migration.version() <= plan.version()).count();
    let sameness = match squash.data {
        Some(args::Data::Include | args::Data::Freeze) if !proof.rows.is_empty() => {
            "schema and the same rows"
        }
        _ => "schema",
    };
    let what =
        format!("{} makes the same {sameness} as the {} up to it", plan.stem(), count(squashed, "migration"));
    let rest = plan.before().set.iter().filter(|migration| migration.version() > plan.version()).count();
    let rest = match rest {
        0 => String::new(),
        _ => format!("; {} after it, which lead to one schema from both", count(rest, "migration")),
    };
    say::done(terminal, &format!("{what}{rest}"));
    let mut object = if squash.dry_run {
        terminal.verbatim(&proof.script);
        let moved = count(plan.moved().len(), "file");
        terminal.result(&format!("{moved} would move to {}; nothing was written", shown(plan.archive())));
        json!({ "archive": shown(plan.archive()), "moved": plan.moved(), "wrote": [] })
    } else {
        tell(&plan.carry_out(&proof.script)?, terminal)
    };
    let table = |rows: &migrate_schema::Rows| json!({ "table": rows.table, "rows": rows.count });
    object["checkpoint"] = json!(plan.stem());
    object["sql"] = json!(proof.script);
    object["tables"] = proof.rows.iter().map(table).collect();
    object["sequences"] = proof.moved.iter().map(|moved| json!(moved.sequence)).collect();
    Ok(Answer::done(object))
}

/// What was written and moved, for people and for programs.
fn tell(squashed: &Squashed, terminal: &mut Terminal) -> Value {
    let archive = shown(&nearby(&squashed.archive));
    say::done(terminal, &format!("moved {} to {archive}", count(squashed.moved.len(), "file")));
    say::wrote(terminal, &shown(&squashed.checkpoint));
    say::next(
        terminal,
        &format!(
            "commit both folders, and deploy the checkpoint once every database has what it stands for; one that has not \
             goes on with `migrate up --dir {archive}`, and what was squashed is reverted by `migrate down --dir {archive}`"
        ),
    );
    json!({ "archive": archive, "moved": squashed.moved, "wrote": [shown(&squashed.checkpoint)] })
}

/// A path as somebody here would type it.
fn nearby(path: &Path) -> std::path::PathBuf {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}

/// The ledger of `import` speaks of the files that would move.
fn refuse_other_tool(folder: &Path) -> Result<(), Failure> {
    let ledger = folder.join(migrate_import::LEDGER_FILE);
    if !ledger.exists() {
        return Ok(());
    }
    Err(Failure::new(
        Code::M0834,
        format!("{}: databases of another tool are yet to be adopted by these files", shown(&ledger)),
        "run `migrate adopt` for each of them; when that is done, remove the file, and squash",
    ))
}
