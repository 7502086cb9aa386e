use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!("fixtures/sealed_edited/migrations");

fn main() {
    println!("{}", MIGRATIONS.len());
}
