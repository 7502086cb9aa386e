//! The places that have an expression.

use migrate_schema::{Fact, Kind};

/// A place that has an expression.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    /// `{name}`, `{e}` with the columns of `t`, `{new}` with those of `new`, `{value}` with VALUE for `vc`, `{constant}`.
    declare: &'static str,
}

pub(crate) const PLACES: &[Place] = &[
    Place { name: "check", declare: "ALTER TABLE t ADD CONSTRAINT {name} CHECK ({e})" },
    Place { name: "not valid", declare: "ALTER TABLE t ADD CONSTRAINT {name} CHECK ({e}) NOT VALID" },
    Place { name: "domain", declare: "CREATE DOMAIN {name} AS varchar(8) CONSTRAINT {name} CHECK ({value})" },
    Place {
        name: "generated",
        declare: "ALTER TABLE t ADD COLUMN {name} boolean GENERATED ALWAYS AS ({e}) STORED",
    },
    Place { name: "default", declare: "CREATE TABLE {name} (x boolean DEFAULT ({constant}))" },
    Place { name: "text default", declare: "CREATE TABLE {name} (x varchar(9) DEFAULT ({constant}))" },
    Place { name: "array default", declare: "CREATE TABLE {name} (x varchar[] DEFAULT ({constant}))" },
    Place { name: "index", declare: "CREATE INDEX {name} ON t (({e}))" },
    Place { name: "predicate", declare: "CREATE INDEX {name} ON t (id) WHERE {e}" },
    Place {
        name: "exclusion",
        declare: "ALTER TABLE t ADD CONSTRAINT {name} EXCLUDE USING btree (({e}) WITH =) WHERE ({e})",
    },
    Place { name: "statistics", declare: "CREATE STATISTICS {name} ON ({e}), id FROM t" },
    Place { name: "view", declare: "CREATE VIEW {name} AS SELECT {e} AS c FROM t" },
    Place {
        name: "materialized view",
        declare: "CREATE MATERIALIZED VIEW {name} AS SELECT id FROM t WHERE {e}",
    },
    Place { name: "policy", declare: "CREATE POLICY {name} ON t USING ({e}) WITH CHECK ({e})" },
    Place {
        name: "trigger",
        declare: "CREATE TRIGGER {name} BEFORE UPDATE ON t FOR EACH ROW WHEN ({new}) EXECUTE FUNCTION react()",
    },
    Place { name: "rule", declare: "CREATE RULE {name} AS ON UPDATE TO t WHERE {new} DO INSTEAD NOTHING" },
    Place {
        name: "body",
        declare: "CREATE FUNCTION {name}() RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT {e} FROM t; END",
    },
    Place {
        name: "argument",
        declare: "CREATE FUNCTION {name}(a int, b boolean DEFAULT {constant}) RETURNS int LANGUAGE sql RETURN a",
    },
    Place { name: "key", declare: "CREATE TABLE {name}p ({columns}) PARTITION BY LIST (({e}))" },
    Place { name: "filter", declare: "CREATE PUBLICATION {name} FOR TABLE t WHERE ({e})" },
];

/// Those of a table that is partitioned.
const COLUMNS: &str = "vc varchar, v8 varchar(8), tx text, i int, s smallint, b bigint, n numeric, bo boolean, d date, va varchar[], \
    ta text[], c3 char(3), ci cidr";

/// The columns of `t` for which there is a constant, and that.
const CONSTANTS: [(&str, &str); 16] = [
    ("vc", "'v'::varchar"),
    ("v8", "'v'::varchar(8)"),
    ("tx", "'t'::text"),
    ("c3", "'c'::char(3)"),
    ("ds", "'d'::short"),
    ("m", "'ok'::mood"),
    ("i", "1"),
    ("s", "2::smallint"),
    ("b", "3::bigint"),
    ("n", "4.5::numeric(10, 2)"),
    ("f8", "5::float8"),
    ("bo", "true"),
    ("d", "date '2026-01-01'"),
    ("ia", "ARRAY[1, 2]"),
    ("va", "ARRAY['v'::varchar]"),
    ("ta", "ARRAY['t']"),
];

impl Place {
    pub(crate) fn declare(&self, name: &str, expression: &str) -> String {
        let constant = |word: &str| {
            CONSTANTS.iter().find(|(column, _)| *column == word).map(|(_, constant)| format!("({constant})"))
        };
        let new =
            |word: &str| CONSTANTS.iter().any(|(column, _)| *column == word).then(|| format!("new.{word}"));
        let value = |word: &str| (word == "vc").then(|| "VALUE".to_owned());
        self.declare
            .replace("{name}", name)
            .replace("{constant}", &with_words(expression, constant))
            .replace("{new}", &with_words(expression, new))
            .replace("{value}", &with_words(expression, value))
            .replace("{columns}", COLUMNS)
            .replace("{e}", expression)
    }
}

/// Other words for some of those that are not in quotes, nor behind a point.
fn with_words(text: &str, other: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let (mut word, mut quote) = (String::new(), None);
    for letter in text.chars().chain([' ']) {
        if quote.is_none() && (letter.is_alphanumeric() || letter == '_') {
            word.push(letter);
            continue;
        }
        let is_part = out.ends_with(['.', '\'']) || letter == '\'';
        out += &other(&word).filter(|_| !is_part).unwrap_or_else(|| word.clone());
        word.clear();
        match quote {
            Some(open) if open == letter => quote = None,
            None if "'\"".contains(letter) => quote = Some(letter),
            _ => {}
        }
        out.push(letter);
    }
    out.trim_end().to_owned()
}

/// The statement that makes a thing of the tests out of what PostgreSQL prints, as it is. Nothing for parts of others.
pub(crate) fn as_printed(fact: &Fact) -> Option<String> {
    let path = fact.key().path();
    let leaf = path.last()?;
    let of = |name: &str| fact.get(name).unwrap_or_default();
    let table = path.get(1).map(String::as_str).unwrap_or_default();
    let is_made = |name: &String| {
        name.starts_with('k') && name.ends_with(|last: char| last.is_ascii_digit() || last == 'p')
    };
    if !path.iter().any(is_made) {
        return None;
    }
    Some(match fact.key().kind() {
        Kind::Constraint => format!("ALTER TABLE {table} ADD CONSTRAINT {leaf} {}", of("definition")),
        Kind::Domain => format!("CREATE DOMAIN {leaf} AS varchar(8)"),
        Kind::DomainConstraint => format!("ALTER DOMAIN {table} ADD CONSTRAINT {leaf} {}", of("definition")),
        Kind::View => format!("CREATE VIEW {leaf} AS {}", of("definition")),
        Kind::MaterializedView => format!("CREATE MATERIALIZED VIEW {leaf} AS {}", of("definition")),
        Kind::Policy => {
            format!("CREATE POLICY {leaf} ON {table} USING ({}) WITH CHECK ({})", of("using"), of("check"))
        }
        Kind::Index | Kind::Statistics | Kind::Trigger | Kind::Rule | Kind::Function => {
            of("definition").to_owned()
        }
        Kind::Column if table == "t" => {
            format!(
                "ALTER TABLE t ADD COLUMN {leaf} boolean GENERATED ALWAYS AS ({}) STORED",
                of("generated")
            )
        }
        Kind::Table if fact.get("partitioned_by").is_some() => {
            format!("CREATE TABLE {leaf} ({COLUMNS}) PARTITION BY {}", of("partitioned_by"))
        }
        Kind::Table => format!("CREATE TABLE {leaf} ()"),
        Kind::Column if !table.ends_with('p') => {
            format!("ALTER TABLE {table} ADD COLUMN {leaf} {}", of("type"))
        }
        Kind::Publication => format!("CREATE PUBLICATION {leaf}"),
        Kind::Default => format!("ALTER TABLE {table} ALTER COLUMN {leaf} SET DEFAULT {}", of("expression")),
        Kind::PublicationMember => {
            format!("ALTER PUBLICATION {} ADD TABLE t WHERE ({})", path[0], of("condition"))
        }
        _ => return None,
    })
}
