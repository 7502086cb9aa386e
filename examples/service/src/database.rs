//! The database of the example: that of `DATABASE_URL`, or a PostgreSQL of its own with its data under `target/`.

use std::error::Error;
use std::path::Path;

use migrate_server::{Options, Server};

/// `fresh` starts over.
pub(crate) fn obtain(fresh: bool) -> Result<Server, Box<dyn Error>> {
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
        Some(dir) => eprintln!("{}, data in {}\n", server.origin(), dir.display()),
        None => eprintln!("{}\n", server.origin()),
    }
    Ok(server)
}
