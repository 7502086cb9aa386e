//! Identity columns: when they count, and how.

use crate::fact::Fact;
use crate::kinds::sequence::{Span, limits};
use crate::kinds::{identity_sequence, position};
use crate::rule::World;
use crate::statement::Statement;

/// Makes an identity column out of another column, or changes how it counts.
pub(crate) fn alter(alter: &str, old: &Fact, new: &Fact, world: World<'_>) -> Vec<Statement> {
    let Some(when) = new.get("identity") else { return Vec::new() };
    let options = new.text("identity_options");
    if !old.has("identity") {
        let options = identity_sequence::options(new);
        let (before, after) = position::of_identity(old, new, world);
        let add = Statement::new(format!("{alter} ADD GENERATED {when} AS IDENTITY{options}"));
        return before.into_iter().chain([add]).chain(after).collect();
    }
    let mut parts = Vec::new();
    // By now the sequence is of the column's new type.
    let after = span(new, new.text("type"));
    let mut before = None;
    if old.get("identity") != new.get("identity") {
        parts.push(format!("SET GENERATED {when}"));
    }
    if old.text("identity_options") != options || old.text("type") != new.text("type") && !options.is_empty()
    {
        let has = |word: &str| options.contains(word);
        // What PostgreSQL takes for no maximum depends on the type before, and on the direction.
        let most = format!("MAXVALUE {}", limits(new.text("type")).1);
        let given = SEQUENCE_WORDS.iter().filter_map(|(word, none)| {
            let none = none.unwrap_or(&most);
            if has(word) {
                option_of(options, word).map(|option| format!("SET {option}"))
            } else {
                option_of(old.text("identity_options"), word).map(|_| format!("SET {none}"))
            }
        });
        parts.extend(given);
        before = Some(span(old, old.text("type")));
    }
    before.as_ref().unwrap_or(&after).altered_into(&after, old.text("_sequence"), alter, parts)
}

/// The numbers that an identity column gets. What its options do not say is as in a sequence that goes up.
pub(crate) fn span(fact: &Fact, of: &str) -> Span {
    let options = fact.text("identity_options");
    Span::new(of, |name| {
        let value = |word: &str| {
            option_of(options, word).and_then(|option| Some(option.rsplit_once(' ')?.1.to_owned()))
        };
        match name {
            "minimum" => Some(value("MINVALUE").unwrap_or_else(|| "1".to_owned())),
            // Left out, it is that of the type, also where the numbers go down.
            "maximum" => value("MAXVALUE").or_else(|| Some(limits(of).1.to_string())),
            "increment" => value("INCREMENT BY"),
            "start" => Some(value("START WITH").unwrap_or_else(|| "1".to_owned())),
            _ => None,
        }
    })
}

/// An option of an identity's sequence, and what it is by default. `None`: the maximum is that of the type.
const SEQUENCE_WORDS: [(&str, Option<&str>); 6] = [
    ("START WITH", Some("START WITH 1")),
    ("INCREMENT BY", Some("INCREMENT BY 1")),
    ("MINVALUE", Some("MINVALUE 1")),
    ("MAXVALUE", None),
    ("CACHE", Some("CACHE 1")),
    ("CYCLE", Some("NO CYCLE")),
];

fn option_of(options: &str, word: &str) -> Option<String> {
    let at = options.find(word)?;
    let rest = &options[at + word.len()..];
    let value = rest.split_whitespace().next().filter(|_| word != "CYCLE").unwrap_or_default();
    Some(format!("{word} {value}").trim_end().to_owned())
}
