use migrate_runtime::{MigrationSet, embed_migrations};

static MIGRATIONS: MigrationSet = embed_migrations!("sample", allow_draft);

fn main() {
    println!("{}", MIGRATIONS.len());
}
