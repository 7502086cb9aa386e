//! The recipes of the book do what they say: while their migrations are applied, the service of each release goes on
//! reading and writing, and nothing of what it says fails or waits longer than the lock timeout.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use migrate_runtime::tokio_postgres::{Client, SimpleQueryMessage};
use migrate_runtime::{DEFAULT_LOCK_TIMEOUT, Runner};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::recipe_page::{Part, Recipe};
use crate::support::{Db, connect, load, value};

/// The sessions of each release that is in use.
const SESSIONS: usize = 2;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/recipes");

/// How many rows each table must have in the end.
type Rows = BTreeMap<String, u64>;

macro_rules! recipes {
    ($($name:ident => $page:literal),+ $(,)?) => {
        const PAGES: &[&str] = &[$($page),+];
        $(
            #[tokio::test]
            async fn $name() {
                follow($page).await;
            }
        )+
    };
}

recipes! {
    a_required_column => "required-column.md",
    a_backfill => "backfill.md",
    a_column_has_another_name => "rename-column.md",
    a_column_has_another_type => "change-type.md",
    a_foreign_key => "foreign-key.md",
    a_check_and_not_null => "check-and-not-null.md",
    an_index => "add-index.md",
    another_index_and_another_primary_key => "replace-index.md",
    a_unique_constraint => "unique-constraint.md",
    a_column_and_a_table_go => "drop.md",
    a_table_becomes_two => "split-table.md",
    an_enum => "enum.md",
    a_table_becomes_partitioned => "partition.md",
}

#[test]
fn each_recipe_is_followed() {
    let mut found: Vec<String> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let mut named = PAGES.to_vec();
    named.sort_unstable();
    assert_eq!(found, named);
}

/// Follows a page from its first block to its last.
async fn follow(page: &str) {
    let text = std::fs::read_to_string(Path::new(FOLDER).join(page)).unwrap();
    let recipe = Recipe::parse(&text);
    let mut kitchen = Kitchen::new().await;
    // What the release says that is in use, the newest last.
    let mut release: Vec<&str> = Vec::new();
    let (mut migrations, mut checks) = (0, 0);
    for part in &recipe.parts {
        match part {
            Part::Before(sql) => kitchen.before(sql).await,
            Part::Migration { up, down } => {
                migrations += 1;
                kitchen.migrate(up, down.as_ref(), &release).await;
            }
            Part::Release(statements) => {
                let old = std::mem::take(&mut release);
                kitchen.both_serve(&old, statements).await;
                release.clone_from(statements);
            }
            Part::Afterwards(query) => {
                checks += 1;
                assert_eq!(kitchen.db.value(query).await, "t", "{query}");
            }
        }
    }
    assert!(migrations > 0 && checks > 0, "{page} has {migrations} migrations and {checks} checks");
    kitchen.nothing_is_lost().await;
}

struct Kitchen {
    db: Db,
    folder: TempDir,
    rows: Rows,
}

impl Kitchen {
    async fn new() -> Self {
        Self { db: Db::new().await, folder: tempfile::tempdir().unwrap(), rows: Rows::new() }
    }

    /// The schema that is there, as the first migration, with its rows.
    async fn before(&mut self, sql: &str) {
        std::fs::write(self.folder.path().join("0001_before.sql"), sql).unwrap();
        load(self.folder.path()).run(&mut self.db.connect().await).await.unwrap();
        let client = self.db.connect().await;
        let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'schema_migrations%'";
        for message in client.simple_query(tables).await.unwrap() {
            if let SimpleQueryMessage::Row(row) = message {
                let table = row.get(0).unwrap();
                let count = value(&client, &format!("SELECT count(*) FROM {table}")).await;
                self.rows.insert(table.to_owned(), count.parse().unwrap());
            }
        }
        assert!(self.rows.values().any(|count| *count > 0), "there are no rows: {:?}", self.rows);
    }

    /// Applies one migration while a release is in use, and takes it back once where there is a way.
    async fn migrate(&mut self, up: &(String, String), down: Option<&(String, String)>, release: &[&str]) {
        for (name, text) in [Some(up), down].into_iter().flatten() {
            std::fs::write(self.folder.path().join(name), text).unwrap();
        }
        let hazards = migrate_check::lint(self.folder.path()).unwrap_or_else(|faults| panic!("{faults}"));
        let unexplained: Vec<String> = hazards
            .iter()
            .filter(|hazard| {
                let is_of = |file: &(String, String)| hazard.path().ends_with(&file.0);
                is_of(up) || down.is_some_and(is_of)
            })
            .map(ToString::to_string)
            .collect();
        assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
        let set = load(self.folder.path());
        let runner = Runner::new(&set);
        let service = Service::start(&self.db, &[release]).await;
        service.rounds(1).await;
        let mut client = self.db.connect().await;
        let report = runner.run(&mut client).await.unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(report.applied().len(), 1, "{report}");
        service.rounds(1).await;
        if down.is_some() {
            runner.revert(&mut client, 1).await.unwrap_or_else(|error| panic!("{error:#}"));
            service.rounds(1).await;
            runner.run(&mut client).await.unwrap_or_else(|error| panic!("{error:#}"));
            service.rounds(1).await;
        }
        service.stop(&mut self.rows).await;
    }

    /// The old release and the new one at once, as while a deployment is under way; then the new one alone.
    async fn both_serve(&mut self, old: &[&str], new: &[&str]) {
        for releases in [&[old, new][..], &[new]] {
            let service = Service::start(&self.db, releases).await;
            service.rounds(2).await;
            service.stop(&mut self.rows).await;
        }
    }

    /// What was there and what the service has written since is there.
    async fn nothing_is_lost(&self) {
        for (table, expected) in &self.rows {
            let is_there = self.db.value(&format!("SELECT to_regclass('{table}') IS NOT NULL")).await;
            if is_there == "t" {
                let count = self.db.value(&format!("SELECT count(*) FROM {table}")).await;
                assert_eq!(count, expected.to_string(), "rows of {table}");
            }
        }
        let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
        assert_eq!(self.db.value(invalid).await, "0");
    }
}

/// Sessions that say the statements of their release again and again.
struct Service {
    stop: watch::Sender<bool>,
    sessions: Vec<Session>,
}

struct Session {
    done: watch::Receiver<u64>,
    written: JoinHandle<Result<Rows, String>>,
}

impl Service {
    async fn start(db: &Db, releases: &[&[&str]]) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut sessions = Vec::new();
        for release in releases.iter().filter(|release| !release.is_empty()) {
            for _ in 0..SESSIONS {
                let client = connect(&db.url).await;
                let limit = format!("SET lock_timeout = {}", DEFAULT_LOCK_TIMEOUT.as_millis());
                client.batch_execute(&limit).await.unwrap();
                let (round, done) = watch::channel(0);
                let statements = release.iter().map(|statement| (*statement).to_owned()).collect();
                let written = tokio::spawn(serve(client, statements, stopped.clone(), round));
                sessions.push(Session { done, written });
            }
        }
        Self { stop, sessions }
    }

    /// Waits until each session has begun and ended this many rounds from now, or has failed.
    async fn rounds(&self, count: u64) {
        for session in &self.sessions {
            let mut done = session.done.clone();
            // The one that is under way may have begun before.
            let enough = *done.borrow() + count + 1;
            let waited = tokio::time::timeout(Duration::from_mins(1), done.wait_for(|now| *now >= enough));
            // A session that has failed says why when it is stopped.
            let _: Result<_, _> = waited.await.expect("a round within a minute");
        }
    }

    async fn stop(self, rows: &mut Rows) {
        // Nobody hears it where all have failed.
        self.stop.send_replace(true);
        for session in self.sessions {
            let written = session.written.await.unwrap().unwrap_or_else(|failed| panic!("{failed}"));
            for (table, count) in written {
                *rows.entry(table).or_default() += count;
            }
        }
    }
}

/// Says the statements round after round, and says how many rows it has inserted.
async fn serve(
    client: Client,
    statements: Vec<String>,
    stopped: watch::Receiver<bool>,
    round: watch::Sender<u64>,
) -> Result<Rows, String> {
    let mut rows = Rows::new();
    while !*stopped.borrow() {
        for statement in &statements {
            let messages = client.simple_query(statement).await;
            let failed = |error: &migrate_runtime::tokio_postgres::Error| {
                let why = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
                format!("the service failed: {why}\n{statement}")
            };
            let messages = messages.map_err(|error| failed(&error))?;
            let affected = messages.iter().find_map(|message| match message {
                SimpleQueryMessage::CommandComplete(count) => Some(*count),
                _ => None,
            });
            if let Some(table) = inserted_into(statement) {
                *rows.entry(table.to_owned()).or_default() += affected.unwrap_or_default();
            }
        }
        round.send_modify(|rounds| *rounds += 1);
    }
    Ok(rows)
}

/// The table of an `INSERT`. One that may update instead is not counted.
fn inserted_into(statement: &str) -> Option<&str> {
    let table = statement.strip_prefix("INSERT INTO ")?.split([' ', '(', '\n']).next()?;
    (!statement.contains("ON CONFLICT")).then_some(table)
}
