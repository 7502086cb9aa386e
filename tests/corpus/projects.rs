//! The schemas that migrations of real projects make: dumped, made anew from that, and made by a migration that is generated from
//! it. Each time it is the same one, for this crate's reader, for `pg_dump`, and for the listing beside the cases of schemas.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use migrate_runtime::tokio_postgres::error::SqlState;
use migrate_runtime::tokio_postgres::{Client, NoTls};
use migrate_schema::{Request, Schema, Script, Viewpoint, declare, dump, generate, read};
use migrate_server::Server;

use crate::judge;
use crate::listing::{self, Judge};
use crate::pg_dump;

/// What is asked what a database has.
struct Opinions<'s> {
    server: &'s Server,
    listing: Option<Judge>,
    pg_dump: Option<PathBuf>,
}

struct Database {
    url: String,
    client: Client,
}

impl Database {
    async fn new(server: &Server, name: &str) -> Self {
        let admin = connect(server.url()).await;
        admin.batch_execute(&format!("CREATE DATABASE \"{name}\" TEMPLATE template0")).await.unwrap();
        let url = server.url_of(name);
        Self { client: connect(&url).await, url }
    }

    /// Runs a file at once, or each of its statements by itself where one wants that.
    async fn apply(&self, path: &Path) {
        // goose has the way back in the same file, and directives that are not ours.
        let text = fs::read_to_string(path).unwrap();
        let up = text.lines().take_while(|line| !line.starts_with("-- +goose Down"));
        let up: Vec<&str> = up.filter(|line| !line.starts_with("-- +goose")).collect();
        let up = up.join("\n");
        match self.client.batch_execute(&up).await {
            Err(error) if error.code() == Some(&SqlState::ACTIVE_SQL_TRANSACTION) => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("up.sql");
                fs::write(&file, &up).unwrap();
                for file in migrate_source::declared(&file).unwrap() {
                    for range in file.statements {
                        self.client.batch_execute(&file.text[range]).await.unwrap();
                    }
                }
            }
            done => done.unwrap_or_else(|error| panic!("{}: {error:?}", path.display())),
        }
    }

    /// Runs a script as a migration is run.
    async fn run(&self, script: &Script) {
        let statements = script.statements.iter().map(|statement| &*statement.sql);
        let ends = if script.in_transaction { ["BEGIN", "COMMIT"] } else { [""; 2] };
        for sql in ends[..1].iter().copied().chain(statements).chain(ends[1..].iter().copied()) {
            self.client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
        }
        self.client.batch_execute("DISCARD ALL").await.unwrap();
    }

    async fn read(&self) -> Schema {
        read(&self.client, &Viewpoint::default()).await.unwrap()
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = migrate_runtime::tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

impl Opinions<'_> {
    /// In what the second database is not as the first, a line each.
    async fn difference(&self, wanted: &Database, made: &Database) -> String {
        let mut text = String::new();
        for difference in made.read().await.differences(&wanted.read().await) {
            writeln!(text, "{difference}").unwrap();
        }
        if let Some(judge) = &self.listing {
            let (wanted, made) = (judge.listing(&wanted.client).await, judge.listing(&made.client).await);
            text += &listing::difference(&made, &wanted);
        }
        if let Some(program) = &self.pg_dump {
            let [wanted, made] = [wanted, made].map(|database| pg_dump::paragraphs(program, &database.url));
            text += &pg_dump::difference(&wanted, &made, |_| false);
        }
        text
    }

    /// Makes the schema of a project four times. What went wrong, a line each.
    async fn try_project(&self, name: &str, files: &[PathBuf]) -> String {
        let database = async |what: &str| Database::new(self.server, &format!("{name}_{what}")).await;
        let project = database("project").await;
        for file in files {
            project.apply(file).await;
        }
        let schema = project.read().await;
        assert!(!schema.is_empty(), "{name} has no schema");

        let tried = database("tried").await;
        let dumped = match dump(&tried.client, &schema, &Viewpoint::default()).await {
            Ok(dumped) => dumped,
            Err(error) => return format!("no dump: {error}\n"),
        };
        let loaded = database("loaded").await;
        for script in &dumped.scripts {
            loaded.run(script).await;
        }
        let mut wrong = self.difference(&project, &loaded).await;

        let declared = database("declared").await;
        let statements = dumped.scripts.iter().flat_map(|script| &script.statements);
        let statements: Vec<&str> = statements.map(|statement| &*statement.sql).collect();
        declare(&declared.client, &statements).await.unwrap();
        declared.client.batch_execute("DISCARD ALL").await.unwrap();
        let migrated = database("migrated").await;
        let goal = declared.read().await;
        match generate(&migrated.client, &goal, &Viewpoint::default(), &Request::default()).await {
            Ok(generated) => {
                migrated.client.batch_execute("DISCARD ALL").await.unwrap();
                for migration in &generated.migrations {
                    migrated.run(&migration.up).await;
                }
                wrong += &self.difference(&project, &migrated).await;
            }
            Err(error) => writeln!(wrong, "no migration: {error}").unwrap(),
        }
        wrong
    }
}

#[tokio::test]
#[ignore = "needs the folder that CORPUS names"]
async fn schemas_of_real_projects_are_dumped_and_made_again() {
    let (server, client) = judge::start().await;
    let version: String = client.query_one("SHOW server_version_num", &[]).await.unwrap().get(0);
    let major = version.parse::<u32>().unwrap() / 10_000;
    let listing = std::env::var_os("SCHEMA_CASES").map(|root| Judge::new(Path::new(&root)));
    let opinions = Opinions { server: &server, listing, pg_dump: pg_dump::find(major, server.bin_dir()) };
    let mut wrong = String::new();
    let mut count = 0;
    let mut folders: Vec<PathBuf> =
        fs::read_dir(crate::folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        // Which files a project applies, in which order.
        let Ok(order) = fs::read_to_string(folder.join("ORDER")) else { continue };
        let files: Vec<PathBuf> = order.lines().map(|line| folder.join(line)).collect();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let of_project = opinions.try_project(&name, &files).await;
        println!("{name}: {} files, {} lines differ", files.len(), of_project.lines().count());
        if !of_project.is_empty() {
            writeln!(wrong, "{name}:\n{of_project}").unwrap();
        }
        count += 1;
    }
    println!(
        "{count} projects on PostgreSQL {major}, pg_dump asked: {}, listing asked: {}",
        opinions.pg_dump.is_some(),
        opinions.listing.is_some()
    );
    assert!(count > 0 && wrong.is_empty(), "{wrong}");
}
