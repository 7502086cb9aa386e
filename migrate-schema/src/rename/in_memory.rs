//! A schema as it is read after something on a table got another name, without a database that renames it.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::common::literal;
use crate::schema::Schema;

/// Gives another name to one thing: in its own definition, and wherever others name it.
pub(super) fn rename(schema: &mut Schema, from: &Key, to: &Key) {
    let called: Vec<(Key, Key)> = schema
        .dependents(from)
        .filter_map(|fact| Some((fact.key.clone(), called_after(fact, from, to)?)))
        .collect();
    let keys: BTreeMap<Key, Key> = called.into_iter().chain([(from.clone(), to.clone())]).collect();
    let renamed = |key: &Key| keys.get(key).unwrap_or(key).clone();
    let change = |fact: &Fact| {
        let mut fact = if fact.key == *from { with_name(fact, to) } else { fact.clone() };
        if fact.needs.contains_key(from) {
            for text in fact.attributes.values_mut() {
                *text = speaking_of(text, from, to);
            }
        }
        if fact.has("part_of_index") && fact.list("part_of_index") == index(from) {
            fact.attributes.insert("part_of_index".to_owned(), json(&index(to)));
        }
        if fact.has("part_of_key") && fact.list("part_of_key") == from.path() {
            fact.attributes.insert("part_of_key".to_owned(), json(to.path()));
        }
        Fact {
            key: renamed(&fact.key),
            needs: fact.needs.iter().map(|(key, need)| (renamed(key), *need)).collect(),
            ..fact
        }
    };
    let dependents = keys.keys().flat_map(|key| schema.dependents(key).map(|fact| fact.key.clone()));
    let affected: BTreeSet<Key> = dependents.chain(keys.keys().cloned()).collect();
    schema.change(&affected, change);
}

/// The thing with the name of another one, and in its schema.
pub(crate) fn with_name(fact: &Fact, to: &Key) -> Fact {
    let mut renamed = Fact { key: to.clone(), ..fact.clone() };
    for (attribute, text) in &mut renamed.attributes {
        if matches!(attribute.as_str(), "definition" | "_index") {
            *text = defining(text, &fact.key, to).unwrap_or_else(|| text.clone());
        }
    }
    renamed
}

/// A definition of PostgreSQL's with another name in it: `CREATE UNIQUE INDEX a ON …`. `None`: it has no name in it.
fn defining(text: &str, from: &Key, to: &Key) -> Option<String> {
    let word = match from.kind() {
        Kind::Index | Kind::Constraint => "INDEX ",
        Kind::Trigger => "TRIGGER ",
        Kind::Rule => "RULE ",
        Kind::Statistics => "STATISTICS ",
        Kind::Function => "FUNCTION ",
        Kind::Procedure => "PROCEDURE ",
        _ => return None,
    };
    let at = text.find(word).filter(|_| text.starts_with("CREATE "))? + word.len();
    let is_in_schema = matches!(from.kind(), Kind::Statistics | Kind::Function | Kind::Procedure);
    let place = |key: &Key| format!("{}.", key.path()[0]);
    let (from_place, to_place) = if is_in_schema && text[at..].starts_with(&place(from)) {
        (place(from), place(to))
    } else {
        Default::default()
    };
    let rest = text[at..].strip_prefix(&from_place)?.strip_prefix(from.name())?;
    Some(format!("{}{to_place}{}{rest}", &text[..at], to.name()))
}

/// What is called after a thing: a comment on it, who may do what with it, the owner of a sequence.
fn called_after(fact: &Fact, from: &Key, to: &Key) -> Option<Key> {
    let path = fact.key.path();
    match fact.key.kind() {
        Kind::SequenceOwner if path == from.path() => Some(Key::new(Kind::SequenceOwner, to.path().to_vec())),
        // Whether a partition's part of a foreign key is enforced.
        Kind::TriggerState if path.ends_with(from.path()) && path.len() > from.path().len() => {
            let table = &path[..path.len() - from.path().len()];
            Some(Key::new(Kind::TriggerState, [table, to.path()].concat()))
        }
        Kind::Comment | Kind::Privileges if fact.is_part_of(from) => {
            let (what, name) = path.split_first()?;
            // The index of a constraint has a comment of its own.
            let renamed = if name == from.path() { to.path().to_vec() } else { index(to) };
            let is_its = name == from.path() || name == index(from);
            is_its.then(|| Key::new(fact.key.kind(), [vec![what.clone()], renamed].concat()))
        }
        _ => None,
    }
}

/// The words by which others name it.
fn speaking_of(text: &str, from: &Key, to: &Key) -> String {
    let words = |key: &Key| match key.kind() {
        Kind::Sequence => vec![format!("{}::regclass", literal(&qualified(key.path())))],
        Kind::Constraint => {
            vec![format!("ON CONSTRAINT {} ", key.name()), format!("USING INDEX {}", key.name())]
        }
        Kind::Index => vec![format!("USING INDEX {}", key.name())],
        _ => Vec::new(),
    };
    words(from).iter().zip(words(to)).fold(text.to_owned(), |text, (from, to)| text.replace(from, &to))
}

/// The schema and the name of an index, or of that of a key.
fn index(key: &Key) -> Vec<String> {
    vec![key.path()[0].clone(), key.name().to_owned()]
}

/// A list as the catalog's queries write it.
fn json(names: &[String]) -> String {
    let names: Vec<String> =
        names.iter().map(|name| serde_json::Value::from(name.as_str()).to_string()).collect();
    format!("[{}]", names.join(", "))
}
