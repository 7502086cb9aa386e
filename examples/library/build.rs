//! Has cargo build this again when a migration is added: the macro can name only the files that it has read.

fn main() {
    migrate_source::build::watch("migrations");
}
