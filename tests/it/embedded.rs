//! What the macro embeds is what a folder loads as.

use std::path::Path;

use migrate_runtime::{MigrationSet, embed_migrations};

static SAMPLE: MigrationSet = embed_migrations!("../migrations");
static HARD: MigrationSet = embed_migrations!("fixtures/embedded/migrations");
static KINDS: MigrationSet = embed_migrations!("fixtures/embedded_kinds/migrations");

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
fn parts_of_a_script() {
    let users = SAMPLE.iter().next().unwrap();
    assert_eq!((users.version(), users.description(), users.up().file()), (1, "users", "0001_users.up.sql"));
    let up = users.up();
    let statements: Vec<&str> = up.statements().map(|range| &up.text()[range]).collect();
    assert_eq!(statements.len(), 7);
    assert!(statements[0].starts_with("CREATE TABLE users") && statements[0].ends_with(')'));
    assert!(statements[2].contains("NEW.updated_at := now();"));
}
