use migrate_runtime::testing::TestDb;
use migrate_runtime::{MigrationSet, embed_migrations};

pub static MIGRATIONS: MigrationSet = embed_migrations!("sample");

#[migrate_runtime::test(MIGRATIONS, flavour = "multi_thread")]
async fn has_users(db: TestDb) {
    drop(db);
}

fn main() {}
