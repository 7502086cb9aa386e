//! A sandboxed build, as Bazel runs it: each file is a link to somewhere else, and `CARGO_MANIFEST_DIR` is relative to the folder
//! that the compiler runs in.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::project::Project;

const FILES: [&str; 4] =
    ["src/main.rs", "migrations/0001_a.sql", "migrations/migrate.toml", "migrations/migrate.lock"];

#[test]
fn a_sandbox_of_links_embeds_the_folder() {
    let project = Project::new("migrate-rebuild-sandbox", "", "migrations");
    project.write("migrations/0001_a.sql", "SELECT 1;");
    project.write("migrations/migrate.toml", "require-down = false\n");
    migrate_source::seal(&project.path("migrations")).unwrap();
    // So that the runtime is built.
    assert_eq!(project.embedded(), ["0001_a SELECT 1;"]);
    let service = project.path("sandbox/service");
    for file in FILES {
        fs::create_dir_all(service.join(file).parent().unwrap()).unwrap();
        symlink(project.path(file), service.join(file)).unwrap();
    }
    let build = || project.rustc(&project.path("sandbox"), Path::new("service"), "service/src/main.rs", &[]);

    let output = build();
    let said = String::from_utf8(output.stderr).unwrap();
    let refused = "error: service/migrations/0001_a.sql: the symbolic link to ";
    assert!(!output.status.success() && said.contains(refused), "{said}");
    assert!(said.contains("write `links = \"follow\"` in migrate.toml"), "{said}");
    assert!(said.contains("due to 3 previous errors"), "{said}");

    project.write("migrations/migrate.toml", "links = \"follow\"\n");
    let output = build();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(project.printed_alone(), ["0001_a SELECT 1;"]);
    // The compiler knows each file by a path that exists; it escapes spaces there.
    let tracked = fs::read_to_string(project.path("alone.d")).unwrap();
    for file in &FILES[1..] {
        let path = service.join(file).display().to_string().replace(' ', "\\ ");
        assert!(tracked.contains(&format!("{path}:\n")), "{file}: {tracked}");
    }
}
