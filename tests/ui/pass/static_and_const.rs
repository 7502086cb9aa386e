//! The expansion is a const expression that type-checks wherever one is allowed.

use migrate_runtime::{MigrationSet, embed_migrations};

static SAMPLE: MigrationSet = embed_migrations!("sample");
const HARD: MigrationSet = embed_migrations!("fixtures/embedded/migrations");

mod library {
    pub static MIGRATIONS: migrate_runtime::MigrationSet = migrate_runtime::embed_migrations!("sample");
}

fn main() {
    assert_eq!(SAMPLE, library::MIGRATIONS);
    assert_eq!((SAMPLE.len(), HARD.len()), (3, 4));
    let local = embed_migrations!("sample");
    assert!(!local.is_empty());
}
