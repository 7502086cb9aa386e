//! The database of the example: that of `DATABASE_URL`, or a PostgreSQL of its own with its data under `target/`.

use std::error::Error;
use std::path::Path;

use migrate_server::{Options, Server};

/// Takes `--fresh`, which starts over.
pub(crate) fn obtain(mut args: impl Iterator<Item = String>) -> Result<Server, Box<dyn Error>> {
    let fresh = match (args.next().as_deref(), args.next()) {
        (None, _) => false,
        (Some("--fresh"), None) => true,
        _ => return Err("usage: service [--fresh]".into()),
    };
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/service");
    if fresh && std::env::var_os("DATABASE_URL").is_some_and(|url| !url.is_empty()) {
        return Err(
            "--fresh is for the example's own database: it does not touch that of DATABASE_URL".into()
        );
    }
    let server = Options::new().data_in(data).fresh(fresh).obtain().map_err(|error| match error {
        migrate_server::Error::OtherVersion { .. } => format!("{error}: --fresh does that"),
        _ => error.to_string(),
    })?;
    match server.data_dir() {
        Some(dir) => println!("{}, data in {}\n", server.origin(), dir.display()),
        None => println!("{}\n", server.origin()),
    }
    Ok(server)
}
