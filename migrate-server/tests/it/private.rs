//! A temporary server: what it is, what it can be told, and that it goes.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::{fs, panic};

use migrate_server::{Error, Options, Origin, Server};

use crate::owner::Owner;
use crate::skip::skip;
use crate::support::{answer_to_tls, asks_for_password, listens, port_of, query};

#[test]
fn works_and_goes_when_dropped() {
    let server = Server::start().unwrap();
    let port = port_of(server.url());
    let dir = server.data_dir().unwrap().to_owned();
    assert!(server.is_private());
    assert!(asks_for_password(port));
    assert_eq!(answer_to_tls(port), b'N');
    for (sql, answer) in [
        ("select current_user || ' ' || current_database()", "postgres postgres"),
        ("show server_encoding", "UTF8"),
        ("show fsync", "off"),
        ("show password_encryption", "scram-sha-256"),
    ] {
        assert_eq!(query(&server, sql), answer, "{sql}");
    }
    assert!(server.url_of("other db").ends_with(&format!("@127.0.0.1:{port}/other%20db")));

    // Nobody else gets in, and nobody else reads the password.
    assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o777, 0o700);
    let password = fs::read_to_string(dir.join("password")).unwrap();
    assert!(server.url().contains(&format!("postgres:{password}@")));
    assert!(!format!("{server:?}").contains(&password));
    let log = fs::read_to_string(dir.join("server.log")).unwrap();
    assert!(log.contains("ready to accept connections"), "{log}");

    drop(server);
    assert!(!listens(port));
    assert!(!dir.exists());
}

#[test]
fn several_live_side_by_side() {
    let one = Server::start().unwrap();
    let other = Server::start().unwrap();
    assert_ne!(port_of(one.url()), port_of(other.url()));
    drop(one);
    assert!(asks_for_password(port_of(other.url())));
}

#[test]
fn goes_with_a_panic() {
    let server = Server::start().unwrap();
    let port = port_of(server.url());
    let dir = server.data_dir().unwrap().to_owned();
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        let _owned = server;
        panic::resume_unwind(Box::new("as told"));
    }));
    assert!(result.is_err());
    assert!(!listens(port) && !dir.exists());
}

#[test]
fn takes_settings() {
    let server = Options::new()
        .setting("max_prepared_transactions", "10")
        .setting("search_path", "a, \"b c\"")
        // This one is ours.
        .setting("listen_addresses", "*")
        .start()
        .unwrap();
    for (name, value) in [
        ("max_prepared_transactions", "10"),
        ("search_path", "a, \"b c\""),
        ("listen_addresses", "127.0.0.1"),
    ] {
        assert_eq!(query(&server, &format!("show {name}")), value);
    }
}

#[test]
fn a_server_that_does_not_start_says_why() {
    let error = Options::new().setting("no_such_setting", "1").start().unwrap_err();
    assert!(matches!(error, Error::Start { .. }));
    let text = error.to_string();
    assert!(text.contains("unrecognized configuration parameter \"no_such_setting\""), "{text}");
}

#[test]
fn accepts_tls() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    if let Origin::Bundled { .. } = Server::start().unwrap().origin() {
        return skip("tls", "the bundled PostgreSQL is built without it");
    }
    let server = Options::new().tls(cert.pem(), signing_key.serialize_pem()).start().unwrap();
    assert_eq!(answer_to_tls(port_of(server.url())), b'S');
}

#[test]
fn uses_the_binaries_it_is_told_to() {
    let error = Options::new().bin_dir("/nonexistent").start().unwrap_err();
    let Error::NothingFound { looked } = error else { panic!("{error}") };
    assert_eq!(looked.len(), 1);
    assert_eq!(looked[0].place, "/nonexistent");

    let found = Server::start().unwrap();
    let Origin::Installed { bin_dir, version } = found.origin() else {
        return skip("postgres", "none is installed that could be named");
    };
    assert_eq!(found.origin().to_string(), format!("PostgreSQL {version} from {}", bin_dir.display()));
    let again = Options::new().bin_dir(bin_dir).start().unwrap();
    assert_eq!(again.origin(), found.origin());
}

#[test]
fn takes_the_server_of_database_url() {
    let mut owner = Owner::spawn(None, None, "postgres://u@db.example/x");
    let (url, dir) = owner.server();
    assert_eq!(url, "postgres://u@db.example/x");
    assert_eq!(dir, Path::new(""));
}

/// Proves the bundled server where it runs, and its refusal where it does not.
#[cfg(feature = "bundled")]
#[test]
fn bundled_runs_or_says_why_not() {
    match Options::new().bundled().start() {
        Ok(server) => {
            assert!(matches!(server.origin(), Origin::Bundled { .. }));
            let port = port_of(server.url());
            assert!(asks_for_password(port));
            let dir = server.data_dir().unwrap().to_owned();
            assert!(server.bin_dir().unwrap().starts_with(&dir));
            drop(server);
            assert!(!listens(port) && !dir.exists());
        }
        Err(Error::NothingFound { looked }) => {
            assert_eq!(looked.len(), 1);
            assert!(looked[0].why.contains("glibc"), "{looked:?}");
        }
        Err(error) => panic!("{error}"),
    }
}
