//! The macros reach the runtime by whatever name a package has for it, and through other crates.

use crate::project::Project;

/// The package whose program prints what the others have embedded.
const NAME: &str = "migrate-rebuild-reached";

/// A workspace: a crate that exports the runtime and its macros, and packages that reach them in different ways.
const MANIFEST: &str = "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\nexclude = [\"target\"]\n\n\
    [workspace.dependencies]\nrenamed = { package = \"migrate-runtime\", path = '$RUNTIME', features = [\"testing\"] }\n";

const FACADE: &str = "pub use migrate_runtime::{self, embed_migrations};\n\n\
    #[macro_export]\nmacro_rules! embed {\n    ($($arguments:tt)*) => {\n        \
    $crate::embed_migrations!(crate = $crate::migrate_runtime, $($arguments)*)\n    };\n}\n\n\
    #[macro_export]\nmacro_rules! embed_by {\n    ($runtime:path) => {\n        \
    $crate::embed_migrations!(crate = $runtime)\n    };\n}\n";

/// How a package reaches the runtime.
struct Case {
    name: &'static str,
    dependencies: &'static str,
    /// The type of the set, and the macro that makes it.
    set: &'static str,
    call: &'static str,
}

const CASES: [Case; 9] = [
    Case {
        name: "by-name",
        dependencies: "[dependencies]\nmig = { package = \"migrate-runtime\", path = '$RUNTIME' }\n",
        set: "mig::MigrationSet",
        call: "mig::embed_migrations!()",
    },
    Case {
        name: "by-workspace",
        dependencies: "[dependencies]\nrenamed.workspace = true\n",
        set: "renamed::MigrationSet",
        call: "renamed::embed_migrations!(\"migrations\")",
    },
    Case {
        name: "by-target",
        dependencies: "[target.'cfg(all())'.dependencies]\nrenamed.workspace = true\n",
        set: "renamed::MigrationSet",
        call: "renamed::embed_migrations!()",
    },
    Case {
        name: "by-alias",
        dependencies: "[dependencies]\nrenamed.workspace = true\n",
        set: "rt::MigrationSet",
        call: "rt::embed_migrations!(crate = rt)",
    },
    Case {
        name: "by-facade",
        dependencies: "[dependencies]\nfacade = { path = \"../facade\" }\n",
        set: "facade::migrate_runtime::MigrationSet",
        call: "facade::embed_migrations!(\"migrations\", crate = facade::migrate_runtime)",
    },
    Case {
        name: "by-text",
        dependencies: "[dependencies]\nfacade = { path = \"../facade\" }\n",
        set: "facade::migrate_runtime::MigrationSet",
        call: "facade::embed_migrations!(crate = \"::facade::migrate_runtime\")",
    },
    Case {
        name: "by-wrapper",
        dependencies: "[dependencies]\nfacade = { path = \"../facade\" }\n",
        set: "facade::migrate_runtime::MigrationSet",
        call: "facade::embed!(\"migrations\")",
    },
    Case {
        name: "by-wrapper-alone",
        dependencies: "[dependencies]\nfacade = { path = \"../facade\" }\n",
        set: "facade::migrate_runtime::MigrationSet",
        call: "facade::embed!()",
    },
    Case {
        name: "by-fragment",
        dependencies: "[dependencies]\nfacade = { path = \"../facade\" }\n",
        set: "facade::migrate_runtime::MigrationSet",
        call: "facade::embed_by!(facade::migrate_runtime)",
    },
];

#[test]
fn the_runtime_is_reached_by_any_name_and_through_other_crates() {
    let project = Project::new(NAME, NAME, "migrations");
    let runtime = Project::runtime().display().to_string();
    project.write("Cargo.toml", &MANIFEST.replace("$RUNTIME", &runtime));
    project.rename(&format!("{NAME}/Cargo.lock"), "Cargo.lock");
    let package = |name: &str, dependencies: &str| {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{dependencies}"
        );
        project.write(format!("{name}/Cargo.toml"), &manifest.replace("$RUNTIME", &runtime));
    };
    package("facade", "[dependencies]\nmigrate-runtime = { path = '$RUNTIME' }\n");
    project.write("facade/src/lib.rs", FACADE);

    // One program prints what all of the others have embedded.
    let mut dependencies = "[dependencies]\n".to_owned();
    let mut calls = String::new();
    for Case { name, dependencies: own, set, call } in &CASES {
        package(name, own);
        project.write(format!("{name}/migrations/0001_a.sql"), &format!("SELECT '{name}';"));
        let alias = if set.starts_with("rt::") { "use renamed as rt;\n" } else { "" };
        project
            .write(format!("{name}/src/lib.rs"), &format!("{alias}pub static MIGRATIONS: {set} = {call};\n"));
        dependencies.extend([name, " = { path = \"../", name, "\" }\n"]);
        calls.extend(["    print(&", &name.replace('-', "_"), "::MIGRATIONS);\n"]);
    }
    dependencies += "renamed.workspace = true\n\n[dev-dependencies]\ntokio = \"1\"\n";
    package(NAME, &dependencies);
    let main = format!(
        "fn main() {{\n{calls}}}\n\nfn print(set: &renamed::MigrationSet) {{\n    \
         for migration in set.iter() {{\n        println!(\"{{}}\", migration.up().text());\n    }}\n}}\n"
    );
    project.write(format!("{NAME}/src/main.rs"), &main);
    // The attribute, of a dependency that has another name, and through a crate.
    let tests = "static MIGRATIONS: renamed::MigrationSet = renamed::MigrationSet::EMPTY;\n\n\
        mod through { pub use renamed as rt; }\n\n\
        #[renamed::test(MIGRATIONS)]\nasync fn by_name(_: renamed::testing::TestDb) {}\n\n\
        #[renamed::test(MIGRATIONS, crate = crate::through::rt)]\n\
        async fn by_path(_: renamed::testing::TestDb) {}\n";
    project.write(format!("{NAME}/tests/attribute.rs"), tests);

    let expected: Vec<String> = CASES.iter().map(|case| format!("SELECT '{}';", case.name)).collect();
    assert_eq!(project.embedded(), expected);
    let output = project.cargo(&["test", "--no-run"]);
    let said = String::from_utf8(output.stderr).unwrap();
    let is_of_project = |line: &&str| line.starts_with("  --> ") || line.starts_with(" --> ");
    let blamed: Vec<&str> = said.lines().filter(is_of_project).collect();
    assert!(output.status.success() && blamed.is_empty(), "{said}");

    // A macro that came through another crate, of which it is not told.
    project.write("by-text/src/lib.rs", "pub static MIGRATIONS: u32 = facade::embed_migrations!();\n");
    let said = project.refused();
    assert!(said.contains("error: `migrate-runtime` is not a dependency of this crate [M0925]"), "{said}");
    assert!(said.contains("due to 1 previous error"), "{said}");
}
