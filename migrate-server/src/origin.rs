//! Where a server comes from, as told to people.

use std::fmt;
use std::path::PathBuf;

/// Where a [`Server`](crate::Server) comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// It was there already: `DATABASE_URL` names it.
    Given,
    /// It was started from an installed PostgreSQL.
    Installed {
        /// The directory of `postgres`, and usually of `psql` and `pg_dump`.
        bin_dir: PathBuf,
        /// Its version, for example `15.18`.
        version: String,
    },
    /// It was started from the PostgreSQL inside this program (feature `bundled`).
    Bundled {
        /// Its version, for example `18.4`.
        version: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str("the server of DATABASE_URL"),
            Self::Installed { bin_dir, version } => {
                write!(f, "PostgreSQL {version} from {}", bin_dir.display())
            }
            Self::Bundled { version } => write!(f, "PostgreSQL {version}, bundled"),
        }
    }
}
