//! What the compiler says: crates with a good folder compile and run, crates with a broken one show the fault.
//!
//! `TRYBUILD=overwrite cargo test -p ui` writes the expected output anew; read the difference.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn ui() {
    let project = target_directory().join("tests/trybuild/ui");
    std::fs::create_dir_all(&project).unwrap();
    link(&here().join("../fixtures"), &project.join("fixtures"));
    link(&here().join("../../migrations"), &project.join("sample"));

    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*.rs");
}

/// A crate without debug assertions, which is what a release build is to the macro. It is in the dev profile otherwise,
/// so that its dependencies are those that are compiled already.
#[test]
fn drafts_in_a_release_build() {
    let project = target_directory().join("tests/drafts");
    std::fs::create_dir_all(project.join("src")).unwrap();
    link(&here().join("../fixtures"), &project.join("fixtures"));
    let workspace = here().join("../..").canonicalize().unwrap();
    std::fs::copy(workspace.join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let manifest = std::fs::read_to_string(workspace.join("Cargo.toml")).unwrap();
    let profiles = &manifest[manifest.find("[profile.").unwrap()..];
    let manifest = format!(
        "[workspace]\n\n[package]\nname = \"drafts\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [features]\nallowed = []\n\n[dependencies]\n\
         migrate-runtime = {{ path = {:?}, default-features = false }}\n\n\
         {profiles}\n[profile.dev.package.drafts]\ndebug-assertions = false\n",
        workspace.join("migrate-runtime")
    );
    std::fs::write(project.join("Cargo.toml"), manifest).unwrap();
    let embed = |feature: &str, arguments: &str| {
        format!(
            "#[cfg({feature})]\npub static MIGRATIONS: migrate_runtime::MigrationSet =\n    \
             migrate_runtime::embed_migrations!({arguments});\n"
        )
    };
    let refused = embed("not(feature = \"allowed\")", "\"fixtures/embedded_drafts/migrations\"");
    let allowed = embed("feature = \"allowed\"", "\"fixtures/embedded_drafts/migrations\", allow_drafts");
    let unfinished = embed("not(feature = \"allowed\")", "\"fixtures/embedded_unfinished/migrations\"");
    let unfinished = unfinished.replace("MIGRATIONS:", "UNFINISHED:");
    std::fs::write(project.join("src/lib.rs"), refused + &unfinished + &allowed).unwrap();

    let build = |features: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--offline", "--color=never"]).args(features).current_dir(&project);
        let output = cargo.env("CARGO_TARGET_DIR", target_directory()).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (is_built, said) = build(&[]);
    assert!(!is_built && said.contains("a release build with drafts in it"), "{said}");
    for file in ["0002_plans.up.sql", "0002_plans.down.sql"] {
        assert!(said.contains(&format!("{file}: there is no statement in this file [M0112]")), "{said}");
    }
    assert!(said.contains("due to 3 previous errors"), "{said}");
    let (is_built, said) = build(&["--features=allowed"]);
    assert!(is_built, "{said}");
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn target_directory() -> PathBuf {
    let metadata =
        Command::new(env!("CARGO")).args(["metadata", "--no-deps", "--format-version=1"]).output().unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    metadata["target_directory"].as_str().unwrap().into()
}

fn link(original: &Path, link: &Path) {
    let _ = std::fs::remove_file(link);
    symlink(original.canonicalize().unwrap(), link).unwrap();
}
