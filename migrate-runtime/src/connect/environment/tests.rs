//! Tables of environments, and what they stand for.

use std::path::Path;

use super::super::conninfo::{Conninfo, Host};
use super::super::parameter::with_parameter;
use super::{home, names_a_database, password};

fn variables<'v>(pairs: &'v [(&'v str, &'v str)]) -> impl Fn(&str) -> Option<String> + 'v {
    |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

fn parse(string: &str, pairs: &[(&str, &str)]) -> Conninfo {
    Conninfo::parse_in(string, &variables(pairs)).unwrap_or_else(|error| panic!("{string}: {error}"))
}

fn error(string: &str, pairs: &[(&str, &str)]) -> String {
    match Conninfo::parse_in(string, &variables(pairs)) {
        Ok(_) => panic!("{string}: no error"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn who_names_a_database() {
    for (pairs, expected) in [
        (&[][..], false),
        (&[("PGPASSWORD", "x"), ("PGSSLMODE", "require"), ("USER", "me")], false),
        (&[("PGHOST", "")], false),
        (&[("PGHOST", "db")], true),
        (&[("PGDATABASE", "shop")], true),
        (&[("PGSERVICE", "shop")], true),
    ] {
        assert_eq!(names_a_database(&variables(pairs)), expected, "{pairs:?}");
    }
    assert!(error("", &[("PGSSLMODE", "require")]).contains("is empty"));
    assert_eq!(parse("", &[("PGHOST", "db")]).hosts[0].to_string(), "db:5432");
}

#[test]
fn an_error_names_the_variable_that_is_at_fault() {
    for (pair, expected) in [
        (
            ("PGSSLMODE", "requir"),
            "PGSSLMODE in the environment has a value that is not supported here: use disable or",
        ),
        (("PGCONNECT_TIMEOUT", "soon"), "PGCONNECT_TIMEOUT in the environment is not a number"),
        (("PGREQUIREAUTH", "scram-sha-256"), "PGREQUIREAUTH in the environment is not supported here: "),
        (("PGSSLCRL", "/crl"), "PGSSLCRL in the environment is not supported here: "),
        (("PGTARGETSESSIONATTRS", "master"), "PGTARGETSESSIONATTRS in the environment has a value"),
        (("PGPORT", "x"), "PGPORT in the environment is not a number from 1 to 65535: write digits alone"),
        (("PGPORT", "1,2"), "PGPORT in the environment has neither one port for all hosts nor"),
        (("PGHOSTADDR", "db"), "PGHOSTADDR in the environment is not a numeric IP address"),
        (("PGHOSTADDR", "::1,::1"), "host in the connection string and PGHOSTADDR in the environment differ"),
        (("PGSSLNEGOTIATION", "direct"), "sslmode=prefer is too weak"),
        (("PGSERVICEFILE", "/nowhere"), ""),
    ] {
        let pairs = [pair, ("PGSERVICE", if expected.is_empty() { "x" } else { "" })];
        let error = error("postgres://h/d", &pairs);
        assert!(
            error.contains(if expected.is_empty() {
                "the service file /nowhere cannot be read"
            } else {
                expected
            }),
            "{error}"
        );
    }
}

#[test]
fn sslmode_is_named_with_the_variable_that_set_it() {
    for (string, pair, expected) in [
        ("host=h", ("PGSSLMODE", "require"), "sslmode=require (set by PGSSLMODE in the environment)"),
        ("host=h", ("PGREQUIRESSL", "1"), "sslmode=require (set by PGREQUIRESSL in the environment)"),
        ("host=h sslmode=disable", ("PGSSLMODE", "require"), "sslmode=disable"),
        ("host=h", ("PGSSLMODE", ""), "sslmode=prefer"),
    ] {
        assert_eq!(parse(string, &[pair]).tls.to_string(), expected, "{string} {pair:?}");
    }
    let weak = error("host=h sslrootcert=system", &[("PGSSLMODE", "require")]);
    assert!(weak.starts_with("sslmode=require (set by PGSSLMODE in the environment) is too weak"), "{weak}");
}

#[test]
fn messages_name_the_address_that_is_dialled() {
    for (string, address, message, place) in [
        ("postgres://127.0.0.1:5", "10.255.255.1", "127.0.0.1:5 (address 10.255.255.1)", "127.0.0.1:5"),
        ("postgres://db", "::1", "db:5432 (address ::1)", "db:5432"),
        ("postgres://127.0.0.1", "127.0.0.1", "127.0.0.1:5432", "127.0.0.1:5432"),
        ("postgres://", "127.0.0.1", "127.0.0.1:5432", "127.0.0.1:5432"),
    ] {
        let host = parse(string, &[("PGHOSTADDR", address)]).hosts.remove(0);
        assert_eq!((&*host.to_string(), &*host.place()), (message, place));
    }
}

#[test]
fn unknown_service_names_the_files_that_were_read() {
    let file = tempfile::NamedTempFile::new().unwrap_or_else(|error| panic!("{error}"));
    let path = file.path().display().to_string();
    let error = error("service=billing", &[("PGSERVICEFILE", &path), ("PGSYSCONFDIR", "/nonexistent")]);
    let expected =
        format!("no service `billing` in {path}: add a section [billing] to {path}, or name another file");
    assert!(error.contains(&expected), "{error}");
}

#[test]
#[cfg(feature = "cli")]
fn the_variables_stand_for_a_string() {
    let string = |pairs: &[(&str, &str)]| {
        super::super::string_of(&variables(pairs)).unwrap_or_else(|error| panic!("{error}"))
    };
    let all = [
        ("PGHOST", "db"),
        ("PGDATABASE", "it's"),
        ("PGUSER", "app"),
        ("PGPASSWORD", r"a\b"),
        ("PGSSLMODE", "require"),
        ("PGTARGETSESSIONATTRS", "primary"),
    ];
    let conninfo = parse(&string(&all), &[]);
    assert_eq!(conninfo.config.get_dbname(), Some("it's"));
    assert_eq!(conninfo.config.get_password(), Some(&br"a\b"[..]));
    assert_eq!(conninfo.attributes.to_string(), "primary");
    let here = string(&[("PGDATABASE", "shop"), ("PGPORT", "1"), ("USER", "me")]);
    assert_eq!(here, "dbname='shop' host='localhost' port='1' user='me'");
}

#[test]
#[cfg(any(feature = "cli", feature = "fleet", feature = "testing"))]
fn a_password_is_added_to_either_kind_of_string() {
    for (before, user) in [
        ("postgres://app@h/shop", "app"),
        ("postgres://app@h/shop?sslmode=disable", "app"),
        ("host=h user=app", "app"),
    ] {
        let string = with_parameter(before, "password", r"p'a s\s:&é");
        let conninfo = parse(&string, &[]);
        assert_eq!(conninfo.config.get_password(), Some(r"p'a s\s:&é".as_bytes()), "{string}");
        assert_eq!(conninfo.config.get_user(), Some(user));
    }
}

#[test]
fn the_first_line_that_fits_has_the_password() {
    let file = "# host:port:database:user:password\n\
                other:*:*:*:no\n\
                h:5433:*:*:port\n\
                h:5432:shop:app:one:two\\:three\\\\\n\
                localhost:*:*:app:socket\n\
                \\*:*:*:*:star\n\
                h:*:*:*:rest\n";
    for (string, expected) in [
        ("host=h user=app dbname=shop", Some("one:two:three\\")),
        ("host=h user=app", Some("rest")),
        ("host=h user=shop port=5433", Some("port")),
        ("host=h user=app port=5434 dbname=shop", Some("rest")),
        ("host=/tmp user=app", Some("socket")),
        ("host=/run/own user=app", None),
        ("host=g user=app", None),
    ] {
        let conninfo = parse(string, &[]);
        let user = conninfo.config.get_user().unwrap_or_default();
        let database = conninfo.config.get_dbname().unwrap_or(user);
        let host: &Host = &conninfo.hosts[0];
        assert_eq!(password(file, host, database, user).as_deref(), expected, "{string}");
    }
    let star = Host { name: Some("*".into()), address: None, port: 5432, password: None };
    assert_eq!(password(file, &star, "app", "app").as_deref(), Some("star"));
}

#[test]
fn files_are_in_the_home_folder() {
    let in_home = [("HOME", "/home/me"), ("APPDATA", "/home/me")];
    let path = home(&variables(&in_home), ".pgpass", "pgpass.conf");
    assert!(path.is_some_and(|path| path.starts_with(Path::new("/home/me"))));
    assert_eq!(home(&|_| None, ".pgpass", "pgpass.conf"), None);
}
