//! Tables of connection strings, and what they mean.

use tokio_postgres::config::SslMode as Step;

use super::super::environment::default_host;
use super::super::sslmode::{Root, SslMode, Tls, Version};
use super::{Conninfo, Host};

/// A string in an environment that says nothing.
fn read(string: &str) -> Result<Conninfo, super::ConnectError> {
    Conninfo::parse_in(string, &|_| None)
}

fn parse(string: &str) -> Conninfo {
    match read(string) {
        Ok(conninfo) => conninfo,
        Err(error) => panic!("{string}: {error}"),
    }
}

fn error(string: &str) -> String {
    // A service is named in clear.
    let string = &*string.replace("service=secret", "service=billing");
    match read(string) {
        Ok(_) => panic!("{string}: no error"),
        Err(error) => {
            assert!(!format!("{error} {error:?}").contains("secret"), "{string}: {error:?}");
            error.to_string()
        }
    }
}

/// The defaults.
fn tls() -> Tls {
    Tls {
        mode: SslMode::Prefer,
        mode_set_by: String::new(),
        root: None,
        anonymous: false,
        cert: None,
        key: None,
        direct: false,
        sni: true,
        versions: Version::Tls12..=Version::Tls13,
    }
}

#[test]
fn takes_the_hosts_out() {
    for (string, expected) in [
        ("postgres://h", &["h:5432"][..]),
        ("postgresql://u@h:1/d", &["h:1"]),
        ("postgres://u:p@a:1,b,[::1]:3/d", &["a:1", "b:5432", "[::1]:3"]),
        ("postgres://[::1]", &["[::1]:5432"]),
        ("postgres://a,b/?port=7", &["a:7", "b:7"]),
        ("postgres://a/?host=b&port=7", &["b:7"]),
        ("postgres://%2Frun%2Fpg:7/d", &["/run/pg/.s.PGSQL.7"]),
        ("postgres:///d?host=/run/pg", &["/run/pg/.s.PGSQL.5432"]),
        ("postgres:///d?host=a,/run/pg&port=1,2", &["a:1", "/run/pg/.s.PGSQL.2"]),
        ("postgres://ho%73t/d", &["host:5432"]),
        ("postgres://h?hostaddr=127.0.0.1", &["h:5432"]),
        ("postgres://?hostaddr=127.0.0.1,::1", &["127.0.0.1:5432", "[::1]:5432"]),
        ("host=a,b port=1,", &["a:1", "b:5432"]),
        ("host = 'a'  port\n=\t1 ", &["a:1"]),
        ("host=a host=b", &["b:5432"]),
        ("host=a,b hostaddr=127.0.0.1,", &["a:5432", "b:5432"]),
        ("host=fe80::1%eth0", &["[fe80::1%eth0]:5432"]),
    ] {
        let hosts: Vec<String> = parse(string).hosts.iter().map(Host::place).collect();
        assert_eq!(hosts, expected, "{string}");
    }
}

/// As for libpq, there is one where none is named.
#[test]
fn finds_the_server_of_this_machine() {
    let here = |port: u16| {
        let name = default_host(port);
        if name.starts_with('/') { format!("{name}/.s.PGSQL.{port}") } else { format!("{name}:{port}") }
    };
    for (string, expected) in [
        ("postgres://", vec![here(5432)]),
        ("postgres:///d", vec![here(5432)]),
        ("postgres://u:p@/d?port=1", vec![here(1)]),
        ("dbname=d host=", vec![here(5432)]),
        ("host=a,,b port=1,2,3", vec!["a:1".to_owned(), here(2), "b:3".to_owned()]),
    ] {
        let hosts: Vec<String> = parse(string).hosts.iter().map(Host::to_string).collect();
        assert_eq!(hosts, expected, "{string}");
    }
}

/// What is shown of a connection that is understood: the table of what is not is beside `masked`.
#[test]
fn notices_a_name_that_has_swallowed_a_password() {
    for (string, swallowed) in [
        ("postgres://u:secret@h/d", false),
        ("postgres://u%40tenant:secret@h/d", false),
        ("postgres://u%3Asecret@h/d", true),
        ("postgres://u,secret@h/d", true),
        ("postgres://u/secret@h/d", true),
        ("postgres://u|secret@h/d", true),
        ("postgres://u%20secret@h/d", true),
        ("postgres://u%40server%40secret@h/d", true),
        ("host=h user=u/secret@", true),
        ("host=h user='my user' dbname=d", true),
        ("host=h user=u$ dbname='my db/1'", false),
        ("postgres://u%3asecret:p@h/d", true),
        ("postgres://h/d?user=u:secret", true),
        ("host=h user=u:secret", true),
        ("postgres://u@h/d:secret", true),
        ("postgres://u@h/d%3Fpwd%3Dsecret", true),
        ("postgres://u@h/d;pwd=secret", true),
        ("host=h options='-c app.password=secret'", true),
        ("host=h options='-c app.tenant=acme'", false),
    ] {
        assert_eq!(parse(string).has_swallowed, swallowed, "{string}");
    }
}

#[test]
fn leaves_the_rest_to_tokio_postgres() {
    for (string, user, password, database) in [
        ("postgres://h", None, None, None),
        ("postgres://u@h/d", Some("u"), None, Some("d")),
        ("postgres://u:p%40s%73@h/d?sslmode=disable", Some("u"), Some("p@ss"), Some("d")),
        ("postgres://u%3A:p:q@h", Some("u:"), Some("p:q"), None),
        ("postgres://u:a/b=@h/d", Some("u"), Some("a/b="), Some("d")),
        ("postgres://u:a?b@h/d?sslmode=allow", Some("u"), Some("a?b"), Some("d")),
        ("postgres://h/d?user=u&password=p@q=r&sslmode=require", Some("u"), Some("p@q=r"), Some("d")),
        ("postgres://u@h/d?dbname=e%20f", Some("u"), None, Some("e f")),
        (r"host=h user=u password='a b\'c\\d' dbname=d", Some("u"), Some(r"a b'c\d"), Some("d")),
        (r"host=h password=it\'s\ one'two sslmode=prefer user=u", Some("u"), Some("it's one'two"), None),
        ("host=h password='' user=u dbname=d dbname='e'", Some("u"), None, Some("e")),
    ] {
        let config = parse(string).config;
        assert_eq!(config.get_user(), user, "{string}");
        assert_eq!(config.get_password(), password.map(str::as_bytes), "{string}");
        assert_eq!(config.get_dbname(), database, "{string}");
        assert!(config.get_hosts().is_empty() && config.get_ports().is_empty(), "{string}");
    }
    let config = parse("postgres://h/?application_name=a@b'c&options=-c%20x%3D\\1&connect_timeout=3").config;
    assert_eq!(config.get_application_name(), Some("a@b'c"));
    assert_eq!(config.get_options(), Some(r"-c x=\1"));
    assert_eq!(config.get_connect_timeout().map(std::time::Duration::as_secs), Some(3));
}

#[test]
fn reads_the_tls_parameters() {
    let system = || Tls { mode: SslMode::VerifyFull, root: Some(Root::System), ..tls() };
    let mode = |mode| Tls { mode, ..tls() };
    for (parameters, expected) in [
        ("", tls()),
        ("sslmode=disable", mode(SslMode::Disable)),
        ("sslmode=allow", mode(SslMode::Allow)),
        ("sslmode=prefer", mode(SslMode::Prefer)),
        ("sslmode=require", mode(SslMode::Require)),
        ("ssl=true", mode(SslMode::Require)),
        ("sslmode=verify-ca", mode(SslMode::VerifyCa)),
        ("sslmode=verify-full", mode(SslMode::VerifyFull)),
        ("sslmode=disable&sslmode=allow", mode(SslMode::Allow)),
        ("sslrootcert=system", system()),
        ("sslrootcert=system&sslmode=verify-full", system()),
        ("sslrootcert=%20&sslrootcert=", tls()),
        ("sslrootcert=./system", Tls { root: Some(Root::File("./system".into())), ..tls() }),
        ("sslrootcert=/a%20b", Tls { root: Some(Root::File("/a b".into())), ..tls() }),
        ("sslcert=/c&sslkey=/k", Tls { cert: Some("/c".into()), key: Some("/k".into()), ..tls() }),
        ("sslcertmode=disable", Tls { anonymous: true, ..tls() }),
        ("sslsni=0&sslcompression=1&gssencmode=prefer&sslcertmode=allow", Tls { sni: false, ..tls() }),
        ("sslnegotiation=direct&ssl=true", Tls { direct: true, ..mode(SslMode::Require) }),
        ("sslnegotiation=postgres", tls()),
        ("ssl_min_protocol_version=TLSv1.1", tls()),
        ("ssl_min_protocol_version=tlsv1.3", Tls { versions: Version::Tls13..=Version::Tls13, ..tls() }),
        ("ssl_max_protocol_version=TLSv1.2", Tls { versions: Version::Tls12..=Version::Tls12, ..tls() }),
    ] {
        assert_eq!(parse(&format!("postgres://h/d?{parameters}")).tls, expected, "{parameters}");
        // The same in words, where neither of the two is special.
        if !parameters.contains("ssl=") && !parameters.contains('%') {
            let words = format!("host=h {} dbname=d", parameters.replace('&', " "));
            assert_eq!(parse(&words).tls, expected, "{words}");
        }
    }
    assert_eq!(
        parse(r"host=h sslrootcert='/a b\'c' sslmode=verify-ca").tls,
        Tls { root: Some(Root::File("/a b'c".into())), ..mode(SslMode::VerifyCa) }
    );
}

#[test]
fn refuses_with_a_hint_and_without_the_password() {
    for (string, expected) in [
        ("", "is empty, and the environment names no database"),
        (" \n", "is empty"),
        ("postgres://u%3Asecret%40h/d", "a character that no host has"),
        ("postgres://u|secret/d", "a character that no host has"),
        ("postgres://u%20secret/d", "a character that no host has"),
        ("host=h:secret", "write the port as port="),
        ("jdbc:postgresql://h:1/d?user=u&password=secret", "write it as postgres://user:password@h:1/d"),
        ("jdbc:postgresql://u:secret@h,i/d", "write it as postgres://user:password@host:port/d"),
        ("jdbc:postgresql:secret", "write it as postgres://user:password@host:port/name"),
        ("jdbc:mysql://u:secret@h", "write it as postgres://user:password@host:port/name"),
        ("\"postgres://u:secret@h/d?a=b\"", "neither a URL"),
        ("mysql://u:secret@h/d?a=b", "neither a URL"),
        ("mysql://u:secret@h/d", "neither a URL"),
        ("host", "neither a URL"),
        ("host=h password='secret", "no closing quote"),
        ("host=h password=se cret=secret", "parameter 3 of"),
        ("host=h password=the secret", "between single quotes"),
        ("postgres://u:se@cret@secret/d", "%40"),
        ("postgres://u:p@secret@h", "%40"),
        ("postgres://h?password=p@secret", "%3F"),
        ("postgres://u:secret/d", "%2F"),
        ("postgres://h:secret", "not a number from 1 to 65535"),
        ("postgres://h:0", "not a number from 1 to 65535"),
        ("postgres://[::1/d", "a character that no host has"),
        ("postgres://h/d?password=a&secret=b", "parameter 2 of the connection string is not known"),
        ("postgres://h/d?password=a&secret", "parameter 2 of the URL has no value"),
        ("host=h user=u secret=x", "parameter 3 of the connection string is not known"),
        (
            "postgres://h/d?options[secret=x]=1&options[]=1",
            "parameter 1 of the connection string is not known",
        ),
        ("postgres://h/d?=secret", "is not known"),
        ("postgres://u:secret%ff@h", "not UTF-8"),
        ("host=h sslmod=require", "known are application_name, channel_binding, "),
        (
            "postgres://u:secret@h/d?schemata=x",
            "unknown option `schemata` in the connection string: known are",
        ),
        ("postgres://u:p@h/d?password=a&b=c", "is not known"),
        ("postgres://u:p@h?secret=c@d", "is not known"),
        ("postgres://u@h/d&password=secret", "is within another value"),
        ("postgres://u@h/d;password=secret", "is within another value"),
        ("host=h&password=secret", "is within another value"),
        ("host=a,b,c port=1,2", "one for each"),
        ("host=a,b hostaddr=127.0.0.1", "differ in length"),
        ("host=h hostaddr=secret", "numeric IP address"),
        ("host=h connect_timeout=secret", "connect_timeout in the connection string is not a number"),
        ("host=h keepalives=secret", "keepalives in the connection string is not a number"),
        (
            "host=h target_session_attrs=secret",
            "use any or read-write or read-only or primary or standby or prefer-standby",
        ),
        ("host=h channel_binding=secret", "use disable or prefer or require"),
        ("host=h load_balance_hosts=secret", "use disable or random"),
        ("host=h sslmode=secret", "sslmode in the connection string has a value"),
        ("postgres://h?sslmode=", "use disable or allow or prefer or require or verify-ca or verify-full"),
        ("host=h sslrootcert=system sslmode=require", "sslmode=require is too weak for sslrootcert=system"),
        ("host=h sslrootcert=system sslmode=disable", "sslmode=disable is too weak"),
        ("host=h sslnegotiation=direct", "sslmode=prefer is too weak for sslnegotiation=direct"),
        ("host=h sslnegotiation=fast", "use postgres or direct"),
        ("host=h sslcertmode=require", "sslcertmode"),
        ("host=h gssencmode=require", "gssencmode"),
        ("host=h sslsni=2", "use 0 or 1"),
        ("host=h ssl_max_protocol_version=TLSv1.1", "use TLSv1.2 or TLSv1.3"),
        ("host=h ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2", "is above"),
        (
            "host=h sslcrl=/c",
            "sslcrl in the connection string is not supported here: remove it, and set sslrootcert",
        ),
        ("host=h sslcrldir=/c", "sslcrldir in the connection string is not supported here"),
        ("host=h sslpassword=secret", "decrypt the key"),
        ("host=h sslkeylogfile=secret", "remove it"),
        ("host=h require_auth=secret", "channel_binding=require"),
        ("host=h replication=database", "no migration runs on such a connection"),
        ("host=h min_protocol_version=3.2", "version 3.0 of the protocol"),
        ("host=h scram_client_key=secret", "give the password"),
        ("host=h oauth_issuer=secret", "log in with a password or a client certificate"),
        ("host=h service=secret", "there is no service `billing` in a service file: add a section [billing]"),
        ("host=/run requirepeer=postgres", "/run/.s.PGSQL.5432 is a Unix-domain socket"),
        ("hostaddr=127.0.0.1 sslmode=verify-full", "sslmode=verify-full demands a host name"),
    ] {
        let error = error(string);
        assert!(error.contains(expected), "{string}: {error}");
        assert!(!error.contains('\n') && !error.ends_with('.'), "{error}");
    }
}

#[test]
fn tries_what_libpq_tries() {
    for (mode, expected) in [
        (SslMode::Disable, (Step::Disable, None)),
        (SslMode::Allow, (Step::Disable, Some(Step::Require))),
        (SslMode::Prefer, (Step::Prefer, Some(Step::Disable))),
        (SslMode::Require, (Step::Require, None)),
        (SslMode::VerifyCa, (Step::Require, None)),
        (SslMode::VerifyFull, (Step::Require, None)),
    ] {
        assert_eq!(mode.steps(), expected, "{mode}");
    }
}

#[test]
fn knows_where_there_is_no_tls() {
    let host = |string| parse(string).hosts.remove(0);
    for (string, is_unix, name) in [
        ("host=h", false, Some("h")),
        ("host=h hostaddr=127.0.0.1", false, Some("h")),
        ("hostaddr=127.0.0.1", false, None),
        ("host=/run", cfg!(unix), None),
        ("host=/run hostaddr=127.0.0.1", false, None),
    ] {
        assert_eq!(host(string).is_unix(), is_unix, "{string}");
        assert_eq!(host(string).name_for_tls(), name, "{string}");
    }
}

/// Strings made of the pieces that the parser looks for, the same ones at each run: none makes it panic, and whatever is
/// shown of them, the password is not, where it is plain that it is one.
#[test]
fn any_string_is_taken_or_refused_and_no_password_is_shown() {
    const PIECES: [&str; 28] = [
        "postgres://",
        "postgresql://",
        "user",
        ":secret@",
        "@",
        "/",
        "?",
        "&",
        "=",
        "host",
        "port",
        "password=secret",
        "sslmode",
        "verify-full",
        "hostaddr",
        "127.0.0.1",
        "[::1]",
        ",",
        "'",
        "\\",
        " ",
        "\n",
        "%",
        "%2F",
        "%C3",
        "é",
        "5432",
        "\0",
    ];
    // Marsaglia's xorshift.
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("small")
    };
    let mut taken = 0;
    for _ in 0..20_000 {
        let string: String = (0..next(12)).map(|_| PIECES[next(PIECES.len())]).collect();
        match read(&string) {
            Ok(conninfo) => {
                taken += 1;
                // The hosts are taken out, and there is always one.
                assert!(!conninfo.hosts.is_empty() && conninfo.config.get_hosts().is_empty(), "{string:?}");
            }
            Err(error) => assert!(!format!("{error} {error:?}").contains("secret"), "{string:?}: {error:?}"),
        }
    }
    assert!((200..19_000).contains(&taken), "{taken} were taken");
}
