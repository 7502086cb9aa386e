//! Writes the migrations of `test-databases`, which both of its peers embed: a folder beside the manifest, because
//! `sqlx::migrate!` takes no other.

use std::fs;
use std::path::Path;

const COUNT: usize = 300;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test_databases");
    fs::create_dir_all(&folder)?;
    for n in 1..=COUNT {
        let reference = if n > 1 { format!(" REFERENCES t{}", n - 1) } else { String::new() };
        let sql = format!(
            "CREATE TABLE t{n} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    name text NOT NULL UNIQUE,\n    \
             previous bigint{reference}\n);\n"
        );
        fs::write(folder.join(format!("{n:04}_t{n}.sql")), sql)?;
    }
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
