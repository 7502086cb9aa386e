//! Range types. Nothing of one can be altered but its owner, and the names of the functions that make its values.

use crate::fact::Fact;
use crate::key::{qualified, split_outside_quotes};
use crate::kinds::common;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Range;

impl Rule for Range {
    fn query(&self) -> &'static str {
        include_str!("../catalog/range.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let lines =
            OPTIONS.iter().filter_map(|(name, word)| fact.get(name).map(|value| format!("{word} = {value}")));
        let lines: Vec<String> = lines.collect();
        let sql = format!("CREATE TYPE {} AS RANGE (\n    {}\n)", fact.key.sql(), lines.join(",\n    "));
        let mut statements = common::create_owned("TYPE", fact, sql);
        let there = renamed_constructors(&usual_constructors(fact), fact).into_iter().map(|(there, _)| there);
        statements.extend(there);
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TYPE {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        if OPTIONS.iter().any(|(name, _)| old.get(name) != new.get(name)) {
            return Change::Convert;
        }
        let mut statements: Vec<Statement> =
            constructors(old, new).into_iter().map(|(there, _)| there).collect();
        statements.extend(common::alter_owner("TYPE", old, new));
        Change::by(statements)
    }
}

/// Whether a range differs at most in the names of its multirange and of its functions: these do not follow when the range
/// gets another one.
pub(crate) fn is_same_but_for_names(old: &Fact, new: &Fact) -> bool {
    OPTIONS.iter().all(|(name, _)| *name == "multirange" || old.get(name) == new.get(name))
}

/// Gives the functions that make values of a range other names; there, and back.
pub(crate) fn constructors(old: &Fact, new: &Fact) -> Vec<(Statement, Statement)> {
    renamed_constructors(&old.list("_constructors"), new)
}

fn renamed_constructors(before: &[String], new: &Fact) -> Vec<(Statement, Statement)> {
    let (after, arguments) = (new.list("_constructors"), new.list("_arguments"));
    let each = before.iter().zip(&after).zip(&arguments).filter(|((from, to), _)| from != to);
    let renamed = each.filter_map(|((from, to), arguments)| {
        let call = |path: &[String]| format!("FUNCTION {}({arguments})", qualified(path));
        Some(renamed(call, &path(from)?, &path(to)?))
    });
    renamed.flatten().collect()
}

/// Gives the multirange of a range another name; there, and back.
pub(crate) fn multirange(old: &Fact, new: &Fact) -> Vec<(Statement, Statement)> {
    let paths = path(old.text("_multirange")).zip(path(new.text("_multirange")));
    let call = |path: &[String]| format!("TYPE {}", qualified(path));
    paths.map(|(from, to)| renamed(call, &from, &to)).unwrap_or_default()
}

fn renamed(
    call: impl Fn(&[String]) -> String,
    from: &[String],
    to: &[String],
) -> Vec<(Statement, Statement)> {
    let between = [to[0].clone(), from[1].clone()];
    let alter = |path: &[String], change: String| Statement::new(format!("ALTER {} {change}", call(path)));
    let mut statements = Vec::new();
    if from[0] != to[0] {
        let set = |path: &[String], schema: &str| alter(path, format!("SET SCHEMA {schema}"));
        statements.push((set(from, &to[0]), set(&between, &from[0])));
    }
    if from[1] != to[1] {
        let rename = |path: &[String], name: &str| alter(path, format!("RENAME TO {name}"));
        statements.push((rename(&between, &to[1]), rename(to, &from[1])));
    }
    statements
}

/// The schema and the name that a text of the catalog's has.
fn path(name: &str) -> Option<Vec<String>> {
    match split_outside_quotes(name, '.')?.as_slice() {
        [name] => Some(vec!["public".to_owned(), (*name).to_owned()]),
        [schema, name] => Some(vec![(*schema).to_owned(), (*name).to_owned()]),
        _ => None,
    }
}

/// What the functions are called when the type is made.
fn usual_constructors(fact: &Fact) -> Vec<String> {
    let multirange = path(fact.text("_multirange")).and_then(|mut path| path.pop()).unwrap_or_default();
    let names = [fact.key.name(), fact.key.name(), &multirange, &multirange, &multirange];
    names.map(|name| fact.key.with_name(name).sql()).to_vec()
}

/// An attribute, and the word for it.
const OPTIONS: [(&str, &str); 6] = [
    ("subtype", "SUBTYPE"),
    ("operator_class", "SUBTYPE_OPCLASS"),
    ("collation", "COLLATION"),
    ("canonical", "CANONICAL"),
    ("difference", "SUBTYPE_DIFF"),
    ("multirange", "MULTIRANGE_TYPE_NAME"),
];
