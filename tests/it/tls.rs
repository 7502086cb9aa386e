//! `sslmode` against real servers: who is talked to, who is refused, and what the refusal says.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use migrate_server::{Options, Server};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::processes::migrator;
use crate::skip::skip;
use crate::support::{connect as connect_plainly, folder, options, set, value};

/// An authority, and a certificate that it gave to `localhost`.
struct Certificates {
    root: String,
    issuer: Issuer<'static, KeyPair>,
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
        let (certificate, key) = issue(&issuer, "localhost");
        Self { root, issuer, certificate, key }
    }

    fn start(&self, options: Options) -> Option<Server> {
        match options.tls(&*self.certificate, &*self.key).start() {
            Ok(server) => Some(server),
            // The bundled PostgreSQL is built without TLS.
            Err(error) => {
                skip("tls", &format!("no PostgreSQL here has it: {error}"));
                None
            }
        }
    }
}

/// A certificate for a host or a role, and its key.
fn issue(issuer: &Issuer<'_, KeyPair>, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.signed_by(&key, issuer).unwrap().pem(), key.serialize_pem())
}

/// Writes a file that the server may read too, whoever it runs as, and returns its path.
fn write(folder: &Path, name: &str, text: &str) -> String {
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
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
    let Some(server) = certificates.start(options()) else { return };
    let files = tempfile::tempdir().unwrap();
    let root = |name, pem: &str| format!("sslrootcert={}", write(files.path(), name, pem));
    let right = root("right.pem", &certificates.root);
    let wrong = root("wrong.pem", &Certificates::new().root);
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

/// A server that knows the role `robot` by its certificate alone.
#[tokio::test]
async fn a_certificate_of_the_client() {
    let certificates = Certificates::new();
    let files = tempfile::tempdir().unwrap();
    let write = |name, text: &str| write(files.path(), name, text);
    let authority = write("root.pem", &certificates.root);
    let access = "hostssl all robot 127.0.0.1/32 cert\nhost all all 127.0.0.1/32 scram-sha-256\n";
    let options = options().setting("ssl_ca_file", &authority).setting("hba_file", write("hba", access));
    let Some(server) = certificates.start(options) else { return };
    connect_plainly(server.url()).await.batch_execute("CREATE ROLE robot LOGIN").await.unwrap();

    let (robot, robot_key) = issue(&certificates.issuer, "robot");
    let (stranger, stranger_key) = issue(&Certificates::new().issuer, "robot");
    let (other, other_key) = issue(&certificates.issuer, "somebody");
    let cert = write("robot.pem", &robot);
    let key = write("robot.key", &robot_key);
    let as_robot = async |parameters: &str| {
        let (_, host) = server.url().split_once('@').unwrap();
        connect(&format!("postgres://robot@{host}"), "localhost", parameters).await
    };
    let with = async |cert: &str, key: &str| {
        as_robot(&format!("sslmode=verify-full&sslrootcert={authority}&sslcert={cert}&sslkey={key}")).await
    };

    assert_eq!(with(&cert, &key).await.unwrap(), "tls");
    refused(as_robot("sslmode=require").await, "valid client certificate");
    let stranger = with(&write("stranger.pem", &stranger), &write("stranger.key", &stranger_key)).await;
    refused(stranger, "check sslcert and sslkey");
    let other = with(&write("other.pem", &other), &write("other.key", &other_key)).await;
    refused(other, "certificate authentication failed for user \"robot\"");
    // The key of somebody else's, and files that are not what they are said to be.
    refused(with(&cert, &write("another.key", &stranger_key)).await, "do not go together");
    refused(with(&cert, &cert).await, "of sslkey is not a private key");
    refused(with(&key, &key).await, "of sslcert is not a list of certificates");
    refused(with(&cert, "/nowhere.key").await, "/nowhere.key");
    refused(as_robot(&format!("sslkey={key}")).await, "sslkey is set and sslcert is not");
}

/// `system` is what the operating system trusts, which for a process can be one file.
#[tokio::test]
async fn the_roots_of_the_system() {
    let certificates = Certificates::new();
    let Some(server) = certificates.start(options()) else { return };
    let files = tempfile::tempdir().unwrap();
    let migrations = folder(&[("0001_a.sql", "CREATE TABLE a (id int);")]);
    let run = async |host: &str, parameters: &str, root: &str| {
        let url = format!("{}?{parameters}", server.url().replace("127.0.0.1", host));
        let mut process = migrator(migrations.path(), &url);
        let output = process.env("SSL_CERT_FILE", root).output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    };
    let right = write(files.path(), "right.pem", &certificates.root);
    let wrong = write(files.path(), "wrong.pem", &Certificates::new().root);

    // `system` is `verify-full` unless something else is said, and nothing weaker is taken.
    assert_eq!(run("localhost", "sslrootcert=system", &right).await.unwrap(), "1\n");
    refused(run("127.0.0.1", "sslrootcert=system", &right).await, "is for localhost, not for 127.0.0.1");
    refused(run("localhost", "sslrootcert=system", &wrong).await, "operating system's certificate store");
    refused(run("localhost", "sslrootcert=system&sslmode=require", &right).await, "is too weak for");
}

/// TLS from the first byte on, which PostgreSQL speaks since 17.
#[tokio::test]
async fn tls_without_a_question() {
    let certificates = Certificates::new();
    let Some(server) = certificates.start(options()) else { return };
    let client = connect_plainly(server.url()).await;
    let version: u32 = value(&client, "SHOW server_version_num").await.parse().unwrap();
    let to = async |parameters: &str| connect(server.url(), "localhost", parameters).await;

    let direct = to("sslmode=require&sslnegotiation=direct").await;
    if version >= 170_000 {
        assert_eq!(direct.unwrap(), "tls");
    } else {
        refused(direct, "sslnegotiation=direct demands PostgreSQL 17 or newer");
    }
    refused(to("sslmode=prefer&sslnegotiation=direct").await, "is too weak for sslnegotiation=direct");
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
