//! What was typed and may be a password, wherever it was typed: no message repeats it.

use std::collections::BTreeMap;
use std::ffi::OsString;

use migrate_source::{MASK, masked};
use serde_json::Value;

/// The arguments that may hold a password, with what may be shown of each.
#[derive(Default)]
pub struct Hidden(Vec<(String, String)>);

impl Hidden {
    /// Those of these, the first of which is the name of the program.
    pub fn of(args: &[OsString]) -> Self {
        let mut hidden = BTreeMap::new();
        for arg in args.iter().skip(1).map(|arg| arg.to_string_lossy()) {
            // What is shown of `--option=value` may be the value alone.
            let value = arg.split_once('=').map_or("", |(_, value)| value);
            for typed in [&*arg, value] {
                let shown = masked(typed);
                if shown == typed {
                    continue;
                }
                // A message may show a single piece of a path. A piece that is shown of the whole is not secret.
                let is_secret = |piece: &&str| piece.contains('@') && !shown.contains(*piece);
                let pieces = typed.split('/').filter(is_secret);
                hidden.extend(pieces.map(|piece| (piece.to_owned(), MASK.to_owned())));
                hidden.insert(typed.to_owned(), shown);
            }
        }
        let mut hidden: Vec<_> = hidden.into_iter().collect();
        // One may be a piece of another.
        hidden.sort_by_key(|(typed, _)| std::cmp::Reverse(typed.len()));
        Self(hidden)
    }

    /// The text without them.
    pub fn out_of(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (typed, shown)| text.replace(typed, shown))
    }

    /// The same for what programs get.
    #[must_use]
    pub fn out_of_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.out_of(&text)),
            Value::Array(values) => values.into_iter().map(|value| self.out_of_value(value)).collect(),
            Value::Object(fields) => {
                fields.into_iter().map(|(name, value)| (name, self.out_of_value(value))).collect()
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_typed_comes_back() {
        for (args, text, expected) in [
            (&["up"][..], "no 'up'", "no 'up'"),
            (&["postgres://u:s3cret@h/d"], "'postgres://u:s3cret@h/d' found", "'postgres://u:***@h/d' found"),
            (&["postgres://u:s3 'cret@h"], "'postgres://u:s3 'cret@h' found", "'postgres://u:***@h' found"),
            (&["postgres://u:s3cret/d"], "no postgres://u:s3cret/d", "no postgres://***"),
            (&["--to=postgres://u:s3cret@h"], "value 'postgres://u:s3cret@h'", "value 'postgres://u:***@h'"),
            (&["password=s3cret"], "'password=s3cret' found", "'password=***' found"),
            (&["postgres://u:s3cret@h"], "no migration `u:s3cret@h`", "no migration `***`"),
            (&["postgres://u:x/s3cret@h"], "no migration `s3cret@h`", "no migration `***`"),
            (&["u:s3cret@h/d"], "no folder u:s3cret@h/d", "no folder ***"),
            (&["postgres://u,s3cret@h/d?a=b"], "no u,s3cret@h", "no ***"),
            (&["postgres://u?s3cret@h/d"], "no u?s3cret@h", "no ***"),
            (&["postgres://u@h/d?user=s3cret@h"], "no d?user=s3cret@h", "no ***"),
            (&["--to=user=u/s3cret@ host=h"], "value 'user=u/s3cret@ host=h'", "value 'user=u/***'"),
        ] {
            let args: Vec<OsString> =
                std::iter::once("migrate").chain(args.iter().copied()).map(OsString::from).collect();
            let hidden = Hidden::of(&args);
            assert_eq!(hidden.out_of(text), expected);
            let value = hidden.out_of_value(serde_json::json!({ "a": [text], "b": 1 }));
            assert_eq!(value, serde_json::json!({ "a": [expected], "b": 1 }));
        }
    }

    #[test]
    fn line_of_a_harmless_string_stays_whole() {
        const LINES: [(&str, &str); 16] = [
            ("postgres://u@127.0.0.1:5961/c12?sslmode=disable", "postgres://u@127.0.0.1:5961/c12"),
            ("postgresql://u@h?sslmode=disable", "postgres://u@h:5432/u"),
            ("postgres://u@a:1,b:2/d?target_session_attrs=read-write", "postgres://u@a:1,b:2/d"),
            ("postgres://u@[::1]:2/d?connect_timeout=3", "postgres://u@[::1]:2/d"),
            ("postgres://u@h/d?application_name=me@x", "postgres://u@h:5432/d"),
            ("postgres://u@h/d?options=-c%20a.b%3Dc@d&sslmode=disable", "postgres://u@h:5432/d"),
            ("postgres://u@/d?host=/run/pg&port=6", "postgres://u@/run/pg/.s.PGSQL.6/d"),
            ("postgres://u@%2Frun%2Fpg/d?port=6", "postgres://u@/run/pg/.s.PGSQL.6/d"),
            ("postgres://u@h/my%20db?sslmode=disable", "postgres://u@h:5432/my db"),
            ("postgres://u@h/my%20db", "postgres://u@h:5432/my db"),
            ("postgres://u%40server@h/d?sslmode=disable", "postgres://u@server@h:5432/d"),
            ("postgres://u:s3cret@h/d?application_name=me@x", "postgres://u:***@h:5432/d"),
            ("host=/run/pg user=u dbname=d sslmode=disable", "postgres://u@/run/pg/.s.PGSQL.5432/d"),
            ("host=a,b user=u@server dbname=d password=s3cret", "postgres://u@server:***@a:5432,b:5432/d"),
            ("postgres://u,s3cret@h/d?sslmode=disable", "postgres://u,***@h:5432/d"),
            ("postgres://u/s3cret@h", "postgres://u/***@h:5432/u/***"),
        ];
        for (string, expected) in LINES {
            for args in [
                vec!["--database-url".to_owned(), string.to_owned()],
                vec![format!("--database-url={string}")],
            ] {
                let args = std::iter::once("migrate".to_owned()).chain(args).map(OsString::from);
                let hidden = Hidden::of(&args.collect::<Vec<_>>());
                let target =
                    super::super::Target { database_url: Some(string.to_owned()), ..Default::default() };
                let surroundings =
                    super::super::target::Surroundings { variable: &|_| None, folder: "/nonexistent".into() };
                let database = super::super::target::resolve_in(&target, &surroundings);
                let line = database.unwrap_or_else(|error| panic!("{string}: {error}")).to_string();
                assert_eq!(hidden.out_of(&line), expected, "{string}");
            }
        }
    }
}
