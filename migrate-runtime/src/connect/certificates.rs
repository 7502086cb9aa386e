//! The certificates of both sides, read from where libpq's parameters say. It judges none of them.

use std::fs;
use std::path::{Path, PathBuf};

use migrate_source::Code;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::ConnectError;
use super::sslmode::{Root, SslMode, Tls};

/// Whose signature counts.
pub(super) struct Roots {
    pub(super) certificates: Vec<CertificateDer<'static>>,
    /// Where they are from, for messages.
    pub(super) origin: String,
}

impl Roots {
    /// `None`: every certificate is as good as any other.
    pub(super) fn of(tls: &Tls) -> Result<Option<Self>, ConnectError> {
        if let Some(list) = default_file("root.crl") {
            tracing::warn!(path = %list.display(), "a list of revoked certificates is there, and is not read");
        }
        match &tls.root {
            Some(Root::System) => Self::of_system().map(Some),
            Some(Root::File(path)) if may_be_missing(tls, "sslrootcert", path) => Ok(None),
            Some(Root::File(path)) => Self::of_file(path).map(Some),
            None => match default_file("root.crt") {
                Some(path) => Self::of_file(&path).map(Some),
                None if tls.mode < SslMode::VerifyCa => Ok(None),
                None => Err(ConnectError::new(
                    Code::M0508,
                    format!(
                        "{tls} demands a root certificate: set sslrootcert to the PEM file of the authority that \
                     signed the server's certificate, or to `system` for those of the operating system"
                    ),
                )),
            },
        }
    }

    fn of_file(path: &Path) -> Result<Self, ConnectError> {
        let origin = path.display().to_string();
        let certificates = certificates("sslrootcert", path)?;
        Ok(Self { certificates, origin })
    }

    fn of_system() -> Result<Self, ConnectError> {
        let found = rustls_native_certs::load_native_certs();
        if found.certs.is_empty() {
            let errors = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
            return Err(ConnectError::new(
                Code::M0508,
                format!(
                    "the operating system has no root certificates{errors}: install them, in Debian and Alpine the \
                 package ca-certificates, or set sslrootcert to a PEM file"
                ),
            ));
        }
        Ok(Self { certificates: found.certs, origin: "the operating system's certificate store".to_owned() })
    }
}

/// A client certificate, and where it is from.
pub(super) struct Identity {
    pub(super) cert: PathBuf,
    pub(super) key: PathBuf,
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) secret: PrivateKeyDer<'static>,
}

/// Reads the client certificate. One that is named must exist where TLS is demanded; the default one need not.
pub(super) fn client_certificate(tls: &Tls) -> Result<Option<Identity>, ConnectError> {
    let is_missing = |parameter: &str, path: &Option<PathBuf>| {
        path.as_ref().is_some_and(|path| may_be_missing(tls, parameter, path))
    };
    if tls.anonymous || is_missing("sslcert", &tls.cert) || is_missing("sslkey", &tls.key) {
        return Ok(None);
    }
    let Some(cert) = tls.cert.clone().or_else(|| default_file("postgresql.crt")) else {
        return match &tls.key {
            None => Ok(None),
            Some(_) => {
                Err(ConnectError::new(Code::M0508, "sslkey is set and sslcert is not: set both or neither"))
            }
        };
    };
    let Some(key) = tls.key.clone().or_else(|| default_file("postgresql.key")) else {
        return Err(ConnectError::new(
            Code::M0508,
            format!("the client certificate {} has no key: set sslkey to its PEM file", cert.display()),
        ));
    };
    let chain = certificates("sslcert", &cert)?;
    let secret = private_key(&key)?;
    Ok(Some(Identity { cert, key, chain, secret }))
}

/// Whether a file that is named does not exist, and need not.
///
/// libpq ignores such a file (`initialize_SSL` in `fe-secure-openssl.c`). Here that holds only for an `sslmode` that accepts
/// a connection without TLS: the other modes are set to protect the connection, and a typing error should not weaken it.
fn may_be_missing(tls: &Tls, parameter: &str, path: &Path) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    let is_missing = fs::metadata(path).is_err_and(|error| [NotFound, NotADirectory].contains(&error.kind()));
    let may_be = tls.mode < SslMode::Require && is_missing;
    if may_be {
        tracing::warn!(path = %path.display(), parameter, "the file does not exist and is ignored");
    }
    may_be
}

fn certificates(parameter: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let text = read(parameter, path)?;
    let found: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(ConnectError::new(
            Code::M0508,
            format!(
                "the file {} of {parameter} is not a list of certificates: it has to be in PEM, with \
             `-----BEGIN CERTIFICATE-----`",
                path.display()
            ),
        )),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, ConnectError> {
    let text = read("sslkey", path)?;
    let path = path.display();
    // "-----BEGIN ENCRYPTED PRIVATE KEY-----", or "Proc-Type: 4,ENCRYPTED" in the files of old.
    if text.windows(9).any(|window| window == b"ENCRYPTED") {
        return Err(ConnectError::new(
            Code::M0508,
            format!(
                "the private key {path} is encrypted, which is not supported here: decrypt it with `openssl pkey`, and \
             keep others from reading it by its permissions"
            ),
        ));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        ConnectError::new(Code::M0508, format!(
            "the file {path} of sslkey is not a private key: it has to be in PEM, with `-----BEGIN PRIVATE KEY-----`"
        ))
    })
}

fn read(parameter: &str, path: &Path) -> Result<Vec<u8>, ConnectError> {
    fs::read(path).map_err(|error| {
        ConnectError::new(
            Code::M0508,
            format!("the file {} of {parameter} cannot be read: {error}", path.display()),
        )
    })
}

/// A file of libpq's own folder in the home directory, if it exists.
fn default_file(name: &str) -> Option<PathBuf> {
    let folder = if cfg!(windows) {
        PathBuf::from(std::env::var_os("APPDATA")?).join("postgresql")
    } else {
        std::env::home_dir().filter(|home| home.is_absolute())?.join(".postgresql")
    };
    Some(folder.join(name)).filter(|path| path.exists())
}
