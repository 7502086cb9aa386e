//! Lists the files of the bundled PostgreSQL for `include_bytes!`. Without the feature `bundled`,
//! or on a target that the bundled packages do not serve, it says so with a `cfg` and does no more.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(bundled_here)");
    let Some(manifest) = manifest() else {
        return Ok(());
    };
    println!("cargo::rerun-if-changed={}", manifest.display());
    let payload = manifest.with_file_name("payload");
    let mut files = Vec::new();
    collect(&payload, &payload, &mut files)?;
    files.sort();

    let mut list = String::from("&[\n");
    for (name, source) in &files {
        let executable = name.starts_with("bin/");
        let source = source.to_str().ok_or("the build directory is not UTF-8")?;
        writeln!(
            list,
            "    File {{ name: {name:?}, executable: {executable}, bytes: include_bytes!({source:?}) }},"
        )?;
    }
    list.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("bundled_files.rs"), list)?;
    println!("cargo::rustc-cfg=bundled_here");
    Ok(())
}

/// The manifest of the one artifact package that serves this target.
fn manifest() -> Option<PathBuf> {
    env::vars_os().find_map(|(name, value)| {
        let name = name.to_str()?;
        let ours =
            name.starts_with("DEP_OLIPHAUNT_ARTIFACT_LIBOLIPHAUNT_NATIVE_") && name.ends_with("_MANIFEST");
        ours.then(|| PathBuf::from(value))
    })
}

fn collect(
    payload: &Path,
    directory: &Path,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(payload, &path, files)?;
        } else if let Some(name) = wanted(path.strip_prefix(payload)?) {
            files.push((name, path));
        }
    }
    Ok(())
}

/// The name of a file in the unpacked directory, if a server needs it or its licence asks for it.
fn wanted(file: &Path) -> Option<String> {
    let file = file.to_str()?.replace('\\', "/");
    let Some(name) = file.strip_prefix("runtime/") else {
        let licence = file.starts_with("LICENSE") || file.starts_with("THIRD_PARTY_");
        return licence.then(|| format!("licenses/{file}"));
    };
    // The client libraries come three times each, and `initdb` links one of them.
    let needless = match name.rsplit_once('/') {
        Some(("lib", library)) => !["libpq.so.5", "libpq.5.dylib"].contains(&library),
        Some(("bin", program)) => !["initdb", "postgres"].contains(&program),
        Some(_) => false,
        None => true,
    };
    (!needless).then(|| name.to_owned())
}
