//! `$NAME` in the path is an environment variable at compile time.

use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!("${CARGO_MANIFEST_DIR}/sample");

fn main() {
    assert_eq!(MIGRATIONS.len(), 3);
}
