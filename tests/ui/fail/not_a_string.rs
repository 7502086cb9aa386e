use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!(migrations);

fn main() {
    println!("{}", MIGRATIONS.len());
}
