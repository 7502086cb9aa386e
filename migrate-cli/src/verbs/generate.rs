//! `generate`: the next migration, from what is declared.

mod renames;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use migrate_runtime::MigrationSet;
use migrate_runtime::cli::{Style, Terminal, paint};
use migrate_schema::{Generated, Hazard, Manner, Request};
use migrate_source::{Code, Content, CreateError, Created, Declared};
use serde_json::{Value, json};

use super::shown;
use crate::Answer;
use crate::args;
use crate::failure::{Failure, count};
use crate::say;
use crate::stage::{self, Stage};

pub(crate) async fn generate(
    folder: &Path,
    generate: &args::Generate,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let planned = stage::migrations(folder)?;
    let set = MigrationSet::from(planned.clone());
    let declared = stage::declared(generate.schema.as_deref(), folder)?;
    for file in &declared {
        for (at, word) in file.rows() {
            let place = format!("{}:{}:{}", shown(&file.path), at.line, at.column);
            say::warning(
                terminal,
                &format!(
                    "{place}: `{word}` is left out, as rows are no part of a schema: write a migration for them"
                ),
            );
        }
    }
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
    finish(folder, generate, &planned, &generated, terminal)
}

async fn plan(
    here: &Stage,
    there: &Stage,
    declared: &[Declared],
    generate: &args::Generate,
    terminal: &mut Terminal,
) -> Result<Generated, Failure> {
    let renames =
        renames::renames((&here.schema, &there.schema), declared, &generate.rename, terminal).await?;
    let manner = if generate.online { Manner::Online } else { Manner::AtOnce };
    let request = Request::default().renaming(renames).by(manner).with_sample_rows(generate.rows);
    let scratch = &here.connection.client;
    let generated = migrate_schema::generate(scratch, &there.schema, &stage::viewpoint(), &request).await;
    generated.map_err(|error| match error.code() {
        "M0806" if generate.online => Failure::new(
            Code::M0806,
            error,
            "generate it without `--online`, in one transaction, or change the schema in two steps",
        ),
        "M0806" => Failure::new(
            Code::M0806,
            error,
            "change the schema in two steps: PostgreSQL takes this change only in several transactions",
        ),
        _ => stage::of_schema(error),
    })
}

fn finish(
    folder: &Path,
    generate: &args::Generate,
    planned: &migrate_source::MigrationSet,
    generated: &Generated,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let said = |difference: &migrate_schema::Difference| {
        difference.between("the migrations", "the schema").to_string()
    };
    let mut residue: Vec<String> = generated.residue.iter().map(said).collect();
    for difference in &residue {
        say::lacks(terminal, &format!("not in the migration: {difference}"));
    }
    let back = generated.migrations.iter().flat_map(|migration| &migration.residue);
    let back: Vec<String> = back
        .map(|difference| difference.between("what the down leaves", "the migrations").to_string())
        .collect();
    for difference in &back {
        say::lacks(terminal, &format!("not brought back by the down: {difference}"));
    }
    let lacks = Lacks { up: !residue.is_empty(), down: !back.is_empty() };
    residue.extend(back);
    if generated.migrations.is_empty() {
        let object = json!({ "migrations": [], "wrote": [], "residue": residue });
        if residue.is_empty() {
            let same = "nothing to change: the migrations lead to what is declared";
            print(terminal, generate.dry_run, same);
            return Ok(Answer::done(object));
        }
        let help = "write by hand what is reported as not in the migration";
        return Ok(Answer::Refused(
            object,
            Failure::new(Code::M0845, "there is nothing that could be written", help),
        ));
    }
    let lacks = lacks.said().filter(|_| !is_allowed(generate, RESIDUE));
    let refusal = refusal(generate, generated, lacks);
    let is_shown = generate.dry_run || refusal.is_some();
    let created =
        if is_shown { Vec::new() } else { write(folder, &generate.name, (planned, generated), terminal)? };
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
            let is_meant = unallowed(generate, generated).is_empty();
            let up = if is_meant { shown_up } else { migration.up.guarded() };
            // Whoever runs what is printed goes there, and not back at once.
            let down = migrate_schema::commented(&shown_down);
            terminal.verbatim(&format!("{}\n{up}\n{}\n{down}", heading("up", at), heading("down", at)));
        }
        migrations.push(object);
    }
    for hazard in generated.hazards() {
        terminal.note(&format!("{} {hazard}", paint(Style::Warning, "!")));
    }
    let has_downs = wrote.len() > migrations.len();
    let number = count(migrations.len(), "migration");
    let object: Value = json!({ "migrations": migrations, "wrote": wrote, "residue": residue });
    match refusal {
        Some(failure) if !generate.dry_run || lacks.is_some() => return Ok(Answer::Refused(object, failure)),
        // That data is deleted or changed is said by the hazards.
        _ if generate.dry_run => {
            let tried = format!("{number} tried on a scratch database, there and back; nothing was written");
            terminal.note(&tried);
        }
        _ => {
            let back = if has_downs { ", there and back" } else { "" };
            let next =
                format!("read it; it was tried on a scratch database{back}. Apply it with `migrate up`");
            say::next(terminal, &next);
        }
    }
    Ok(Answer::done(object))
}

/// What standard output has: SQL, where that is shown.
fn print(terminal: &mut Terminal, is_sql: bool, text: &str) {
    if is_sql {
        terminal.verbatim(&migrate_schema::commented(text));
    } else {
        terminal.result(text);
    }
}

const RESIDUE: &str = "residue";

/// What a migration does not make.
#[derive(Clone, Copy)]
struct Lacks {
    /// Something that is declared.
    up: bool,
    /// Something that was there before.
    down: bool,
}

impl Lacks {
    /// What a migration does not do, and what is to be done about that.
    fn said(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self { up: false, down: false } => None,
            Self { up: true, .. } => Some(("does not make all that is declared", "write the rest by hand")),
            Self { down: true, .. } => {
                Some(("has a down that does not bring back all that was there", "complete the down by hand"))
            }
        }
    }
}

fn is_allowed(generate: &args::Generate, what: &str) -> bool {
    generate.allow.iter().any(|allowed| allowed == what)
}

/// What needs consent and was not allowed.
fn unallowed(generate: &args::Generate, generated: &Generated) -> Vec<Hazard> {
    let hazards = generated.hazards().into_iter();
    hazards.filter(|hazard| hazard.needs_consent() && !is_allowed(generate, hazard.name())).collect()
}

/// Why nothing is written, unless somebody says that it is meant.
fn refusal(
    generate: &args::Generate,
    generated: &Generated,
    lacks: Option<(&'static str, &'static str)>,
) -> Option<Failure> {
    if let Some(failure) = not_online(generate, generated) {
        return Some(failure);
    }
    let hazards = unallowed(generate, generated);
    let does = match &*hazards {
        [] => {
            let failure = |(lacks, by_hand)| {
                let what = format!("nothing written: this migration {lacks}");
                let help = format!("rerun with --allow {RESIDUE}, and {by_hand}");
                Failure::new(Code::M0845, what, help)
            };
            return lacks.map(failure);
        }
        [Hazard::ChangesValues] => "changes values",
        [_] => "deletes data",
        _ => "deletes data and changes values",
    };
    let code = if hazards.contains(&Hazard::DeletesData) { Code::M0844 } else { Code::M0805 };
    let mut allow: Vec<String> = hazards.iter().map(|hazard| format!("--allow {}", hazard.name())).collect();
    let (also, by_hand) = lacks.map_or_else(Default::default, |(lacks, by_hand)| {
        (format!(", and {lacks}"), format!(", and {by_hand}"))
    });
    allow.extend(lacks.map(|_| format!("--allow {RESIDUE}")));
    Some(Failure::new(
        code,
        format!("nothing written: this migration {does}{also}"),
        format!("review it{by_hand}; if intended, rerun with {}", allow.join(" ")),
    ))
}

/// Why nothing is written where locks that others feel were not allowed.
fn not_online(generate: &args::Generate, generated: &Generated) -> Option<Failure> {
    let obstacles = &generated.obstacles;
    let first = obstacles.iter().find(|obstacle| !is_allowed(generate, obstacle.consent.name()))?;
    let consents: BTreeSet<Hazard> = obstacles.iter().map(|obstacle| obstacle.consent).collect();
    let allow: Vec<String> = consents.iter().map(|hazard| format!("--allow {}", hazard.name())).collect();
    Some(Failure::new(
        Code::M0807,
        format!("nothing written: there is no way to change {} while others use it", first.what),
        format!(
            "follow the recipe docs/src/recipes/{}.md of the book; if the table may be locked, rerun with {}",
            first.recipe,
            allow.join(" ")
        ),
    ))
}

/// Writes all of them, or none: the folder as it will be is checked before.
fn write(
    folder: &Path,
    name: &str,
    (planned, generated): (&migrate_source::MigrationSet, &Generated),
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
    let created = migrate_check::create_all(folder, &contents, planned, SystemTime::now());
    if matches!(created, Err(CreateError::Faults(_))) {
        terminal.note("nothing was written, because the folder would have faults:");
    }
    Ok(created?)
}

fn heading(which: &str, at: usize) -> String {
    let number = if at == 0 { String::new() } else { format!(" {}", at + 1) };
    format!("-- {which}{number}\n")
}
