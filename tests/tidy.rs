//! The invariants of ARCHITECTURE.md as tests: who may depend on whom, who may speak to a server, who may print.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed; the layers are printed"
)]

#[path = "tidy/modules.rs"]
mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use modules::Modules;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The crates that have rules, and which of the others they may depend on outside their tests.
const MAY_DEPEND: [(&str, &[&str]); 8] = [
    ("migrate-source", &[]),
    ("migrate-check", &["migrate-source"]),
    ("migrate-macros", &["migrate-source", "migrate-check"]),
    ("migrate-runtime", &["migrate-source", "migrate-macros"]),
    ("migrate-server", &[]),
    (
        "migrate-cli",
        &[
            "migrate-source",
            "migrate-check",
            "migrate-runtime",
            "migrate-server",
            "migrate-import",
            "migrate-schema",
        ],
    ),
    ("migrate-import", &["migrate-source"]),
    ("migrate-schema", &["migrate-source", "migrate-check"]),
];

/// The crates whose modules stand in layers, without a circle.
const IN_LAYERS: [&str; 3] = ["migrate-import", "migrate-macros", "migrate-server"];

/// Who names `tokio_postgres` beside the runtime and the crate that reads schemas: what makes scratch databases, and what is
/// handed the connection to a tenant.
const SPEAK: [&str; 4] = [
    "migrate-cli/src/scratch.rs",
    "migrate-cli/src/scratch/left.rs",
    "migrate-cli/src/scratch/owner.rs",
    "migrate-cli/src/verbs/fleet_verify.rs",
];

/// What has the SQL of the ledger of shared runs, and it alone.
const LEDGER: &str = "migrate-runtime/src/fleet/shared/tables.rs";

/// What of the runtime asks the session's cache of the catalog, and why it may: `catalog.rs` says what is wrong with that.
const ASK_CACHE: [(&str, &str); 5] = [
    ("capabilities.rs", "a temporary table that no other session has"),
    ("recovery.rs", "a name as the script has it, in a message of its own: a transaction has just begun"),
    ("loss.rs", "a name as the script has it, in a message of its own: a transaction has just begun"),
    ("message.rs", "an oid out of the catalog; what is rehearsed locks nobody out"),
    ("history/waits.rs", "a name to be shown"),
];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// Every Rust file of the repository, by its path from the root, with its text.
fn sources() -> BTreeMap<String, String> {
    let mut files = Vec::new();
    rust_files(Path::new(ROOT), &mut files);
    let named = |path: PathBuf| {
        let name = path.strip_prefix(ROOT).unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    let sources: BTreeMap<String, String> = files.into_iter().map(named).collect();
    assert!(sources.len() > 40, "only {} files were found", sources.len());
    sources
}

/// The code of a file: without its comments and without the module of its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn who_may_depend_on_whom() {
    let names: BTreeSet<&str> = MAY_DEPEND.iter().map(|(name, _)| *name).collect();
    for (name, allowed) in MAY_DEPEND {
        let manifest = std::fs::read_to_string(Path::new(ROOT).join(name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        let is_named = |other: &&str| dependencies.lines().any(|line| line.starts_with(*other));
        let found: BTreeSet<&str> = names.iter().copied().filter(is_named).collect();
        assert_eq!(found, allowed.iter().copied().collect(), "{name}");
    }
}

#[test]
fn modules_stand_in_layers_without_a_circle() {
    for name in IN_LAYERS {
        let modules = Modules::read(&Path::new(ROOT).join(name).join("src/lib.rs"));
        let uses = modules.uses();
        println!("{name}: {} modules, lowest first", modules.len());
        for layer in modules.layers() {
            println!("    {}", layer.join(", "));
        }
        let upwards = modules.upwards(&uses);
        assert!(upwards.is_empty(), "{name}: a lower module uses a higher one\n{}", upwards.join("\n"));
        let circles = modules::circles(&uses);
        assert!(circles.is_empty(), "{name}\n{}", circles.join("\n"));
    }
}

#[test]
fn who_may_speak_to_a_server_and_who_may_print() {
    let prints = ["println!", "eprintln!", "print!(", "eprint!(", "dbg!(", "stdout()", "stderr()"];
    for (name, text) in sources() {
        let is_library =
            MAY_DEPEND.iter().any(|(crate_name, _)| name.starts_with(&format!("{crate_name}/src/")));
        if !is_library {
            continue;
        }
        let code = code(&text);
        let speaks = code.contains("tokio_postgres");
        let of_crate = |crate_name: &str| name.starts_with(&format!("{crate_name}/"));
        let may_speak = of_crate("migrate-runtime") || of_crate("migrate-schema") || SPEAK.contains(&&*name);
        assert!(!speaks || may_speak, "{name} names tokio_postgres");
        // What a build script prints is how it speaks to cargo, and nobody else reads it. It is written in one place, to
        // a writer, so that the rest of the file can be tested without printing.
        let speaks_to_cargo = |print| name == "migrate-source/src/build.rs" && print == "stdout()";
        // A service that nests the verbs would otherwise have to open its streams, tell which is a terminal and see to
        // the colours. They are opened in one file, which prints nothing, and handed to the one type that does.
        let opens_streams = |print: &str| {
            name == "migrate-runtime/src/cli/standard.rs" && ["stdout()", "stderr()"].contains(&print)
        };
        // What the expansion prints, it prints in the test of whoever wrote that, whose output the test runner keeps.
        let is_expanded =
            |print| name == "migrate-macros/src/test.rs" && ["println!", "eprintln!"].contains(&print);
        for print in prints {
            let may = speaks_to_cargo(print) || opens_streams(print) || is_expanded(print);
            assert!(!code.contains(print) || may, "{name} prints with {print}");
        }
    }
}

#[test]
fn each_thing_has_its_place() {
    for (name, text) in sources() {
        let code = code(&text);
        for reader in ["migrate-source/src/folder.rs", "migrate-import/src/folder.rs"] {
            let is_test = name.ends_with("/tests.rs");
            let is_beside =
                name.starts_with(reader.trim_end_matches("folder.rs")) && name != reader && !is_test;
            assert!(!is_beside || !code.contains("read_dir"), "{name} reads a directory; {reader} does");
        }
        let names_ledger = code.contains("migrate_fleet_turns");
        assert!(!names_ledger || name == LEDGER || !name.starts_with("migrate-runtime/src/"), "{name}");
        let is_of_runtime = name.starts_with("migrate-runtime/src/") && name != LEDGER;
        if is_of_runtime && !name.starts_with("migrate-runtime/src/history") {
            let writes = code.contains("INSERT INTO") || code.contains("statements_done =");
            assert!(!writes, "{name} has SQL of the history table; migrate-runtime/src/history has");
        }
    }
}

#[test]
fn nothing_is_decided_by_stale_catalog_cache() {
    let asks = ["to_reg", "::regclass", "::pg_catalog.reg", "::regnamespace", "_privilege("];
    for (name, text) in sources() {
        let Some(file) = name.strip_prefix("migrate-runtime/src/") else { continue };
        let code = code(&text);
        let may = ASK_CACHE.iter().any(|(allowed, _)| *allowed == file);
        for ask in asks {
            assert!(may || !code.contains(ask), "{name} asks `{ask}`: ask as catalog.rs does");
        }
    }
}

#[test]
fn what_is_remembered_is_forgotten_when_a_rule_changes() {
    let sources = sources();
    for crate_name in ["migrate-source", "migrate-check"] {
        let list = format!("{crate_name}/src/sources.rs");
        let listed = sources[&list].matches("include_str!").count();
        let inside = format!("{crate_name}/src/");
        let files: Vec<&str> = sources.keys().filter_map(|name| name.strip_prefix(&inside)).collect();
        for file in &files {
            let is_listed = sources[&list].contains(&format!("include_str!(\"{file}\")"));
            assert!(is_listed || *file == "sources.rs", "{list} lacks {file}");
        }
        assert_eq!(listed + 1, files.len(), "{list}");
    }
}

#[test]
fn each_file_says_what_it_owns() {
    for (name, text) in sources() {
        // Files that a compiler test compiles, and snapshots, are material.
        if !name.starts_with("tests/ui/fail/") {
            assert!(text.starts_with("//!"), "{name} does not begin with //!");
        }
    }
}

#[test]
fn no_file_has_grown_past_its_subject() {
    for (name, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 600, "{name} has {lines} lines: look for the second subject");
    }
}

#[test]
fn an_example_that_embeds_a_folder_is_built_again_when_a_file_is_added_to_it() {
    for entry in std::fs::read_dir(Path::new(ROOT).join("examples")).unwrap() {
        let example = entry.unwrap().path();
        let mut files = Vec::new();
        rust_files(&example.join("src"), &mut files);
        let sources: Vec<String> =
            files.iter().map(|file| code(&std::fs::read_to_string(file).unwrap())).collect();
        let script = std::fs::read_to_string(example.join("build.rs")).unwrap_or_default();
        let calls = sources.iter().flat_map(|source| source.split("embed_migrations!(").skip(1));
        for call in calls {
            let written = call.split(')').next().unwrap().trim_matches('"');
            // Without a path it is this one.
            let folder = if written.is_empty() { "migrations" } else { written };
            let watches = format!("migrate_source::build::watch(\"{folder}\");");
            assert!(
                script.contains(&watches),
                "{} needs a build.rs with `{watches}`: cargo does not see a migration that is added",
                example.display()
            );
        }
    }
}
