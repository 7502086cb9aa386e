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
            for typed in [&*arg, value].into_iter().filter(|typed| masked(typed) != **typed) {
                hidden.insert(typed.to_owned(), masked(typed));
                // And of a path, its last piece.
                let pieces = typed.split('/').filter(|piece| piece.contains('@'));
                hidden.extend(pieces.map(|piece| (piece.to_owned(), MASK.to_owned())));
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
        ] {
            let args: Vec<OsString> =
                std::iter::once("migrate").chain(args.iter().copied()).map(OsString::from).collect();
            let hidden = Hidden::of(&args);
            assert_eq!(hidden.out_of(text), expected);
            let value = hidden.out_of_value(serde_json::json!({ "a": [text], "b": 1 }));
            assert_eq!(value, serde_json::json!({ "a": [expected], "b": 1 }));
        }
    }
}
