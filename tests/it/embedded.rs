//! What the macro embeds is what a folder loads as.

use std::path::Path;

use migrate_runtime::cli::Exit;
use migrate_runtime::{MigrationSet, PreviewMessage, Runner, embed_migrations};

use crate::support::Db;

static SAMPLE: MigrationSet = embed_migrations!("../migrations");
static HARD: MigrationSet = embed_migrations!("fixtures/embedded/migrations");
static CHECKPOINT: MigrationSet = embed_migrations!("fixtures/embedded_checkpoint/migrations");
static KINDS: MigrationSet = embed_migrations!("fixtures/embedded_kinds/migrations");

static SETTINGS: MigrationSet = embed_migrations!("fixtures/embedded_settings/migrations");

#[expect(deprecated, reason = "the compiler warns of what is left out")]
static UNFINISHED: MigrationSet = embed_migrations!("fixtures/embedded_unfinished/migrations");

#[track_caller]
fn check(embedded: &MigrationSet, folder: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let loaded = migrate_source::load(&path).unwrap().in_folder(folder.to_owned());
    assert_eq!(*embedded, MigrationSet::from(loaded));
}

#[test]
fn the_sample_set() {
    check(&SAMPLE, "../migrations");
    let stems: Vec<&str> = SAMPLE.iter().map(|migration| migration.stem()).collect();
    assert_eq!(stems, ["0001_users", "0002_tenants", "0003_tenant_users"]);
    assert!(SAMPLE.iter().all(|migration| migration.down().is_some()));
}

/// Byte order marks, Windows' line endings, quotes of all kinds, no-transaction.
#[test]
fn a_set_with_everything_that_is_hard() {
    check(&HARD, "fixtures/embedded/migrations");
    let first = HARD.iter().next().unwrap();
    assert!(first.up().text().starts_with("-- "));
    let unix = first.up().text().replace("\r\n", "\n");
    assert_ne!(unix, first.up().text());
    assert!(!HARD.iter().nth(1).unwrap().up().is_transactional());
}

/// SQL, functions, repeatable migrations.
#[test]
fn a_set_with_migrations_of_every_kind() {
    check(&KINDS, "fixtures/embedded_kinds/migrations");
    let functions: Vec<bool> = KINDS.iter().map(|migration| migration.up().is_function()).collect();
    assert_eq!(functions, [false, true]);
    let down = KINDS.iter().last().unwrap().down().unwrap();
    assert!(down.is_function() && down.is_transactional() && down.statements().len() == 0);
}

#[test]
fn a_set_that_begins_with_a_checkpoint() {
    check(&CHECKPOINT, "fixtures/embedded_checkpoint/migrations");
    let is_checkpoint: Vec<bool> =
        CHECKPOINT.iter().map(|migration| migration.up().is_checkpoint()).collect();
    assert_eq!(is_checkpoint, [true, false]);
    let up = CHECKPOINT.iter().next().unwrap().up();
    assert!(up.is_transactional() && !up.is_function() && up.statements().len() == 1);
    let digests: Vec<String> =
        up.digests().iter().map(|digest| digest.to_string()[62..].to_owned()).collect();
    assert_eq!(digests, ["c2", "12"]);
    assert!(CHECKPOINT.iter().last().unwrap().up().digests().is_empty());
}

/// The service and the command agree on where the history is, because both have it from `migrate.toml`.
#[tokio::test]
async fn a_set_that_says_how_it_is_applied() {
    const FOLDER: &str = "fixtures/embedded_settings/migrations";
    check(&SETTINGS, FOLDER);
    let db = Db::new().await;
    let mut client = db.connect().await;
    let preview = Runner::new(&SETTINGS).preview(&mut client).await.unwrap();
    let sql: String = preview.messages().iter().map(PreviewMessage::sql).collect();
    assert!(sql.contains("lock_timeout = 5000;") && sql.contains("statement_timeout = 600000;"), "{sql}");
    let report = SETTINGS.run(&mut client).await.unwrap();
    assert_eq!(report.applied().len(), 1);
    assert_eq!(db.value("SELECT string_agg(version::text, ',') FROM ops.applied").await, "1");
    assert_eq!(db.value("SELECT to_regclass('public.schema_migrations') IS NULL").await, "t");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let loaded = migrate_check::load(&path).unwrap();
    let set = MigrationSet::from(loaded.set);
    let runner = Runner::new(&set).applying(&loaded.applying).unwrap();
    assert_eq!(runner.run(&mut client).await.unwrap().already_applied(), 1);
    // Whoever writes the service may say otherwise.
    let runner = Runner::new(&SETTINGS).history_table("public", "elsewhere").unwrap();
    assert_eq!(runner.plan(&mut client).await.unwrap().steps().len(), 1);
}

/// A pair that was just created stops neither the build nor the start of a service in development.
#[tokio::test]
async fn what_has_no_statement_yet_is_left_out_with_a_warning() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let report = UNFINISHED.run(&mut client).await.unwrap();
    let stems: Vec<&str> = report.applied().iter().map(migrate_runtime::Done::stem).collect();
    assert_eq!(stems, ["0001_users"]);
    // That these files are not in the binary is no reason to build it again.
    assert_eq!(
        report.warnings(),
        [
            "`0002_plans.up.sql` has no statement yet: 0002_plans is left out",
            "left out too, as they come after it: 0003_teams"
        ]
    );
}

/// The service of a debug build knows which of its migrations are drafts; its nested verbs redo one that was edited.
#[tokio::test]
async fn an_edited_draft_is_redone_by_the_verbs_of_a_service() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    UNFINISHED.run(&mut client).await.unwrap();
    let edited = "UPDATE schema_migrations SET checksum = repeat('0', 64), tokens_checksum = repeat('0', 64)";
    db.value(&format!("{edited} RETURNING version")).await;
    let runner = Runner::new(&UNFINISHED);
    let refused = runner.revert(&mut client, 1).await.unwrap_err();
    assert_eq!(refused.code(), migrate_runtime::Code::M0435);
    let played = crate::cli::play_at(&db.url, runner.clone(), "redo", &["*"], |terminal| terminal).await;
    assert_eq!(played.exit, Exit::Error, "{}", played.err);
    let played = crate::cli::play_at(&db.url, runner, "redo", &[], |terminal| terminal).await;
    assert_eq!(played.exit, Exit::Done, "{}", played.err);
    assert!(played.err.contains("by the down that was stored when it was applied"), "{}", played.err);
}

#[tokio::test]
async fn a_set_that_says_what_is_production() {
    let url = "postgres://app@localhost:1/shop-prod";
    let played = crate::cli::play_at(url, Runner::new(&SETTINGS), "up", &[], |terminal| terminal).await;
    let expected =
        "shop-prod is production, because `shop-prod` is among the names of production, and `up` writes";
    assert!(played.err.contains(expected), "{}", played.err);
}

#[test]
fn parts_of_a_script() {
    let users = SAMPLE.iter().next().unwrap();
    assert_eq!((users.version(), users.description(), users.up().file()), (1, "users", "0001_users.up.sql"));
    let up = users.up();
    let statements: Vec<&str> = up.statements().map(|range| &up.text()[range]).collect();
    assert_eq!(statements.len(), 7);
    assert!(statements[0].starts_with("CREATE TABLE users") && statements[0].ends_with(')'));
    assert!(statements[2].contains("NEW.updated_at := now();"));
}
