//! `docs`: the schema as a page of HTML, with the migration that made each thing.

use std::collections::BTreeMap;
use std::path::Path;

use migrate_runtime::cli::{self, Database, Terminal};
use migrate_runtime::{Migration, MigrationSet, MigrationStatus, State, Status};
use migrate_schema::{Schema, Step, Timeline, Viewpoint};
use migrate_source::{Applying, Code, FaultKind, durable};
use serde_json::json;

use super::shown;
use crate::Answer;
use crate::args::{self, Common};
use crate::failure::{Failure, count};
use crate::say;
use crate::scratch::{Connection, Scratch};
use crate::stage::{self, with_functions};

pub(crate) async fn docs(
    folder: &Path,
    docs: &args::Docs,
    common: &Common,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let folder = Folder::load(folder, common, terminal)?;
    let database = if docs.live {
        let database = cli::resolve(&common.target(None))?;
        terminal.note(&format!("database: {database}"));
        Some(database)
    } else {
        None
    };
    let live = match &database {
        Some(database) => Some(folder.live(database, common).await?),
        None => None,
    };
    let mut scratch = Scratch::new(docs.dev_url.as_deref()).await?;
    terminal.note(&format!("a scratch database on {}", scratch.origin()));
    let mut connection = None;
    let replayed = folder.replay(&mut scratch, &mut connection, live.as_ref(), common, terminal).await;
    // A database that is left over is the lesser evil.
    let ended = scratch.end(connection.take()).await;
    let (timeline, schema) = replayed?;
    ended?;
    let (schema, title) = match (&live, &database) {
        (Some(live), Some(database)) => (&live.schema, database.name()),
        _ => (&schema, "Database schema"),
    };
    let about = folder.about(docs.live);
    let page = migrate_schema::docs(title, &about, schema, &timeline);
    let path = &docs.out;
    durable::replace(path, &page).map_err(|error| {
        Failure::new(
            Code::M0904,
            format!("{}: cannot be written: {error}", shown(path)),
            "allow it, or name another file: `--out`",
        )
    })?;
    say::wrote(terminal, &shown(path));
    let mut object = json!({ "wrote": [shown(path)] });
    if let Some(database) = &database {
        object["database"] = json!(database.to_string());
    }
    Ok(Answer::done(object))
}

/// The migrations, and how they are applied.
struct Folder {
    name: String,
    set: migrate_source::MigrationSet,
    applying: Applying,
    viewpoint: Viewpoint,
}

/// A database as it is.
struct Live {
    schema: Schema,
    status: Status,
}

impl Folder {
    /// It may have no migration yet.
    fn load(folder: &Path, common: &Common, terminal: &mut Terminal) -> Result<Self, Failure> {
        let (set, applying) = match migrate_check::load(folder) {
            Ok(loaded) => {
                for warning in loaded.warnings() {
                    say::warning(terminal, &warning);
                }
                (loaded.set, loaded.applying)
            }
            Err(faults) if faults.iter().all(|fault| *fault.kind() == FaultKind::NoMigrations) => {
                (migrate_source::MigrationSet::EMPTY, Applying::default())
            }
            Err(faults) => return Err(faults.into()),
        };
        let viewpoint = common.viewpoint(&applying)?;
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        Ok(Self { name: shown(Path::new(name)), set, applying, viewpoint })
    }

    /// A sentence on what the page describes. It has no time in it: the same schema has the same page.
    fn about(&self, live: bool) -> String {
        let last = self.set.iter().last();
        let last = last.map(|migration| format!(", up to {}", migration.stem())).unwrap_or_default();
        let number = count(self.set.len() + self.set.repeatables().count(), "migration");
        let name = &self.name;
        if live {
            format!("The database as it is. The folder {name} has {number}{last}.")
        } else {
            format!("What the folder {name} leads to: {number}{last}.")
        }
    }

    async fn live(&self, database: &Database, common: &Common) -> Result<Live, Failure> {
        let set = MigrationSet::from(self.set.clone());
        let runner = common.runner(&set, &self.applying)?;
        let mut connection = Connection::open(database.url()).await?;
        let status = runner.status(&mut connection.client).await.map_err(|error| Failure::of_run(&error))?;
        let schema = stage::read(&connection, &self.viewpoint).await?;
        connection.close().await;
        Ok(Live { schema, status })
    }

    /// Applies one migration after the other, and looks each time at what has become of the schema.
    async fn replay(
        &self,
        scratch: &mut Scratch,
        connection: &mut Option<Connection>,
        live: Option<&Live>,
        common: &Common,
        terminal: &mut Terminal,
    ) -> Result<(Timeline, Schema), Failure> {
        let connection = connection.insert(scratch.renew(None).await?);
        let versions = MigrationSet::from(self.set.without_repeatables());
        let runner = with_functions(common.runner(&versions, &self.applying)?, &versions);
        if !self.set.is_empty() {
            // The history is there before the schema is read, wherever it is kept.
            let made = runner.clone().make_history(&mut connection.client).await;
            made.map_err(|error| Failure::of_run(&error))?;
        }
        let mut history = History {
            timeline: Timeline::new(),
            schema: stage::read_again(connection, &self.viewpoint).await?,
            left: live.map(|live| live.status.migrations().iter().map(|one| (id(one), one)).collect()),
        };
        let number = self.set.len() + self.set.repeatables().count();
        let mut progress =
            |at: usize, stem: &str| terminal.progress(&format!("{} of {number}  {stem}", at + 1));
        for (at, migration) in versions.iter().enumerate() {
            progress(at, migration.stem());
            scratch.run(&runner.clone().target(migration.version()), connection).await?;
            history.add(migration, stage::read_again(connection, &self.viewpoint).await?);
        }
        for (at, migration) in self.set.repeatables().enumerate() {
            progress(self.set.len() + at, migration.stem());
            let set = MigrationSet::from(self.set.with_repeatables(at + 1));
            scratch.run(&with_functions(common.runner(&set, &self.applying)?, &set), connection).await?;
            history.add(migration, stage::read_again(connection, &self.viewpoint).await?);
        }
        history.rest();
        Ok((history.timeline, history.schema))
    }
}

/// What the history of a database calls a migration: the version, or the name where it has none.
type Id = (i64, String);

fn id(status: &MigrationStatus) -> Id {
    id_of(status.version(), status.stem())
}

fn id_of(version: i64, stem: &str) -> Id {
    (version, if version == 0 { stem.to_owned() } else { String::new() })
}

/// The migrations so far, and what they lead to.
struct History<'l> {
    timeline: Timeline,
    schema: Schema,
    /// Where a database is looked at: what of its history has not had its turn.
    left: Option<BTreeMap<Id, &'l MigrationStatus>>,
}

impl History<'_> {
    fn add(&mut self, migration: Migration<'_>, after: Schema) {
        let id = id_of(migration.version(), migration.stem());
        // Those that only the database knows come where they would be.
        if let Some(left) = self.left.as_mut().filter(|_| !migration.is_repeatable()) {
            while let Some(first) = left.first_entry().filter(|first| first.key().0 > 0 && *first.key() < id)
            {
                self.timeline.pass(with_status(Step::new(first.get().stem()), first.get()));
                first.remove();
            }
        }
        let mut step = Step::new(migration.stem());
        let script =
            |script: migrate_runtime::Script<'_>| (script.file().to_owned(), script.text().to_owned());
        step.up = Some(script(migration.up()));
        step.down = migration.down().map(script);
        let status = self.left.as_mut().map(|left| left.remove(&id));
        let is_there = match status {
            None => true,
            Some(None) => false,
            Some(Some(status)) => {
                step = with_status(step, status);
                !matches!(status.state(), State::Pending | State::OutOfOrder | State::Behind)
            }
        };
        if is_there {
            self.timeline.take(step, &self.schema, &after);
        } else {
            self.timeline.pass(step);
        }
        self.schema = after;
    }

    fn rest(&mut self) {
        for status in self.left.take().into_iter().flat_map(BTreeMap::into_values) {
            self.timeline.pass(with_status(Step::new(status.stem()), status));
        }
    }
}

fn with_status(mut step: Step, status: &MigrationStatus) -> Step {
    step.state = Some(status.state().to_string());
    step.applied_at = status.applied_at().map(str::to_owned);
    step.note = status.note().map(str::to_owned);
    step
}
