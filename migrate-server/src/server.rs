//! The server as its owner sees it: a URL, and a life that ends with the value.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use crate::private::{Private, Shared};
use crate::{Error, Options, Origin, url};

/// A PostgreSQL server to use. A private one is gone when this is dropped, and no later than
/// shortly after the process has ended in whatever way.
pub struct Server {
    url: String,
    origin: Origin,
    private: Option<Private>,
}

impl Options {
    /// The server of `DATABASE_URL` if that is set and not empty, otherwise a private one.
    pub fn obtain(self) -> Result<Server, Error> {
        match given(env::var_os("DATABASE_URL")) {
            Some(url) => Ok(Server::given(url)),
            None => self.start(),
        }
    }

    /// A private server, even when `DATABASE_URL` is set.
    pub fn start(self) -> Result<Server, Error> {
        Private::start(self).map(Server::private)
    }
}

impl Server {
    /// The server of `DATABASE_URL` if that is set and not empty, otherwise a private, temporary
    /// one from the installed PostgreSQL or the bundled one.
    pub fn obtain() -> Result<Self, Error> {
        Options::new().obtain()
    }

    /// Like [`obtain`](Self::obtain), but a private server keeps its data in `dir` between runs.
    pub fn obtain_in(dir: &Path) -> Result<Self, Error> {
        Options::new().data_in(dir).obtain()
    }

    /// A private, temporary server, even when `DATABASE_URL` is set.
    pub fn start() -> Result<Self, Error> {
        Options::new().start()
    }

    /// One temporary server for all the processes of a `cargo test` or `cargo nextest run`: whichever needs it first starts
    /// it, and it ends with the run, a second later at most. A process that neither has started, say one that was called
    /// by hand, gets a server of its own, as by [`start`](Self::start).
    ///
    /// The server is known by a directory for temporary files that only this user can enter.
    pub fn of_run() -> Result<Self, Error> {
        let shared = Shared::of_run()?;
        shared.map_or_else(Self::start, |Shared { url, origin }| Ok(Self { url, origin, private: None }))
    }

    /// The server that this URL (or keyword/value string) names; nothing is started or checked.
    pub fn given(url: impl Into<String>) -> Self {
        Self { url: url.into(), origin: Origin::Given, private: None }
    }

    pub(crate) fn private(private: Private) -> Self {
        Self { url: private.url(), origin: private.origin(), private: Some(private) }
    }

    /// The URL as given, or that of the database `postgres` on the private server. It holds the
    /// password.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of another database on the same server; it need not exist.
    pub fn url_of(&self, database: &str) -> String {
        url::with_database(&self.url, database)
    }

    /// Where the server comes from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The directory of a private server's programs. An installed PostgreSQL usually has `psql`
    /// and `pg_dump` there, the bundled one has neither.
    pub fn bin_dir(&self) -> Option<&Path> {
        match (&self.private, &self.origin) {
            (Some(private), _) => Some(private.bin_dir()),
            (None, Origin::Installed { bin_dir, .. }) => Some(bin_dir),
            (None, _) => None,
        }
    }

    /// The directory of a private server: `data`, `server.log`, and what else it needs. As root
    /// this may be another one than asked for, under `/var/tmp`, since the user that the server
    /// runs as has to reach it.
    pub fn data_dir(&self) -> Option<&Path> {
        self.private.as_ref().map(Private::dir)
    }

    /// Whether the server was started for this value and ends with it.
    pub fn is_private(&self) -> bool {
        self.private.is_some()
    }

    /// Ends the private server as a crash does (`SIGQUIT`): no checkpoint, no goodbye to clients.
    pub fn stop_immediately(&mut self) -> Result<(), Error> {
        self.private.as_mut().ok_or(Error::NotPrivate)?.stop_immediately()
    }

    /// Starts the private server again on the same port and data; one that runs is stopped first.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.private.as_mut().ok_or(Error::NotPrivate)?.restart()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL holds the password.
        f.debug_struct("Server")
            .field("origin", &self.origin)
            .field("data_dir", &self.data_dir())
            .finish_non_exhaustive()
    }
}

fn given(database_url: Option<OsString>) -> Option<String> {
    // A value that is not UTF-8 reaches the driver all the same, whose error names it.
    let url = database_url?.to_string_lossy().into_owned();
    (!url.trim().is_empty()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::{Server, given};
    use crate::{Error, Origin};

    #[test]
    fn takes_database_url_as_given_unless_empty() {
        assert_eq!(given(None), None);
        assert_eq!(given(Some("".into())), None);
        assert_eq!(given(Some("  ".into())), None);
        assert_eq!(given(Some("postgres://h/d".into())).as_deref(), Some("postgres://h/d"));
    }

    #[test]
    fn a_given_server_is_left_alone() {
        let mut server = Server::given("postgres://u:secret@h/d");
        assert_eq!(server.url(), "postgres://u:secret@h/d");
        assert_eq!(server.url_of("x"), "postgres://u:secret@h/x");
        assert_eq!(server.origin(), &Origin::Given);
        assert!(!server.is_private() && server.bin_dir().is_none() && server.data_dir().is_none());
        assert!(matches!(server.stop_immediately(), Err(Error::NotPrivate)));
        assert!(matches!(server.restart(), Err(Error::NotPrivate)));
        assert!(!format!("{server:?}").contains("secret"));
    }

    #[test]
    fn can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Server>();
    }
}
