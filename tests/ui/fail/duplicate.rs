use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!("fixtures/duplicate_version/migrations");

fn main() {
    println!("{}", MIGRATIONS.len());
}
