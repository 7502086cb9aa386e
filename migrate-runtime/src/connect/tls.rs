//! TLS by rustls: the handshake, and what it means when it fails. It must not use the process's default `CryptoProvider`: that one is the service's own.

use std::convert::Infallible;
use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use migrate_source::Code;
use rustls::crypto::ring;
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, CertificateError, ClientConfig};
use tokio_postgres::Socket;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::ConnectError;
use super::certificates::{Identity, Roots, client_certificate};
use super::sslmode::{SslMode, Tls, Version};
use super::verifier::{CA_AS_SERVER, Verifier};

/// webpki's words for a certificate of X.509 version 1.
const OLD_CERTIFICATE: &str = "UnsupportedCertVersion";

/// Makes TLS connections, and remembers how far the last one came.
#[derive(Clone)]
pub(crate) struct Connector {
    rustls: MakeRustlsConnect,
    progress: Arc<Progress>,
    /// Where the roots come from, for messages.
    roots: Arc<str>,
}

#[derive(Default)]
struct Progress {
    /// The server has agreed to TLS.
    begun: AtomicBool,
    /// The handshake is done.
    done: AtomicBool,
}

impl Connector {
    /// Reads the certificates.
    pub(crate) fn new(tls: &Tls) -> Result<Self, ConnectError> {
        let provider = Arc::new(ring::default_provider());
        let roots = Roots::of(tls)?;
        let origin = roots.as_ref().map_or("", |roots| &*roots.origin).into();
        let verifier = Verifier::new(roots, tls.mode == SslMode::VerifyFull, &provider)?;
        let versions: Vec<_> = [(Version::Tls12, &TLS12), (Version::Tls13, &TLS13)]
            .into_iter()
            .filter_map(|(version, rustls)| tls.versions.contains(&version).then_some(rustls))
            .collect();

        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&versions);
        let builder = builder
            .map_err(|error| ConnectError::new(Code::M0509, format!("TLS cannot be set up: {error}")))?;
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match client_certificate(tls)? {
            Some(Identity { cert, key, chain, secret }) => {
                builder.with_client_auth_cert(chain, secret).map_err(|error| {
                    let (cert, key) = (cert.display(), key.display());
                    ConnectError::new(Code::M0508, format!(
                        "the client certificate {cert} and the private key {key} do not go together: {error}"
                    ))
                })?
            }
            None => builder.with_no_client_auth(),
        };
        config.enable_sni = tls.sni;
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self { rustls: MakeRustlsConnect::new(config), progress: Arc::default(), roots: origin })
    }

    /// The same for one attempt, with a memory of its own.
    pub(crate) fn for_one_handshake(&self) -> Self {
        Self { progress: Arc::default(), ..self.clone() }
    }

    /// The server agreed to TLS, whatever came of it.
    pub(crate) fn has_begun(&self) -> bool {
        self.progress.begun.load(Ordering::Relaxed)
    }

    /// The server agreed to TLS, and the handshake failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_begun() && !self.progress.done.load(Ordering::Relaxed)
    }

    /// What the server did, if it is a matter of TLS: the end of a sentence that begins with "the server at …".
    pub(crate) fn explain(&self, error: &tokio_postgres::Error) -> Option<String> {
        let error = error.source()?.downcast_ref::<io::Error>()?;
        let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
        Some(match error {
            rustls::Error::InvalidCertificate(error) => {
                format!("has a certificate that {}", self.explain_certificate(error))
            }
            rustls::Error::AlertReceived(
                AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure,
            ) => format!(
                "ended the TLS handshake ({error}): it may want a client certificate, sslcert and sslkey"
            ),
            rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
                "takes no version of TLS between ssl_min_protocol_version and ssl_max_protocol_version: widen them"
                    .to_owned()
            }
            rustls::Error::AlertReceived(alert) => format!(
                "ended the TLS handshake by the alert {alert:?}: see its log, and check sslcert and sslkey if they \
                 are set"
            ),
            other => format!("and this side agree on no TLS: {other}"),
        })
    }

    fn explain_certificate(&self, error: &CertificateError) -> String {
        match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => format!(
                "is not signed by an authority of {}: set sslrootcert to the PEM file of the one that signed it",
                self.roots
            ),
            CertificateError::NotValidForNameContext { expected, presented } => {
                let expected = expected.to_str();
                let presented: Vec<&str> = presented.iter().map(|name| plain_name(name)).collect();
                let presented = match presented.as_slice() {
                    [] => "no name at all (a common name does not count, only subjectAltName)".to_owned(),
                    names => names.join(", "),
                };
                format!("is for {presented}, not for {expected}: connect by a name that it is for")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "has expired: renew it on the server".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "is not valid yet: compare the clocks of the two machines".to_owned()
            }
            CertificateError::Other(error) => match error.0.to_string().as_str() {
                OLD_CERTIFICATE => {
                    "is of X.509 version 1, which rustls does not take: make one of version 3, with a subjectAltName"
                        .to_owned()
                }
                CA_AS_SERVER => format!(
                    "is one of an authority and is not itself in {}: set sslrootcert to that very certificate, or \
                     sign another one for the server",
                    self.roots
                ),
                other => format!("rustls does not take: {other}"),
            },
            other => format!("rustls does not take: {other}"),
        }
    }
}

/// The name in webpki's `DnsName("name")` or `IpAddress(address)`.
fn plain_name(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

impl MakeTlsConnect<Socket> for Connector {
    type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
    type TlsConnect = Handshake;
    type Error = Infallible;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, Infallible> {
        let rustls = MakeTlsConnect::<Socket>::make_tls_connect(&mut self.rustls, host)?;
        Ok(Handshake { rustls, progress: Arc::clone(&self.progress) })
    }
}

type Rustls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;

/// One handshake, which is begun after the server has agreed to it.
pub(crate) struct Handshake {
    rustls: Rustls,
    progress: Arc<Progress>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = <Rustls as TlsConnect<Socket>>::Stream;
    type Error = <Rustls as TlsConnect<Socket>>::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        self.progress.begun.store(true, Ordering::Relaxed);
        Box::pin(async move {
            let stream = self.rustls.connect(socket).await?;
            self.progress.done.store(true, Ordering::Relaxed);
            Ok(stream)
        })
    }
}
