//! Tables of environments, and what they stand for.

use super::super::conninfo::Conninfo;
use super::super::parameter::with_parameter;
use super::{password, password_file, string_of};

fn string(variables: &[(&str, &str)]) -> Option<String> {
    let get =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    string_of(&get).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn variables_stand_for_a_string() {
    assert_eq!(string(&[]), None);
    assert_eq!(string(&[("PGPASSWORD", "x"), ("PGSSLMODE", "require"), ("USER", "me")]), None);
    assert_eq!(string(&[("PGHOST", "")]), None);
    let of_host = string(&[("PGHOST", "db"), ("PGPORT", "5433"), ("USER", "me")]);
    assert_eq!(of_host.as_deref(), Some("host='db' port='5433' user='me'"));
    let all = [
        ("PGHOST", "db"),
        ("PGDATABASE", "it's"),
        ("PGUSER", "app"),
        ("PGPASSWORD", r"a\b"),
        ("PGSSLMODE", "require"),
    ];
    let of_all = string(&all).unwrap_or_default();
    assert_eq!(of_all, r"host='db' dbname='it\'s' user='app' password='a\\b' sslmode='require'");
    let conninfo = Conninfo::parse(&of_all).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(conninfo.config.get_dbname(), Some("it's"));
    assert_eq!(conninfo.config.get_password(), Some(&br"a\b"[..]));
}

#[test]
fn a_host_is_found_where_none_is_named() {
    let found = string(&[("PGDATABASE", "shop"), ("PGPORT", "1"), ("USER", "me")]);
    assert_eq!(found.as_deref(), Some("port='1' dbname='shop' host='localhost' user='me'"));
}

#[test]
fn a_service_is_not_passed_over() {
    let error = string_of(&|name| (name == "PGSERVICE").then(|| "billing".to_owned()));
    let error = error.map_or_else(|error| error.to_string(), |_| String::new());
    assert!(error.starts_with("PGSERVICE=billing names a service of libpq"), "{error}");
}

#[test]
fn a_password_is_added_to_either_kind_of_string() {
    for (before, user) in [
        ("postgres://app@h/shop", "app"),
        ("postgres://app@h/shop?sslmode=disable", "app"),
        ("host=h user=app", "app"),
    ] {
        let string = with_parameter(before, "password", r"p'a s\s:&é");
        let conninfo = Conninfo::parse(&string).unwrap_or_else(|error| panic!("{string}: {error}"));
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
        ("host=* user=app", Some("star")),
        ("host=g user=app", None),
    ] {
        let conninfo = Conninfo::parse(string).unwrap_or_else(|error| panic!("{string}: {error}"));
        let user = conninfo.config.get_user().unwrap_or_default();
        assert_eq!(password(file, &conninfo, user).as_deref(), expected, "{string}");
    }
}

#[test]
fn the_file_is_in_the_home_folder_unless_it_is_named() {
    let home = |name: &str| (name == "HOME" || name == "APPDATA").then(|| "/home/me".to_owned());
    assert!(password_file(&home).is_some_and(|path| path.starts_with("/home/me")));
    let named = |name: &str| (name == "PGPASSFILE").then(|| "/etc/pass".to_owned());
    assert_eq!(password_file(&named), Some("/etc/pass".into()));
    assert_eq!(password_file(&|_| None), None);
}
