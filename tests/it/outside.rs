//! A crate outside the workspace that depends on `migrate-runtime` by path, with the code of the README's quick start: it
//! builds, migrates, and is built again when a file changes, but not when nothing does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{Db, HISTORY, readme};

struct Outside {
    folder: tempfile::TempDir,
}

impl Outside {
    fn new() -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let outside = Self { folder };
        let package = "[package]\nname = \"outside\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n";
        let by_path =
            format!("migrate-runtime = {{ path = '{}' }}", workspace.join("migrate-runtime").display());
        let dependencies = readme("toml", "[dependencies]").replace("migrate-runtime = \"0.1\"", &by_path);
        assert!(dependencies.contains("path = "), "{dependencies}");
        let manifest = format!("{package}{dependencies}\n");
        outside.write("Cargo.toml", &manifest);
        outside.write("src/main.rs", readme("rust,no_run", "use migrate_runtime"));
        // The versions that the workspace was tested with.
        std::fs::copy(workspace.join("Cargo.lock"), outside.path("Cargo.lock")).unwrap();
        outside
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn cargo(&self, command: &str, url: &str) -> Output {
        Command::new(env!("CARGO"))
            .arg(command)
            .current_dir(self.folder.path())
            .env("DATABASE_URL", url)
            // Dependencies stay built from one test run to the next.
            .env("CARGO_TARGET_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/../target/outside"))
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap()
    }

    #[track_caller]
    fn run(&self, url: &str) -> String {
        let output = self.cargo("run", url);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Whether a build compiles the crate, and what the compiler says.
    fn build(&self) -> (bool, String) {
        let output = self.cargo("build", "");
        let stderr = String::from_utf8(output.stderr).unwrap();
        (stderr.contains("Compiling outside"), stderr)
    }
}

#[tokio::test]
async fn it_builds_migrates_and_notices_every_change_of_a_file() {
    let db = Db::new().await;
    let outside = Outside::new();
    outside.write("migrations/0001_users.sql", readme("sql", "CREATE TABLE users"));
    outside.write("migrations/0002_b.sql", "CREATE TABLE b (id int);\n");

    assert!(outside.run(&db.url).starts_with("applied 2 migrations in "));
    assert_eq!(outside.run(&db.url), "nothing to do: the database is at 0002_b\n");
    assert_eq!(db.value(HISTORY).await, "1,2");
    assert!(!outside.build().0, "nothing was changed");

    // An addition, which cargo does not see. The service does.
    outside.write("migrations/0003_c.sql", "CREATE TABLE c (id int);\n");
    assert_eq!(
        outside.run(&db.url),
        "nothing to do: the database is at 0002_b\nwarning: migrations/0003_c.sql is not in this binary: rebuild (touch \
         migrations/0001_users.sql first if cargo finds nothing to do)\n"
    );
    std::fs::remove_file(outside.path("migrations/0003_c.sql")).unwrap();

    // An edit.
    outside.write("migrations/0002_b.sql", "CREATE TABLE b (id bigint);\n");
    assert!(outside.build().0, "an edit");
    let output = outside.cargo("run", &db.url);
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("migrations/0002_b.sql was edited after it was applied"), "{stderr}");

    // A renaming.
    std::fs::rename(outside.path("migrations/0002_b.sql"), outside.path("migrations/0002_c.sql")).unwrap();
    assert!(outside.build().0, "a renaming");
    // A removal, which leaves a gap.
    std::fs::remove_file(outside.path("migrations/0001_users.sql")).unwrap();
    let (_, stderr) = outside.build();
    assert!(
        stderr.contains("error: migrations/0002_c.sql: the sequence has a gap: 0001 was expected"),
        "{stderr}"
    );
    // The broken folder does not become unbroken by building twice.
    assert!(outside.build().1.contains("the sequence has a gap"));

    // A fault in the SQL shows the line, as the README has it.
    std::fs::remove_file(outside.path("migrations/0002_c.sql")).unwrap();
    outside.write("migrations/0001_users.sql", readme("sql", "CREATE TABLE users"));
    outside.write(
        "migrations/0002_tenants.sql",
        "CREATE TABLE tenants (\n    slug text,\n    plan text DEFAULT 'free,\n);\n",
    );
    let (_, stderr) = outside.build();
    assert!(stderr.contains(readme("text", "error: ")), "{stderr}");
}
