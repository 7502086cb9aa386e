//! Compares the public API of libraries, as rustdoc has written it, with the files that were committed, or writes these.
//!
//! `api check|bless <folder of rustdoc's JSON> <folder of the files> <crate>…`; called by `tests/public-api`.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [verb, documented, listed, crates @ ..] = &args[..] else {
        return Err("api check|bless <documented> <listed> <crate>…".into());
    };
    let mut is_same = true;
    for name in crates {
        let found = api(&Path::new(documented).join(format!("{}.json", name.replace('-', "_"))))
            .map_err(|error| format!("{name}: {error}"))?;
        let file = Path::new(listed).join(format!("{name}.txt"));
        match &**verb {
            "bless" => fs::write(&file, found)?,
            "check" => is_same &= compare(name, &fs::read_to_string(&file).unwrap_or_default(), &found),
            other => return Err(format!("{other} is neither check nor bless").into()),
        }
    }
    if !is_same {
        eprintln!(
            "The public API is not what tests/api/listed has. If that is wanted, write it anew by `tests/public-api bless` \
             and say in CHANGELOG.md who is affected: a line that is gone or other breaks who uses it."
        );
    }
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A line an item, without what holds for every type: blanket implementations and auto traits.
fn api(json: &Path) -> Result<String, Box<dyn Error>> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()
        .map_err(|error| format!("{error}; rustdoc must be that of Rust 1.95"))?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

/// Prints each line that is only on one side.
fn compare(name: &str, listed: &str, found: &str) -> bool {
    let (before, after): (BTreeSet<&str>, BTreeSet<&str>) =
        (listed.lines().collect(), found.lines().collect());
    for line in before.difference(&after) {
        println!("{name} - {line}");
    }
    for line in after.difference(&before) {
        println!("{name} + {line}");
    }
    listed == found
}
