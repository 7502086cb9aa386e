use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!("fixtures/many_at_once/migrations");

fn main() {
    println!("{}", MIGRATIONS.len());
}
