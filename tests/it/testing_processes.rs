//! Test databases of several processes on one server: one template for all, whoever is killed; and what is left behind
//! goes, while what is in use stays.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use migrate_runtime::tokio_postgres::Client;
use migrate_server::Server;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::support::{borrowed, connect, folder, options, small, until, value};

const TEMPLATES: &str = "SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_template_%'";
const DATABASES: &str = "SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_testdb_%'";
/// Changes where the template is made anew.
const TEMPLATE_OIDS: &str =
    "SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_database WHERE datname LIKE 'migrate_template_%'";

/// A server on which nobody else makes test databases.
struct Scene {
    server: Server,
    admin: Client,
}

impl Scene {
    async fn new() -> Self {
        let server = options().start().unwrap_or_else(|error| panic!("{error}"));
        let admin = connect(server.url()).await;
        Self { server, admin }
    }

    async fn value(&self, sql: &str) -> String {
        value(&self.admin, sql).await
    }

    async fn has(&self, database: &str) -> bool {
        self.value(&format!("SELECT count(*) FROM pg_database WHERE datname = '{database}'")).await == "1"
    }

    fn tester(&self, folder: &Path, count: usize, run: Option<&str>) -> Tester {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tester"));
        command.arg(folder).arg(self.server.url()).arg(count.to_string()).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_remove("NEXTEST_RUN_ID").env_remove("MIGRATE_KEEP_TEST_DATABASES");
        command.envs(run.map(|run| ("NEXTEST_RUN_ID", run)));
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Tester { child, lines }
    }
}

/// A process with test databases, which it has until it is let go.
struct Tester {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Tester {
    /// Names and tables, when all are there.
    async fn databases(&mut self) -> Vec<(String, String)> {
        let mut databases = Vec::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            if line == "all are there" {
                break;
            }
            let (name, tables) = line.split_once(' ').unwrap();
            databases.push((name.to_owned(), tables.to_owned()));
        }
        databases
    }

    /// Whether it ended well, and what it complained about.
    async fn end(mut self) -> (bool, String) {
        drop(self.child.stdin.take());
        let output = self.child.wait_with_output().await.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[tokio::test]
async fn many_processes_have_one_template() {
    let scene = Scene::new().await;
    let files = small(5);
    let folder = folder(&borrowed(&files));
    let mut testers: Vec<Tester> = (0..4).map(|_| scene.tester(folder.path(), 8, None)).collect();
    let mut names = BTreeSet::new();
    for tester in &mut testers {
        for (name, tables) in tester.databases().await {
            assert!(
                tables.starts_with("schema_migrations,schema_migrations_log,t1,") && tables.ends_with("t5"),
                "{tables}"
            );
            names.insert(name);
        }
    }
    assert_eq!((names.len(), scene.value(DATABASES).await.as_str()), (32, "32"));
    assert_eq!(scene.value(TEMPLATES).await, "1");
    let flags = "SELECT bool_and(datistemplate AND NOT datallowconn) FROM pg_database WHERE datname LIKE 'migrate_template_%'";
    assert_eq!(scene.value(flags).await, "t");
    for tester in testers {
        assert_eq!(tester.end().await, (true, String::new()));
    }
    assert_eq!(scene.value(DATABASES).await, "0");

    // The same set finds its template, an edited one has another.
    let template = scene.value(TEMPLATE_OIDS).await;
    assert_eq!(scene.tester(folder.path(), 1, None).end().await.1, "");
    assert_eq!(scene.value(TEMPLATE_OIDS).await, template);
    std::fs::write(folder.path().join("0005_t5.sql"), "CREATE TABLE five (id int);").unwrap();
    let mut edited = scene.tester(folder.path(), 1, None);
    assert!(edited.databases().await[0].1.contains("five"));
    edited.end().await;
    assert_eq!(scene.value(TEMPLATES).await, "2");
}

#[tokio::test]
async fn a_template_whose_maker_is_killed() {
    let scene = Scene::new().await;
    scene.admin.batch_execute("CREATE DATABASE gate").await.unwrap();
    let files = [
        ("0001_first.sql", "CREATE TABLE first (id int);"),
        (
            "0002_slow.sql",
            "DO $$ BEGIN\nWHILE EXISTS (SELECT FROM pg_database WHERE datname = 'gate') LOOP\nPERFORM pg_sleep(0.02);\n\
             END LOOP;\nEND $$;\nCREATE TABLE second (id int);",
        ),
    ];
    let folder = folder(&files);
    let mut maker = scene.tester(folder.path(), 1, None);
    let at_work = "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname LIKE 'migrate_template_%' AND wait_event = 'PgSleep'";
    until(&scene.admin, at_work).await;
    // Another process waits for it, without blocking.
    let mut waiting = scene.tester(folder.path(), 1, None);
    until(&scene.admin, "SELECT count(DISTINCT objid) = 3 FROM pg_locks WHERE locktype = 'advisory'").await;
    let half = scene.value(TEMPLATE_OIDS).await;
    maker.child.kill().await.unwrap();
    until(&scene.admin, &format!("SELECT ({TEMPLATE_OIDS}) <> '{half}'")).await;
    scene.admin.batch_execute("DROP DATABASE gate").await.unwrap();
    let databases = waiting.databases().await;
    assert!(databases[0].1.contains("first") && databases[0].1.contains("second"), "{databases:?}");
    assert_eq!(waiting.end().await, (true, String::new()));
    assert_eq!(scene.value(TEMPLATES).await, "1");
}

#[tokio::test]
async fn what_is_left_behind_goes_and_what_is_in_use_stays() {
    let scene = Scene::new().await;
    let files = small(1);
    let folder = folder(&borrowed(&files));
    let (mut living, mut killed) =
        (scene.tester(folder.path(), 1, None), scene.tester(folder.path(), 2, None));
    let in_use = living.databases().await.remove(0).0;
    let left: Vec<String> = killed.databases().await.into_iter().map(|(name, _)| name).collect();
    killed.child.kill().await.unwrap();
    let comment = |database: &str, text: &str| format!("COMMENT ON DATABASE {database} IS '{text}'");
    scene
        .admin
        .batch_execute(&comment(&left[1], "migrate-runtime test database: kept of a test"))
        .await
        .unwrap();
    // Templates of other sets: one that was used long ago, one that was used today, and half of one.
    let template = |digit: &str| format!("migrate_template_{}", digit.repeat(32));
    for digit in ["a", "b", "c"] {
        let sql = format!("CREATE DATABASE {} IS_TEMPLATE true", template(digit));
        scene.admin.batch_execute(&sql).await.unwrap();
    }
    let now = scene.value("SELECT floor(extract(epoch FROM now()))::bigint").await;
    for (digit, used) in [("a", "1000000"), ("b", now.as_str())] {
        let sql = comment(&template(digit), &format!("migrate-runtime template: complete, used at {used}"));
        scene.admin.batch_execute(&sql).await.unwrap();
    }
    // These only look like ours.
    for name in ["migrate_testdb_mine", "migrate_template_mine", "migrate_test_1_2"] {
        scene.admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    }
    let gone = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '";
    until(&scene.admin, &format!("{gone}{}'", left[0])).await;

    let mut next = scene.tester(folder.path(), 1, None);
    assert_eq!(next.databases().await.len(), 1);
    assert!(scene.has(&in_use).await, "a living process has lost its database");
    assert!(!scene.has(&left[0]).await && scene.has(&left[1]).await);
    let templates =
        (scene.has(&template("a")).await, scene.has(&template("b")).await, scene.has(&template("c")).await);
    assert_eq!(templates, (false, true, false));
    for name in ["migrate_testdb_mine", "migrate_template_mine", "migrate_test_1_2"] {
        assert!(scene.has(name).await, "{name}");
    }
    assert_eq!(next.end().await, (true, String::new()));
    assert_eq!(living.end().await, (true, String::new()));
}

#[tokio::test]
async fn migrations_that_fail_are_tried_once_in_a_run() {
    let scene = Scene::new().await;
    let folder = folder(&[("0001_broken.sql", "SELECT 1 / 0;")]);
    let mut oids = Vec::new();
    for run in [Some("one"), Some("one"), Some("two"), None] {
        let (is_well, complaint) = scene.tester(folder.path(), 3, run).end().await;
        assert!(!is_well && complaint.contains("0001_broken.sql:1:"), "{complaint}");
        oids.push(scene.value(TEMPLATE_OIDS).await);
    }
    assert_eq!(oids[0], oids[1]);
    assert_eq!(oids.iter().collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(scene.value(DATABASES).await, "0");
}

/// By the rule of the command: the nearest file, up to the root of the repository, and the environment before it.
#[tokio::test]
async fn env_file_names_the_server() {
    let scene = Scene::new().await;
    let folder = folder(&borrowed(&small(2)));
    let root = tempfile::tempdir().unwrap();
    let package = root.path().join("crates/service");
    std::fs::create_dir_all(&package).unwrap();
    let write = |text: &str| std::fs::write(root.path().join(".env"), text).unwrap();
    let made = async |variable: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tester"));
        command
            .arg(folder.path())
            .args(["", "1"])
            .current_dir(&package)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command.env_remove("DATABASE_URL").env_remove("MIGRATE_KEEP_TEST_DATABASES");
        command.envs(variable.map(|url| ("DATABASE_URL", url)));
        let output = command.output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout) + &text(output.stderr))
    };
    let url = scene.server.url();
    for (file, variable, words) in [
        (
            None,
            None,
            "there is no server for test databases: set DATABASE_URL (also in .env), or add migrate-server",
        ),
        (Some("DATABASE_URL=a:s3cret x y\n"), None, ".env cannot be read: write NAME=value lines"),
        (
            Some("DATABASE_URL=postgres://u:s3cret@127.0.0.1:1/d\n"),
            None,
            "the server at 127.0.0.1:1 refused the connection",
        ),
    ] {
        file.into_iter().for_each(write);
        let (is_made, said) = made(variable).await;
        assert!(!is_made && said.contains(words) && !said.contains("s3cret"), "{said}");
    }
    let (is_made, said) = made(Some(url)).await;
    assert!(is_made && said.contains(" schema_migrations,"), "{said}");
    write(&format!("DATABASE_URL={url}\n"));
    let (is_made, said) = made(None).await;
    assert!(is_made && said.contains(" schema_migrations,"), "{said}");
    assert_eq!(scene.value(DATABASES).await, "0");
}
