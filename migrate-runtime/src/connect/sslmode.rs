//! What a connection string says of TLS, by libpq's rules. It opens no file.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use migrate_source::Code;
use tokio_postgres::config::SslMode as Step;

use super::ConnectError;
use super::parse::Parameters;

/// The TLS parameters.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "checked all the same, and used by TLS alone"))]
pub(crate) struct Tls {
    pub(crate) mode: SslMode,
    /// What set `mode`, if it was not the string: it follows the mode in messages.
    pub(crate) mode_set_by: String,
    pub(crate) root: Option<Root>,
    /// `sslcertmode=disable`: no client certificate, not even the default one.
    pub(crate) anonymous: bool,
    pub(crate) cert: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    /// The handshake comes first, without asking whether the server has TLS.
    pub(crate) direct: bool,
    pub(crate) sni: bool,
    pub(crate) versions: RangeInclusive<Version>,
}

/// `sslmode`, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// `sslrootcert`: whose signature on the server's certificate counts.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "the file is read by TLS alone"))]
pub(crate) enum Root {
    System,
    File(PathBuf),
}

/// The versions of TLS that rustls speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    Tls12,
    Tls13,
}

impl Tls {
    pub(super) fn take(parameters: &mut Parameters) -> Result<Self, ConnectError> {
        let mode_set_by = parameters.set_by("sslmode");
        let mut file = |name| parameters.take(name).map(PathBuf::from);
        let (cert, key, root) = (file("sslcert"), file("sslkey"), file("sslrootcert"));
        let root =
            root.map(|path| if path.as_os_str() == "system" { Root::System } else { Root::File(path) });

        let mode = parameters.choice("sslmode", &SslMode::ALL)?;
        let default = if root == Some(Root::System) { SslMode::VerifyFull } else { SslMode::Prefer };
        let mode = mode.unwrap_or(default);
        if root == Some(Root::System) && mode < SslMode::VerifyFull {
            return Err(ConnectError::new(
                Code::M0502,
                format!(
                    "sslmode={mode}{mode_set_by} is too weak for sslrootcert=system, with which anybody can get a certificate: use \
                 sslmode=verify-full"
                ),
            ));
        }
        let direct = parameters.choice("sslnegotiation", &[("postgres", false), ("direct", true)])?;
        let direct = direct.unwrap_or(false);
        if direct && mode < SslMode::Require {
            return Err(ConnectError::new(
                Code::M0502,
                format!(
                    "sslmode={mode}{mode_set_by} is too weak for sslnegotiation=direct: use sslmode=require, verify-ca or verify-full"
                ),
            ));
        }
        let anonymous = parameters.choice("sslcertmode", &[("allow", false), ("disable", true)])?;
        let sni = parameters.choice("sslsni", &[("0", false), ("1", true)])?;
        Ok(Self {
            mode,
            mode_set_by,
            root,
            anonymous: anonymous.unwrap_or(false),
            cert,
            key,
            direct,
            sni: sni.unwrap_or(true),
            versions: Version::take(parameters)?,
        })
    }
}

impl fmt::Display for Tls {
    /// The mode, with what set it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sslmode={}{}", self.mode, self.mode_set_by)
    }
}

impl Version {
    fn take(parameters: &mut Parameters) -> Result<RangeInclusive<Self>, ConnectError> {
        let (tls12, tls13) = (("TLSv1.2", Self::Tls12), ("TLSv1.3", Self::Tls13));
        // An older least version excludes nothing.
        let min = [("TLSv1", Self::Tls12), ("TLSv1.1", Self::Tls12), tls12, tls13];
        let min = parameters.choice("ssl_min_protocol_version", &min)?.unwrap_or(Self::Tls12);
        let max = parameters.choice("ssl_max_protocol_version", &[tls12, tls13])?.unwrap_or(Self::Tls13);
        if min > max {
            return Err(ConnectError::new(
                Code::M0502,
                "ssl_min_protocol_version in the connection string is above ssl_max_protocol_version",
            ));
        }
        Ok(min..=max)
    }
}

impl SslMode {
    const ALL: [(&str, Self); 6] = [
        ("disable", Self::Disable),
        ("allow", Self::Allow),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    /// What is tried first, and what is tried if the server refuses that.
    pub(crate) fn steps(self) -> (Step, Option<Step>) {
        match self {
            Self::Disable => (Step::Disable, None),
            Self::Allow => (Step::Disable, Some(Step::Require)),
            Self::Prefer => (Step::Prefer, Some(Step::Disable)),
            Self::Require | Self::VerifyCa | Self::VerifyFull => (Step::Require, None),
        }
    }
}

impl fmt::Display for SslMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL[*self as usize].0)
    }
}
