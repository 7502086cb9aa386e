use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!("fixtures/open_string/migrations");

fn main() {
    println!("{}", MIGRATIONS.len());
}
