//! The judgement of a server's certificate, as strict as `sslmode` demands.

use std::sync::Arc;

use migrate_source::Code;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::ConnectError;
use super::certificates::Roots;

/// webpki's words for the certificate of an authority where that of a server should be.
pub(super) const CA_AS_SERVER: &str = "CaUsedAsEndEntity";
/// Judges the server's certificate as far as the roots and `sslmode` demand it.
#[derive(Debug)]
pub(super) struct Verifier {
    /// `None`: every certificate will do.
    chain: Option<Arc<WebPkiServerVerifier>>,
    roots: Vec<CertificateDer<'static>>,
    /// The name counts too.
    name: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(
        roots: Option<Roots>,
        name: bool,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, ConnectError> {
        let algorithms = provider.signature_verification_algorithms;
        let Some(Roots { certificates, origin }) = roots else {
            return Ok(Self { chain: None, roots: Vec::new(), name, algorithms });
        };
        let mut store = RootCertStore::empty();
        // Some of an operating system's many may be too odd for rustls.
        store.add_parsable_certificates(certificates.iter().cloned());
        let chain =
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider)).build();
        let chain = chain.map_err(|error| {
            ConnectError::new(
                Code::M0508,
                format!("there is no usable root certificate in {origin}: {error}"),
            )
        })?;
        Ok(Self { chain: Some(chain), roots: certificates, name, algorithms })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        let verdict = chain.verify_server_cert(certificate, intermediates, name, ocsp, now);
        match verdict {
            // The name is looked at last: all else is well.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.name => Ok(ServerCertVerified::assertion()),
            // `openssl req -x509` makes the certificate of an authority, and webpki wants none of those for a server.
            // One that is itself a root needs no authority; its validity in time is checked before that.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(error)))
                if error.0.to_string() == CA_AS_SERVER && self.roots.contains(certificate) =>
            {
                if self.name {
                    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
