use migrate_runtime::{MigrationSet, embed_migrations};

pub static MIGRATIONS: MigrationSet = embed_migrations!("sample");

#[migrate_runtime::test(MIGRATIONS)]
async fn has_users() {}

fn main() {}
