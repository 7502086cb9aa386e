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
    let project = trybuild_project();
    std::fs::create_dir_all(&project).unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    link(&here.join("../fixtures"), &project.join("fixtures"));
    link(&here.join("../../migrations"), &project.join("sample"));

    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*.rs");
}

/// The folder in which trybuild makes the package that has our files as binaries: paths are relative to it.
fn trybuild_project() -> PathBuf {
    let metadata =
        Command::new(env!("CARGO")).args(["metadata", "--no-deps", "--format-version=1"]).output().unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    Path::new(metadata["target_directory"].as_str().unwrap()).join("tests/trybuild/ui")
}

fn link(original: &Path, link: &Path) {
    let _ = std::fs::remove_file(link);
    symlink(original.canonicalize().unwrap(), link).unwrap();
}
