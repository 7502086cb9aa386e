//! The database of the example: that of `DATABASE_URL`, or a PostgreSQL of its own with its data under `target/`.

#[cfg(feature = "own-server")]
pub(crate) fn obtain() -> Result<migrate_server::Server, migrate_server::Error> {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/web");
    migrate_server::Server::obtain_in(&data)
}

#[cfg(not(feature = "own-server"))]
pub(crate) fn obtain() -> Result<Database, &'static str> {
    let url = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty());
    url.map(Database).ok_or("DATABASE_URL is not set: it says which database to use")
}

/// Where it is.
#[cfg(not(feature = "own-server"))]
pub(crate) struct Database(String);

#[cfg(not(feature = "own-server"))]
impl Database {
    pub(crate) fn url(&self) -> &str {
        &self.0
    }
}
