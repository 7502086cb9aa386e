use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!("fixtures/name_without_separator/migrations");

fn main() {
    println!("{}", MIGRATIONS.len());
}
