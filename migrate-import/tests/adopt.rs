//! Databases as each tool leaves them, on a server, and what of their tables would be recorded.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use std::collections::BTreeSet;

use migrate_import::{
    Conversion, Input, LEDGER_FILE, NoteKind, Origins, Tool, convert, history_table, read, write,
};
use migrate_runtime::tokio_postgres::{Client, NoTls};
use migrate_runtime::{MigrationSet, Runner};
use migrate_server::{Options, Server};
use migrate_source::other_tool::{self, AdoptError, Adoption, Proof, Row};

#[path = "samples/applied.rs"]
mod applied;

use applied::files;

async fn connect(url: &str) -> Client {
    let (client, connection) = migrate_runtime::tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn converted(tool: Tool) -> Conversion {
    let input = |(path, text): (&str, String)| Input { path: path.to_owned(), text };
    convert(tool, &files(tool).into_iter().map(input).collect::<Vec<_>>())
}

async fn check(server: &Server, tool: Tool) {
    let name = format!("adopt_{}", tool.name().replace('-', "_"));
    connect(server.url()).await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let client = connect(&server.url_of(&name)).await;
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/tables/{tool}.sql"));
    client.batch_execute(&std::fs::read_to_string(table).unwrap()).await.unwrap();
    client.batch_execute(&format!("SELECT 1 FROM {}", history_table(tool).unwrap())).await.unwrap();

    let conversion = converted(tool);
    let origins = &conversion.origins;
    // What is kept beside the files until then says the same.
    assert_eq!(Origins::parse(&origins.to_string()).unwrap(), *origins);
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("migrations");
    write(&conversion, &folder).unwrap();
    let loaded = migrate_check::load(&folder).unwrap();
    let set = MigrationSet::from(loaded.set);
    let runner = Runner::new(&set).applying(&loaded.applying).unwrap();
    let mut client = client;
    let adoption = runner.preview_adopt(&mut client).await.unwrap();
    let stems = |list: &[&str]| list.iter().map(|stem| (*stem).to_owned()).collect::<Vec<_>>();
    assert!(adoption.warnings().is_empty(), "{tool}: {:?}", adoption.warnings());
    let found: Vec<String> = adoption.records().iter().map(|record| record.stem().to_owned()).collect();
    if tool == Tool::Rails {
        check_structure(&client, &server.url_of(&name)).await;
        assert_eq!((found, adoption.pending()), (stems(&["20230102000000_structure"]), &[][..]));
        return;
    }
    let named = |descriptions: &[&str]| {
        let of = |description: &&str| {
            let stem = origins.origins.iter().find(|origin| origin.stem.ends_with(*description));
            stem.unwrap().stem.clone()
        };
        descriptions.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(found, named(&["_users", "_tenants"]), "{tool}");
    assert_eq!(adoption.pending(), named(&["_more"]), "{tool}");
    let keeps_checksums =
        matches!(tool, Tool::Sqlx | Tool::Refinery | Tool::Drizzle | Tool::Prisma | Tool::Flyway);
    for record in adoption.records() {
        assert_eq!(record.is_same(), keeps_checksums.then_some(true), "{tool}: {}", record.from());
    }
    check_what_comes_later(&runner, &mut client, adoption.records()[0].version(), tool).await;
}

/// A history that does not have all that the tool has applied is not gone on with.
async fn check_what_comes_later(runner: &Runner<'_>, client: &mut Client, first: i64, tool: Tool) {
    let told = runner.baseline(client, first).await.unwrap();
    assert!(told.warnings().iter().any(|warning| warning.contains("`migrate adopt` records")), "{tool}");
    let error = runner.run(client).await.unwrap_err();
    assert!(error.is_not_adopted() && error.to_string().contains("_tenants"), "{tool}: {error}");
    assert_eq!(runner.adopt(client).await.unwrap().records().len(), 1, "{tool}");
    let plan = runner.plan(client).await.unwrap();
    assert_eq!(plan.steps().iter().filter(|step| step.version() > 0).count(), 1, "{tool}");
    if tool == Tool::GolangMigrate {
        client.batch_execute("UPDATE schema_migrations SET version = 3").await.unwrap();
        let error = runner.run(client).await.unwrap_err();
        assert!(error.is_not_adopted() && error.to_string().contains("_more"), "{error}");
        assert_eq!(runner.adopt(client).await.unwrap().records().len(), 1);
        assert!(runner.plan(client).await.unwrap().is_empty());
        client.batch_execute("UPDATE schema_migrations SET version = 1").await.unwrap();
        assert_eq!(runner.adopt(client).await.unwrap().warnings().len(), 2);
    }
}

/// The dump that Rails wrote (Active Record 6.1.7, `pg_dump` 15.20) is a migration, without the tables of Rails.
async fn check_structure(admin: &Client, url: &str) {
    admin.batch_execute("DROP TABLE schema_migrations").await.unwrap();
    let conversion = converted(Tool::Rails);
    let told: Vec<String> = conversion.notes.iter().map(ToString::to_string).collect();
    assert!(conversion.notes.iter().all(|note| note.kind == NoteKind::Changed), "{told:#?}");
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("migrations");
    write(&conversion, &folder).unwrap();
    let set = MigrationSet::from(migrate_check::load(&folder).unwrap().set);
    set.run(&mut connect(url).await).await.unwrap();
    admin.batch_execute("SELECT FROM users, tenants").await.unwrap();
    admin.batch_execute("SELECT FROM ar_internal_metadata").await.unwrap_err();
}

#[tokio::test]
async fn each_tool() {
    let options = match std::env::var_os("POSTGRES_BIN").filter(|dir| !dir.is_empty()) {
        Some(dir) => Options::new().bin_dir(dir),
        None => Options::new(),
    };
    let server = options.start().unwrap();
    for tool in Tool::ALL.into_iter().filter(|tool| history_table(*tool).is_some()) {
        check(&server, tool).await;
    }
}

fn row(key: &str, checksum: Option<&str>, standing: &str) -> Row {
    Row { key: key.to_owned(), checksum: checksum.map(str::to_owned), standing: standing.to_owned() }
}

fn adopted(tool: Tool, rows: &[Row]) -> Result<Adoption, AdoptError> {
    other_tool::adopt(&converted(tool).origins, rows, &BTreeSet::new())
}

#[test]
fn what_failed_is_to_be_mended_first() {
    let key = || "2".to_owned();
    for tool in [Tool::GolangMigrate, Tool::Flyway, Tool::Prisma, Tool::Sqlx] {
        let error = adopted(tool, &[row("2", None, "failed")]).unwrap_err();
        assert_eq!(error, AdoptError::Failed { tool, key: key() });
        assert!(error.to_string().ends_with("then adopt"), "{error}");
    }
    let error = adopted(Tool::GolangMigrate, &[row("9", None, "done")]).unwrap_err();
    assert_eq!(error, AdoptError::NewestUnknown { key: "9".to_owned() });
    assert_eq!(adopted(Tool::Sqlx, &[]).unwrap_err(), AdoptError::Nothing { rows: 0 });
    let error = adopted(Tool::Sqlx, &[row("9", None, "done")]).unwrap_err();
    assert_eq!(error, AdoptError::Nothing { rows: 1 });
    let error = adopted(Tool::Rails, &[row("20230101000000", None, "done")]).unwrap_err();
    let missing = vec!["20230102000000".to_owned()];
    assert_eq!(error, AdoptError::Partly { from: "structure.sql".to_owned(), missing });
    let plain = other_tool::adopt(&convert(Tool::Plain, &[]).origins, &[], &BTreeSet::new()).unwrap_err();
    assert_eq!(plain, AdoptError::NoTable(Tool::Plain));
}

#[test]
fn what_does_not_agree_is_a_warning() {
    let adoption = adopted(
        Tool::Prisma,
        &[
            row("20220101000000_gone", None, "done"),
            row("20230102000000_tenants", Some("00"), "done"),
            row("20230103000000_more", None, "rolled back"),
        ],
    )
    .unwrap();
    assert_eq!(adoption.versions(), [20_230_102_000_000]);
    assert_eq!(adoption.records[0].proof, Proof::Differs);
    assert_eq!(adoption.pending, ["20230101000000_users", "20230103000000_more"]);
    let begins =
        ["prisma has applied 20220101000000_gone", "20230102000000_tenants was applied with another text"];
    for (warning, begin) in adoption.warnings.iter().zip(begins) {
        assert!(warning.starts_with(begin), "{warning}");
    }
    assert!(
        adoption.warnings[2].starts_with("20230101000000_users was not applied"),
        "{:?}",
        adoption.warnings
    );
    assert_eq!(adoption.warnings.len(), 3);
}

/// A journal that was written again has other times.
#[test]
fn drizzle_is_matched_by_hash_where_no_time_is() {
    let origins = converted(Tool::Drizzle).origins;
    let [first, second, third] = &origins.origins[..] else { panic!("{origins:?}") };
    let hash = |origin: &other_tool::Origin| Some(origin.checksums[0].clone());
    let at = |key: &str, checksum| Row { key: key.to_owned(), checksum, standing: "done".to_owned() };
    let matched = |rows: &[Row]| other_tool::adopt(&origins, rows, &BTreeSet::new());
    let adoption = matched(&[at("1", hash(first)), at(&second.key, hash(second))]).unwrap();
    assert_eq!((adoption.versions(), adoption.warnings), (vec![first.version, second.version], vec![]));
    assert_eq!(adoption.records[0].proof, Proof::Same);
    // A time that has a file is that file's, whatever the hash.
    let adoption = matched(&[at(&first.key, hash(third))]).unwrap();
    assert_eq!((adoption.versions(), adoption.records[0].proof), (vec![first.version], Proof::Differs));
    assert_eq!(matched(&[at("1", Some("00".to_owned()))]).unwrap_err(), AdoptError::Nothing { rows: 1 });
    // Of two files with one text it could be either.
    let mut twins = origins.clone();
    twins.origins[1].checksums = first.checksums.clone();
    let error = other_tool::adopt(&twins, &[at("1", hash(first))], &BTreeSet::new()).unwrap_err();
    assert_eq!(error, AdoptError::Nothing { rows: 1 });
}

#[test]
fn warns_of_what_the_tool_has_reverted_since() {
    for tool in [Tool::Sqlx, Tool::GolangMigrate, Tool::Prisma, Tool::Diesel] {
        let origins = converted(tool).origins;
        let versions: Vec<i64> = origins.origins.iter().map(|origin| origin.version).collect();
        let rows = [row(&origins.origins[0].key, None, "done")];
        let warnings = other_tool::reverted_there(&origins, &rows, &versions[..2].iter().copied().collect());
        let begins = format!("{} is recorded here, but {tool} has no row for it", origins.origins[1].stem);
        assert!(warnings.len() == 1 && warnings[0].starts_with(&begins), "{tool}: {warnings:?}");
        assert!(other_tool::reverted_there(&origins, &rows, &BTreeSet::from([versions[0]])).is_empty());
        assert_eq!(other_tool::reverted_there(&origins, &[], &BTreeSet::from([versions[0]])).len(), 1);
    }
}

#[test]
fn a_baseline_stands_for_all_up_to_it() {
    let adoption =
        adopted(Tool::Flyway, &[row("1.5", None, "baseline"), row("2", Some("1"), "done")]).unwrap();
    assert_eq!(adoption.versions(), [1, 2, 3]);
    let adoption = adopted(Tool::Flyway, &[row("1.1.0", None, "baseline")]).unwrap();
    assert_eq!((adoption.versions(), adoption.pending), (vec![1, 2], vec!["0003_more".to_owned()]));
}

#[test]
fn what_was_written_is_read_again() {
    let theirs = tempfile::tempdir().unwrap();
    for (path, text) in files(Tool::Diesel) {
        let path = theirs.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::fs::write(theirs.path().join("latin.sql"), b"-- \xff").unwrap();
    let reading = read(theirs.path()).unwrap();
    assert_eq!((reading.files.len(), reading.notes.len()), (3, 1));
    let conversion = convert(Tool::Diesel, &reading.files);

    let parent = tempfile::tempdir().unwrap();
    let target = parent.path().join("app/migrations");
    write(&conversion, &target).unwrap();
    let ledger = std::fs::read_to_string(target.join(LEDGER_FILE)).unwrap();
    assert_eq!(Origins::parse(&ledger).unwrap(), conversion.origins);
    assert_eq!(migrate_source::load(&target).unwrap().len(), 3);
    let error = write(&conversion, &target).unwrap_err().to_string();
    assert!(error.contains("is not empty, and nothing is overwritten"), "{error}");
    let empty = parent.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    write(&conversion, &empty).unwrap();
    assert_eq!(migrate_source::load(&empty).unwrap().len(), 3);
    let nothing = convert(Tool::Diesel, &[]);
    assert!(write(&nothing, &parent.path().join("nothing")).is_err());
    let left: Vec<_> =
        std::fs::read_dir(parent.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(read(&parent.path().join("nothing")).is_err());
}
