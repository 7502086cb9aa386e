//! `generate`: the next migration, from what is declared.

use std::path::Path;
use std::time::SystemTime;

use migrate_runtime::cli::{Style, Terminal, paint};
use migrate_schema::{Generated, Hazard, Manner, Rename, Request};
use migrate_source::{Content, CreateError, Created, Declared};
use serde_json::{Value, json};

use super::shown;
use crate::Answer;
use crate::args;
use crate::failure::{Failure, count, of_other};
use crate::say;
use crate::stage::{self, Stage};

pub(crate) async fn generate(
    folder: &Path,
    generate: &args::Generate,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let set = stage::migrations(folder)?;
    let declared = stage::declared(generate.schema.as_deref(), folder)?;
    let dev_url = generate.dev_url.as_deref();
    let mut here = Stage::of_folder(&set, dev_url).await?;
    let there = match Stage::of_declared(&declared, dev_url).await {
        Ok(there) => there,
        Err(failure) => {
            here.end().await?;
            return Err(failure);
        }
    };
    here.have_roles_of(&there).await?;
    let generated = plan(&here, &there, &declared, generate, terminal).await;
    // A database that is left over is the lesser evil.
    let (ended, ended_too) = (here.end().await, there.end().await);
    let generated = generated?;
    ended?;
    ended_too?;
    finish(folder, generate, &generated, terminal)
}

async fn plan(
    here: &Stage,
    there: &Stage,
    declared: &[Declared],
    generate: &args::Generate,
    terminal: &mut Terminal,
) -> Result<Generated, Failure> {
    let renames = renames(here, there, declared, generate, terminal).await?;
    let manner = if generate.online { Manner::Online } else { Manner::AtOnce };
    let request = Request::default().renaming(renames).by(manner);
    let scratch = &here.connection.client;
    let generated = migrate_schema::generate(scratch, &there.schema, &stage::viewpoint(), &request).await;
    generated.map_err(stage::of_schema)
}

/// What has got another name: what is said, in the schema or on the command line, and what somebody at a terminal says.
async fn renames(
    here: &Stage,
    there: &Stage,
    declared: &[Declared],
    generate: &args::Generate,
    terminal: &mut Terminal,
) -> Result<Vec<Rename>, Failure> {
    // A comment stays when it has had its effect.
    let (old, new) = (&here.schema, &there.schema);
    let mut renames: Vec<Rename> = declared
        .iter()
        .flat_map(Declared::renames)
        .filter_map(|asked| migrate_schema::renames(&[asked], old, new).ok())
        .flatten()
        .collect();
    let asked = migrate_schema::renames(&generate.rename, old, new);
    let asked = asked.map_err(|error| {
        Failure::new(
            of_other(error.code()),
            error,
            "say `--rename old=new`, or `--rename table.old=new` for a column",
        )
    })?;
    for rename in asked {
        if !renames.contains(&rename) {
            renames.push(rename);
        }
    }
    for candidate in migrate_schema::rename_candidates(old, new) {
        if renames.iter().any(|rename| *rename.from() == candidate.from) {
            continue;
        }
        for to in &candidate.to {
            if renames.iter().any(|rename| rename.to() == to) {
                continue;
            }
            let Some(rename) = Rename::new(candidate.from.clone(), to.clone()) else { continue };
            if !terminal.is_attended() {
                terminal.note(&format!(
                    "{} is gone and {to} is new, made alike: if it has only got another name, say --rename {}={}",
                    candidate.from,
                    candidate.from.path().join("."),
                    to.path().last().map_or("", String::as_str),
                ));
                continue;
            }
            let question = format!("Has {} got the name {to}? [y/N]", candidate.from);
            if terminal.ask(&question).await.is_some_and(|answer| answer.eq_ignore_ascii_case("y")) {
                renames.push(rename);
                break;
            }
        }
    }
    Ok(renames)
}

fn finish(
    folder: &Path,
    generate: &args::Generate,
    generated: &Generated,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    for difference in &generated.residue {
        say::wrong(terminal, &format!("not in the migration: {difference}"));
    }
    let back: Vec<_> = generated.migrations.iter().flat_map(|migration| &migration.residue).collect();
    for difference in &back {
        say::wrong(terminal, &format!("not brought back by the down: {difference}"));
    }
    let residue: Vec<String> = generated.residue.iter().chain(back).map(ToString::to_string).collect();
    if generated.migrations.is_empty() {
        terminal.result(if residue.is_empty() {
            "nothing to change: the migrations lead to what is declared"
        } else {
            "there is nothing that could be written"
        });
        let code = u8::from(!residue.is_empty());
        return Ok(Answer::Of(json!({ "migrations": [], "wrote": [], "residue": residue }), code));
    }
    let allowed = |what: &str| generate.allow.iter().any(|allowed| allowed == what);
    let mut why_not = Vec::new();
    if generated.hazards().contains(&Hazard::DeletesData) && !allowed("deletes-data") {
        why_not.push("it deletes data: read it, and say --allow deletes-data if that is meant");
    }
    if !residue.is_empty() && !allowed("residue") {
        why_not.push("it does not lead to what is declared: write the rest by hand, and say --allow residue");
    }
    let refused = !why_not.is_empty();
    let writes = !generate.dry_run && !refused;
    let created = if writes { write(folder, &generate.name, generated, terminal)? } else { Vec::new() };
    let wrote: Vec<String> =
        created.iter().flat_map(|created| &created.files).map(|file| shown(file)).collect();
    for file in &wrote {
        say::wrote(terminal, file);
    }
    let mut migrations = Vec::new();
    for (at, migration) in generated.migrations.iter().enumerate() {
        let hazards: Vec<&str> = migration.up.hazards().into_iter().map(Hazard::name).collect();
        let (shown_up, shown_down) = (migration.up.shown(), migration.down.shown());
        let mut object = json!({ "up": shown_up, "down": shown_down, "hazards": hazards });
        if let Some(created) = created.get(at) {
            object["migration"] = json!(created.stem);
        } else {
            terminal.verbatim(&format!(
                "{}\n{shown_up}\n{}\n{shown_down}",
                heading("up", at),
                heading("down", at)
            ));
        }
        migrations.push(object);
    }
    for hazard in generated.hazards() {
        terminal.note(&format!("{} {hazard}", paint(Style::Warning, "!")));
    }
    for why in &why_not {
        say::wrong(terminal, &format!("nothing was written: {why}"));
    }
    if wrote.is_empty() {
        terminal.result(&format!(
            "{} tried on a scratch database, there and back",
            count(generated.migrations.len(), "migration")
        ));
    } else {
        say::next(
            terminal,
            "read it; it was tried on a scratch database, there and back. Apply it with `migrate up`",
        );
    }
    let object: Value = json!({ "migrations": migrations, "wrote": wrote, "residue": residue });
    Ok(Answer::Of(object, u8::from(!residue.is_empty() || refused && !generate.dry_run)))
}

/// Writes all of them, or none: the folder as it will be is checked before.
fn write(
    folder: &Path,
    name: &str,
    generated: &Generated,
    terminal: &mut Terminal,
) -> Result<Vec<Created>, Failure> {
    let texts: Vec<(String, String, Option<String>)> = generated
        .migrations
        .iter()
        .enumerate()
        .map(|(at, migration)| {
            let name = if at == 0 { name.to_owned() } else { format!("{name} {}", at + 1) };
            // Without a statement it would bring nothing back, and have no difference only where there is nothing to bring.
            let is_way_back = !migration.down.statements.is_empty() || migration.residue.is_empty();
            (name, migration.up.sql(), is_way_back.then(|| migration.down.sql()))
        })
        .collect();
    let contents: Vec<Content<'_>> =
        texts.iter().map(|(name, up, down)| Content { name, up, down: down.as_deref() }).collect();
    let created = migrate_check::create_all(folder, &contents, SystemTime::now());
    if matches!(created, Err(CreateError::Faults(_))) {
        terminal.note("nothing was written, because the folder would have faults:");
    }
    Ok(created?)
}

fn heading(which: &str, at: usize) -> String {
    let number = if at == 0 { String::new() } else { format!(" {}", at + 1) };
    format!("-- {which}{number}\n")
}
