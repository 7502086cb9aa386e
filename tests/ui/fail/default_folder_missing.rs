use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!();

fn main() {
    println!("{}", MIGRATIONS.len());
}
