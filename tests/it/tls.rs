//! `sslmode` against real servers: who is talked to, who is refused, and what the refusal says.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::support::{options, say, set, value};

/// An authority, and a certificate that it gave to `localhost`.
struct Certificates {
    root: String,
    certificate: String,
    key: String,
}

impl Certificates {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_key = KeyPair::generate().unwrap();
        let root = params.self_signed(&root_key).unwrap().pem();
        let issuer = Issuer::new(params, root_key);
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap().pem();
        Self { root, certificate, key: key.serialize_pem() }
    }
}

/// `tls` or `plain`, or why there is no connection.
async fn connect(url: &str, host: &str, parameters: &str) -> Result<String, String> {
    let url = format!("{}?{parameters}", url.replace("127.0.0.1", host));
    let (client, connection) = migrate_runtime::connect(&url).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let sql =
        "SELECT CASE WHEN ssl THEN 'tls' ELSE 'plain' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    Ok(value(&client, sql).await)
}

#[track_caller]
fn refused(result: Result<String, String>, why: &str) {
    let error = result.expect_err("a refusal");
    assert!(error.contains(why), "{error}");
}

#[tokio::test]
async fn a_server_with_tls() {
    let certificates = Certificates::new();
    let server = match options().tls(&*certificates.certificate, &*certificates.key).start() {
        Ok(server) => server,
        // The bundled PostgreSQL is built without TLS.
        Err(error) => return say(&format!("no PostgreSQL with TLS on this machine: not tested ({error})")),
    };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, pem: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        format!("sslrootcert={}", path.display())
    };
    let right = write("right.pem", &certificates.root);
    let wrong = write("wrong.pem", &Certificates::new().root);
    let to = async |host: &str, parameters: &str| connect(server.url(), host, parameters).await;

    assert_eq!(to("localhost", "sslmode=disable").await.unwrap(), "plain");
    assert_eq!(to("localhost", "sslmode=allow").await.unwrap(), "plain");
    assert_eq!(to("localhost", "sslmode=prefer").await.unwrap(), "tls");
    assert_eq!(to("localhost", "").await.unwrap(), "tls");
    assert_eq!(to("127.0.0.1", "sslmode=require").await.unwrap(), "tls");
    assert_eq!(to("localhost", &format!("sslmode=verify-full&{right}")).await.unwrap(), "tls");
    assert_eq!(to("127.0.0.1", &format!("sslmode=verify-ca&{right}")).await.unwrap(), "tls");

    // With a root certificate, `require` is as strict as `verify-ca`.
    for mode in ["require", "verify-ca", "verify-full"] {
        let result = to("localhost", &format!("sslmode={mode}&{wrong}")).await;
        refused(result, "is not signed by an authority of");
    }
    let other_name = to("127.0.0.1", &format!("sslmode=verify-full&{right}")).await;
    refused(other_name, "is for localhost, not for 127.0.0.1");
    refused(to("localhost", "sslmode=verify-full&sslrootcert=/nowhere.pem").await, "/nowhere.pem");
    refused(to("localhost", "sslmode=strict").await, "sslmode in the connection string");

    let set = set(&[("0001_a.sql", "CREATE TABLE a (id int);")]);
    let url = format!("{}?sslmode=verify-full&{right}", server.url().replace("127.0.0.1", "localhost"));
    assert_eq!(set.run_url(&url).await.unwrap().applied().len(), 1);
}

#[tokio::test]
async fn a_server_without_tls() {
    let server = options().start().unwrap();
    let to = async |parameters: &str| connect(server.url(), "127.0.0.1", parameters).await;
    for mode in ["disable", "allow", "prefer"] {
        assert_eq!(to(&format!("sslmode={mode}")).await.unwrap(), "plain");
    }
    refused(to("sslmode=require").await, "does not support TLS, and sslmode=require demands it");
}
