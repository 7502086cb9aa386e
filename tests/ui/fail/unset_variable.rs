use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!("$NOWHERE_AT_ALL/migrations");

fn main() {
    println!("{}", MIGRATIONS.len());
}
