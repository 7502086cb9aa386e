//! The table itself, and what becomes of those in it.

use std::collections::BTreeSet;

use super::super::attributes::Attributes;
use super::super::conninfo::Conninfo;
use super::super::sslmode::{Root, SslMode};
use super::{ALIASES, KEYWORDS, Keyword, Known, OF_OTHERS, SEARCH_PATHS, STRICT, known};

/// The page of the book, and the names that the manual of PostgreSQL 18 lists.
const PAGE: &str = include_str!("../../../../docs/src/connections.md");

fn parse(string: &str) -> Conninfo {
    Conninfo::parse_in(string, &|_| None).unwrap_or_else(|error| panic!("{string}: {error}"))
}

#[test]
fn each_name_is_there_once_and_in_the_book() {
    let names: BTreeSet<&str> = KEYWORDS.iter().map(|keyword| keyword.name).collect();
    let variables: Vec<&str> = KEYWORDS.iter().filter_map(|keyword| keyword.variable).collect();
    assert_eq!(names.len(), KEYWORDS.len());
    assert_eq!(variables.iter().collect::<BTreeSet<_>>().len(), variables.len());
    for name in names {
        let is_there = [format!("`{name}`"), format!("`{name}=")].iter().any(|text| PAGE.contains(text));
        assert!(is_there, "{name} is not in docs/src/connections.md");
    }
}

#[test]
fn another_name_stands_for_one_that_is_known() {
    for (alias, name) in ALIASES {
        let is_meant = matches!(known(alias), Some(Known::Libpq(keyword)) if keyword.name == name);
        assert!(is_meant, "{alias}");
    }
    for (name, how) in SEARCH_PATHS {
        assert!(matches!(known(name), Some(Known::SearchPath(found)) if found == how), "{name}");
        assert!(PAGE.contains(&format!("`{name}`")), "{name} is not in docs/src/connections.md");
    }
    for Keyword { name, .. } in &STRICT {
        assert!(PAGE.contains(&format!("`{name}=")), "{name} is not in docs/src/connections.md");
    }
    for name in OF_OTHERS {
        assert!(matches!(known(name), Some(Known::Other(other)) if other == name), "{name}");
    }
    assert!(known("sslmod").is_none());
}

/// One `DATABASE_URL` serves several drivers.
#[test]
fn understands_what_others_write() {
    let string = "postgres://u@h/d?statement-cache-capacity=0&ssl-mode=REQUIRE&ssl-root-cert=/r&ssl-cert=/c&ssl-key=/k\
                  &pgbouncer=true&pool_max_conns=9&options[app.name]=a b&options=-c x=1&options[y]=2";
    let Conninfo { config, tls, .. } = parse(string);
    assert_eq!((tls.root, tls.mode), (Some(Root::File("/r".into())), SslMode::Require));
    assert_eq!((tls.cert, tls.key), (Some("/c".into()), Some("/k".into())));
    assert_eq!(config.get_options(), Some("-c x=1 -c y=2"));
    let one = parse("postgres://h?options[app.name]=a%20b").config;
    assert_eq!(one.get_options(), Some(r"-c app.name=a\ b"));
    assert_eq!(parse("host=h requiressl=1").tls.mode, SslMode::Require);
    assert_eq!(parse("host=h requiressl=0").tls.mode, SslMode::Prefer);
}

#[test]
fn the_schema_of_others_is_the_search_path() {
    for (query, expected) in [
        ("schema=public", "-c search_path=public"),
        ("schema=My%20App", r#"-c search_path="My\ App""#),
        ("schema=a%22b", r#"-c search_path="a""b""#),
        ("currentSchema=app,public", "-c search_path=app,public"),
        ("currentSchema=app,%20public", r"-c search_path=app,\ public"),
        ("schema_search_path=app", "-c search_path=app"),
        // What is said in the server's own words counts, wherever it stands.
        ("schema=a&options=-csearch_path%3Db", "-c search_path=a -csearch_path=b"),
        ("options=-cx.y%3D1&schema=a", "-c search_path=a -cx.y=1"),
        ("schema=a&options[x.y]=1", "-c search_path=a -c x.y=1"),
    ] {
        assert_eq!(
            parse(&format!("postgres://u@h/d?{query}")).config.get_options(),
            Some(expected),
            "{query}"
        );
    }
    assert_eq!(parse("host=h currentSchema=app").config.get_options(), Some("-c search_path=app"));
    assert_eq!(parse("postgres://u@h/d?schema=").config.get_options(), None);
}

/// To pass over it would check less than the other driver does.
#[test]
fn a_strict_check_of_others_is_not_passed_over() {
    parse("postgres://u@h/d?sslaccept=accept_invalid_certs");
    let refused =
        Conninfo::parse_in("postgres://u@h/d?sslaccept=strict", &|_| None).err().map(|one| one.to_string());
    assert!(refused.as_ref().is_some_and(|text| text.contains("use sslmode=verify-full")), "{refused:?}");
}

#[test]
fn passes_over_what_asks_for_nothing() {
    for words in [
        "sslcompression=1 gssencmode=prefer krbsrvname=p gsslib=gssapi gssdelegation=0",
        "gssencmode=disable client_encoding=UTF8 replication=false min_protocol_version=3.0",
        "max_protocol_version=latest requirepeer=postgres sslcrl='' require_auth=''",
    ] {
        parse(&format!("host=h {words}"));
    }
}

#[test]
fn reads_the_numbers_and_what_is_wanted() {
    let config = parse(
        "host=h connect_timeout=' 3 ' keepalives=0 keepalives_idle=4 keepalives_interval=5 keepalives_count=6 \
         tcp_user_timeout=7 fallback_application_name=f",
    )
    .config;
    let seconds = std::time::Duration::from_secs;
    assert_eq!(config.get_connect_timeout(), Some(&seconds(3)));
    assert!(!config.get_keepalives());
    assert_eq!(config.get_keepalives_idle(), seconds(4));
    assert_eq!(config.get_keepalives_interval(), Some(seconds(5)));
    assert_eq!(config.get_keepalives_retries(), Some(6));
    assert_eq!(config.get_tcp_user_timeout(), Some(&std::time::Duration::from_millis(7)));
    assert_eq!(config.get_application_name(), Some("f"));
    let named = parse("host=h application_name=a fallback_application_name=f").config;
    assert_eq!(named.get_application_name(), Some("a"));
    for (value, expected) in [
        ("any", Attributes::Any),
        ("read-write", Attributes::ReadWrite),
        ("read-only", Attributes::ReadOnly),
        ("primary", Attributes::Primary),
        ("standby", Attributes::Standby),
        ("prefer-standby", Attributes::PreferStandby),
    ] {
        let attributes = parse(&format!("postgres://h?target_session_attrs={value}")).attributes;
        assert_eq!((attributes, attributes.to_string()), (expected, value.to_owned()));
    }
    assert_eq!(parse("host=h").attributes, Attributes::Any);
}
