//! What was typed and may be a password, wherever it was typed: no message repeats it.

use std::collections::BTreeSet;
use std::ffi::OsString;

use migrate_source::masked;
use serde_json::Value;

/// The arguments that may hold a password, with what may be shown of each.
pub(crate) struct Hidden(Vec<(String, String)>);

impl Hidden {
    pub(crate) fn of(args: &[OsString]) -> Self {
        let mut typed = BTreeSet::new();
        for arg in args.iter().skip(1).map(|arg| arg.to_string_lossy()) {
            // `--option=value` is shown without the option, and a path as its pieces are joined.
            typed.extend(arg.split_once('=').map(|(_, value)| value.to_owned()));
            typed.insert(arg.into_owned());
        }
        let hidden = typed.into_iter().map(|typed| (masked(&typed), typed));
        let mut hidden: Vec<_> =
            hidden.filter(|(shown, typed)| shown != typed).map(|(shown, typed)| (typed, shown)).collect();
        // One may be a piece of another.
        hidden.sort_by_key(|(typed, _)| std::cmp::Reverse(typed.len()));
        Self(hidden)
    }

    /// The text without them.
    pub(crate) fn out_of(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (typed, shown)| text.replace(typed, shown))
    }

    /// The same for what programs get.
    pub(crate) fn out_of_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.out_of(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.out_of_value(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.out_of_value(value)),
            _ => {}
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
            (&["u:s3cret@h/d"], "no folder u:s3cret@h/d", "no folder ***"),
        ] {
            let args: Vec<OsString> =
                std::iter::once("migrate").chain(args.iter().copied()).map(OsString::from).collect();
            let hidden = Hidden::of(&args);
            assert_eq!(hidden.out_of(text), expected);
            let mut value = serde_json::json!({ "a": [text], "b": 1 });
            hidden.out_of_value(&mut value);
            assert_eq!(value, serde_json::json!({ "a": [expected], "b": 1 }));
        }
    }
}
