use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!("fixtures/nowhere");

fn main() {
    println!("{}", MIGRATIONS.len());
}
