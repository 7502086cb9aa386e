//! A schema whose expressions PostgreSQL prints in two ways, through every verb that compares schemas.

use migrate_server::Server;
use serde_json::json;

use crate::life::Life;
use crate::session::Session;

const DECLARED: &str = "\
CREATE TABLE parts (kind varchar(8) CHECK (kind IN ('a', 'b')), n int CHECK (n BETWEEN 1 AND 9 AND kind IS NOT NULL), at timestamptz);
CREATE INDEX recent ON parts (n) WHERE at > '2026-01-01 00:00:00+00' AND kind NOT IN ('c', 'd');
CREATE VIEW known AS SELECT n FROM parts WHERE EXISTS (SELECT 'x' WHERE kind IN ('e', 'f'));
";

/// The same as PostgreSQL prints it when it has read what it printed.
const PRINTED_TWICE: &str = "\
CREATE TABLE parts (
    kind varchar(8) CHECK (((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))),
    n int CHECK (((n >= 1) AND (n <= 9) AND (kind IS NOT NULL))),
    at timestamptz
);
CREATE INDEX recent ON parts (n) WHERE ((at > '2026-01-01 09:00:00+09'::timestamp with time zone)
    AND ((kind)::text <> ALL (ARRAY[('c'::character varying)::text, ('d'::character varying)::text])));
CREATE VIEW known AS SELECT n FROM parts WHERE (EXISTS ( SELECT 'x'::text AS text
    WHERE ((parts.kind)::text = ANY (ARRAY[('e'::character varying)::text, ('f'::character varying)::text]))));
";

#[test]
fn no_verb_sees_a_difference_between_two_spellings() {
    let life = Life::new(Session::with(&[]));
    let server = Server::start().unwrap();
    let dev = ["--dev-url", server.url()];
    let with_dev = |args: &[&'static str]| [args, &dev[..]].concat();
    life.sql(DECLARED);
    life.sql(&format!("ALTER DATABASE {} SET timezone TO 'Asia/Tokyo'", life.name));
    let (object, code) = life.session.json(&with_dev(&["dump"]));
    assert_eq!((code, &object["residue"]), (0, &json!([])), "{object:#}");
    life.session.write("schema.sql", object["sql"].as_str().unwrap());
    life.session.run_quietly(&with_dev(&["generate", "init"]), 0);
    let files = life.session.names("migrations");
    // Neither the dump nor what it was made of asks for more.
    for schema in [object["sql"].as_str().unwrap(), DECLARED, PRINTED_TWICE] {
        life.session.write("schema.sql", schema);
        life.session.run_quietly(&with_dev(&["generate", "again"]), 0);
        assert_eq!(life.session.names("migrations"), files);
    }
    let version = files.iter().find_map(|name| name.split_once('_')).unwrap().0.to_owned();
    life.session.run_quietly(&["baseline", &version], 0);
    let (object, code) = life.session.json(&with_dev(&["drift"]));
    assert_eq!((code, &object["differences"]), (0, &json!([])), "{object:#}");
    life.sql("CREATE DATABASE other");
    let other = life.server.url_of("other");
    life.session.run_quietly(&["up", "--database-url", &other], 0);
    life.session.run_quietly(&["diff", &life.url, &other], 0);
}
