//! What a caller may ask of a private server.

use std::fmt;
use std::path::PathBuf;

/// How to obtain a [`Server`](crate::Server); each option concerns a private server only.
#[derive(Clone, Default)]
#[cfg_attr(not(unix), allow(dead_code, reason = "no private server to read them"))]
pub struct Options {
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) binaries: Binaries,
    pub(crate) data: Option<PathBuf>,
    pub(crate) fresh: bool,
    pub(crate) tls: Option<Tls>,
}

/// Which PostgreSQL may be started.
#[derive(Clone, Debug, Default)]
#[cfg_attr(not(unix), allow(dead_code, reason = "no private server to read them"))]
pub(crate) enum Binaries {
    #[default]
    Any,
    In(PathBuf),
    #[cfg(feature = "bundled")]
    Bundled,
}

#[derive(Clone)]
#[cfg_attr(not(unix), allow(dead_code, reason = "no private server to read them"))]
pub(crate) struct Tls {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Options {
    /// A temporary server from the first PostgreSQL that does.
    pub fn new() -> Self {
        Self::default()
    }

    /// One setting of `postgresql.conf`, for example `max_prepared_transactions`. What this crate
    /// lives on stays as it is: address, port, sockets, and where the log goes.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Only the PostgreSQL whose `postgres` and `initdb` are in this directory.
    #[must_use]
    pub fn bin_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.binaries = Binaries::In(dir.into());
        self
    }

    /// Only the PostgreSQL inside this program, also where another one is installed.
    #[cfg(feature = "bundled")]
    #[must_use]
    pub fn bundled(mut self) -> Self {
        self.binaries = Binaries::Bundled;
        self
    }

    /// Keeps the data in this directory, which the next run finds again. See
    /// [`Server::data_dir`](crate::Server::data_dir) for where they are when this is run as root.
    #[must_use]
    pub fn data_in(mut self, dir: impl Into<PathBuf>) -> Self {
        self.data = Some(dir.into());
        self
    }

    /// Deletes the data of an earlier run first.
    #[must_use]
    pub fn fresh(mut self, fresh: bool) -> Self {
        self.fresh = fresh;
        self
    }

    /// Accepts TLS with this certificate and its key, both PEM. The bundled PostgreSQL cannot.
    #[must_use]
    pub fn tls(mut self, certificate: impl Into<String>, key: impl Into<String>) -> Self {
        self.tls = Some(Tls { certificate: certificate.into(), key: key.into() });
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("settings", &self.settings)
            .field("binaries", &self.binaries)
            .field("data", &self.data)
            .field("fresh", &self.fresh)
            .field("tls", &self.tls.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn debug_shows_no_key() {
        let options = Options::new().setting("work_mem", "8MB").tls("CERT", "KEY");
        let text = format!("{options:?}");
        assert!(text.contains("work_mem") && !text.contains("KEY"), "{text}");
    }
}
