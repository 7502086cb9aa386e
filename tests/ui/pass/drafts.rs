//! A build with debug assertions may have drafts in it, and a draft is embedded like any other.

use migrate_runtime::{MigrationSet, embed_migrations};

static REFUSED_IN_A_RELEASE: MigrationSet = embed_migrations!("fixtures/embedded_drafts/migrations");
static ALLOWED: MigrationSet = embed_migrations!("fixtures/embedded_drafts/migrations", allow_drafts);

fn main() {
    assert_eq!((REFUSED_IN_A_RELEASE.len(), ALLOWED.len()), (5, 5));
}
