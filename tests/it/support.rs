//! What the tests share: one server, a fresh database a test, and sets made of a few lines.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use migrate_runtime::MigrationSet;
use migrate_runtime::tokio_postgres::config::Host;
use migrate_runtime::tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};
use migrate_server::{Options, Server};
use tempfile::TempDir;

/// One server for all tests of this process. It ends with the process.
pub(crate) static SERVER: LazyLock<Server> = LazyLock::new(|| {
    crate::log::prepare();
    // Who names a PostgreSQL wants that one, and not the one of `DATABASE_URL`.
    let server = if postgres_bin().is_some() { options().start() } else { options().obtain() };
    server.unwrap_or_else(|error| panic!("{error}"))
});

/// The directory of the PostgreSQL that is to be tested on, as `tests/postgres-versions` names it.
fn postgres_bin() -> Option<OsString> {
    std::env::var_os("POSTGRES_BIN").filter(|dir| !dir.is_empty())
}

/// For a server of a test's own: of the same PostgreSQL as the one that all share.
pub(crate) fn options() -> Options {
    let options = Options::new();
    match postgres_bin() {
        Some(dir) => options.bin_dir(dir),
        None => options,
    }
}

/// Says something also when the test passes, whose output is otherwise kept back: what was not tested, for example.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A database of its own, dropped at the end where the server lives on.
pub(crate) struct Db {
    pub(crate) name: String,
    pub(crate) url: String,
}

impl Db {
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("migrate_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let admin = connect(SERVER.url()).await;
        admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        Self { url: SERVER.url_of(&name), name }
    }

    pub(crate) async fn connect(&self) -> Client {
        connect(&self.url).await
    }

    /// The one value of a query, as text.
    pub(crate) async fn value(&self, sql: &str) -> String {
        value(&self.connect().await, sql).await
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.connect().await.batch_execute(sql).await.unwrap();
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        if SERVER.is_private() {
            return;
        }
        let drop_database = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A runtime cannot be started on a thread that runs one.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { connect(SERVER.url()).await.batch_execute(&drop_database).await })
        })
        .join();
        if !std::thread::panicking() {
            dropped.unwrap().unwrap();
        }
    }
}

pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = migrate_runtime::tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The one value of a query, as text.
pub(crate) async fn value(client: &Client, sql: &str) -> String {
    let messages = client.simple_query(sql).await.unwrap();
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    row.unwrap_or("<null>").to_owned()
}

/// Waits until a query that returns a boolean says `t`; what it waits for has no event to be awaited here.
pub(crate) async fn until(client: &Client, sql: &str) {
    for _ in 0..3000 {
        if value(client, sql).await == "t" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("after 30 s it still does not hold: {sql}");
}

/// The host and the port that a URL names.
pub(crate) fn address(url: &str) -> (String, u16) {
    let config: Config = url.parse().unwrap();
    let host = match &config.get_hosts()[0] {
        Host::Tcp(host) => host.clone(),
        Host::Unix(path) => panic!("no TCP address: {}", path.display()),
    };
    (host, config.get_ports().first().copied().unwrap_or(5432))
}

/// A URL with another address in the server's place.
pub(crate) fn moved(url: &str, address: SocketAddr) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    format!("{scheme}://{user}@{address}/{path}")
}

/// A program that is in this directory, or in `PATH`.
pub(crate) fn find_program(name: &str, beside: Option<&Path>) -> Option<PathBuf> {
    let in_path = std::env::var_os("PATH");
    let in_path = in_path.iter().flat_map(std::env::split_paths);
    let mut paths = beside.map(PathBuf::from).into_iter().chain(in_path).map(|dir| dir.join(name));
    paths.find(|path| path.is_file())
}

/// A program of PostgreSQL that is beside the server, or in `PATH`. The bundled server brings none.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    find_program(name, SERVER.bin_dir())
}

/// A `pg_dump` that takes the server: it refuses one of a newer major version than its own.
///
/// # Errors
///
/// What is missing on this machine.
pub(crate) async fn pg_dump(db: &Db) -> Result<PathBuf, &'static str> {
    let pg_dump = program("pg_dump").ok_or("pg_dump")?;
    let version = run_program(&pg_dump, &[OsStr::new("--version")]);
    let version = version.split_once("(PostgreSQL) ").unwrap().1;
    let major: u32 = version.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
    let server: u32 = db.value("SHOW server_version_num").await.parse().unwrap();
    if major >= server / 10_000 { Ok(pg_dump) } else { Err("pg_dump of the server's version") }
}

pub(crate) fn run_program(program: &Path, args: &[&OsStr]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The set of these files; messages call their folder `migrations`.
pub(crate) fn set(files: &[(&str, &str)]) -> MigrationSet {
    load(folder(files).path())
}

pub(crate) fn load(folder: &Path) -> MigrationSet {
    let set = migrate_source::load(folder).unwrap_or_else(|faults| panic!("{faults}"));
    set.in_folder("migrations").into()
}

/// `count` small migrations, each of which makes a table of its own: `t1`, `t2`, …
pub(crate) fn small(count: usize) -> Vec<(String, String)> {
    let file = |n: usize| (format!("{n:04}_t{n}.sql"), format!("CREATE TABLE t{n} (id int PRIMARY KEY);\n"));
    (1..=count).map(file).collect()
}

pub(crate) fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

/// The versions in the history, in order, as `1,2,3`.
pub(crate) const HISTORY: &str = "SELECT coalesce(string_agg(version::text, ',' ORDER BY version), '') FROM schema_migrations WHERE state = 'applied'";

pub(crate) const INVALID_INDEXES: &str = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";

pub(crate) const NO_ADVISORY_LOCK: &str = "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory' AND database = \
                                           (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Whether one session of the database waits for a lock.
pub(crate) const WAITS: &str = "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";

/// A block of the README by its language, and by what it begins with: what is shown there is what happens here.
pub(crate) fn readme(language: &str, beginning: &str) -> &'static str {
    let text = include_str!("../../README.md");
    let start = format!("\n```{language}\n{beginning}");
    let at = text.find(&start).unwrap_or_else(|| panic!("README.md has no block {start:?}"));
    let block = &text[at + "\n```\n".len() + language.len()..];
    block.split_once("\n```").unwrap().0
}

/// The rows of the history with their states: `1 applied, 2 reverting`. A repeatable one is called by its description.
pub(crate) const ROWS: &str = "SELECT coalesce(string_agg(concat_ws(' ', CASE version WHEN 0 THEN description ELSE version::text END, state), \
     ', ' ORDER BY version, description), '') FROM schema_migrations";

/// What the log has, in its order: `apply 1 done, revert 1 failed`.
pub(crate) const LOG: &str = "SELECT coalesce(string_agg(concat_ws(' ', action, CASE version WHEN 0 THEN description ELSE version::text END, outcome), \
     ', ' ORDER BY id), '') FROM schema_migrations_log";

/// The tables of the migrations: `t1,t2`.
pub(crate) const TABLES: &str = "SELECT coalesce(string_agg(tablename, ',' ORDER BY tablename), '') FROM pg_tables \
     WHERE schemaname = 'public' AND tablename NOT LIKE 'schema_migrations%'";

/// One session asks again and again who holds the lock of the history table.
pub(crate) const ONE_ASKS: &str = "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%SELECT held.pid FROM%' AND pid <> pg_backend_pid() AND datname = current_database()";

/// The stems of what was applied or reverted.
pub(crate) fn stems(list: &[migrate_runtime::Done]) -> Vec<&str> {
    list.iter().map(migrate_runtime::Done::stem).collect()
}

/// `count` migrations with their way back: `t1`, `t2`, ….
pub(crate) fn pairs(count: usize) -> Vec<(String, String)> {
    let files = |n: usize| {
        let up = format!("CREATE TABLE t{n} (id int PRIMARY KEY);\n");
        let down = format!("DROP TABLE t{n};\n");
        [(format!("{n:04}_t{n}.up.sql"), up), (format!("{n:04}_t{n}.down.sql"), down)]
    };
    (1..=count).flat_map(files).collect()
}

/// The same files with these put in the place of those of the same name, or added.
pub(crate) fn with(files: &[(String, String)], others: &[(&str, &str)]) -> Vec<(String, String)> {
    let is_other = |name: &str| others.iter().any(|(other, _)| *other == name);
    let kept = files.iter().filter(|(name, _)| !is_other(name)).cloned();
    kept.chain(others.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))).collect()
}

pub(crate) fn set_of(files: &[(String, String)]) -> MigrationSet {
    set(&borrowed(files))
}
