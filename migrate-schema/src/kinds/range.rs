//! Range types. Nothing of one can be altered but its owner, and the names of the functions that make its values.

use crate::fact::Fact;
use crate::key::{qualified, split_outside_quotes};
use crate::kinds::{common, convert};
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
        let constructors = renamed(constructors(&usual_constructors(fact), fact));
        statements.extend(constructors.into_iter().map(|(there, _)| there));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TYPE {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        if OPTIONS.iter().any(|(name, _)| old.get(name) != new.get(name)) {
            return Change::Convert;
        }
        let constructors = renamed(constructors(&old.list("_constructors"), new));
        let mut statements: Vec<Statement> = constructors.into_iter().map(|(there, _)| there).collect();
        statements.extend(common::alter_owner("TYPE", old, new));
        Change::by(statements)
    }
}

/// Whether a range differs at most in the names of its multirange and of its functions: these do not follow when the range
/// gets another one.
pub(crate) fn is_same_but_for_names(old: &Fact, new: &Fact) -> bool {
    OPTIONS.iter().all(|(name, _)| *name == "multirange" || old.get(name) == new.get(name))
}

/// What belongs to a range, and has a name of its own.
pub(crate) struct Part {
    /// Those of a function. `None`: it is the multirange.
    arguments: Option<String>,
    from: Vec<String>,
    to: Vec<String>,
}

/// The multirange, and the functions that make values, where they are to have other names.
pub(crate) fn names_apart(old: &Fact, new: &Fact) -> Vec<Part> {
    let paths = path(old.text("_multirange")).zip(path(new.text("_multirange")));
    let multirange = paths.map(|(from, to)| Part { arguments: None, from, to });
    let all = multirange.into_iter().chain(constructors(&old.list("_constructors"), new));
    all.filter(|part| part.from != part.to).collect()
}

fn constructors(before: &[String], new: &Fact) -> Vec<Part> {
    let (after, arguments) = (new.list("_constructors"), new.list("_arguments"));
    let each = before.iter().zip(&after).zip(arguments).filter(|((from, to), _)| from != to);
    let parts = each.filter_map(|((from, to), arguments)| {
        Some(Part { arguments: Some(arguments), from: path(from)?, to: path(to)? })
    });
    parts.collect()
}

/// Gives all of them their names; there, and back. One whose name another one is to get is called otherwise meanwhile.
pub(crate) fn renamed(mut parts: Vec<Part>) -> Vec<(Statement, Statement)> {
    let wanted: Vec<_> = parts.iter().map(|part| (part.arguments.clone(), part.to.clone())).collect();
    let mut statements = Vec::new();
    for part in &mut parts {
        if wanted.iter().any(|(arguments, to)| *arguments == part.arguments && *to == part.from) {
            let aside = convert::aside_path(&part.from);
            statements.extend(part.renamed_to(&aside));
            part.from = aside;
        }
    }
    statements.extend(parts.iter().flat_map(|part| part.renamed_to(&part.to)));
    statements
}

impl Part {
    fn renamed_to(&self, to: &[String]) -> Vec<(Statement, Statement)> {
        let from = &self.from;
        let between = [to[0].clone(), from[1].clone()];
        let alter = |path: &[String], change: String| {
            let name = qualified(path);
            Statement::new(match &self.arguments {
                Some(arguments) => format!("ALTER FUNCTION {name}({arguments}) {change}"),
                None => format!("ALTER TYPE {name} {change}"),
            })
        };
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
