//! Operators, their families and classes.

use std::collections::BTreeMap;

use crate::fact::Fact;
use crate::key::qualified;
use crate::kinds::common;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Operator;

impl Rule for Operator {
    fn query(&self) -> &'static str {
        include_str!("../catalog/operator.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        // The one that names it makes it.
        if fact.has("shell") {
            return Vec::new();
        }
        let [name @ .., left, right] = fact.key.path() else { return Vec::new() };
        let mut parts = vec![format!("FUNCTION = {}", fact.text("function"))];
        for (word, side) in [("LEFTARG", left), ("RIGHTARG", right)] {
            parts.extend((side != "NONE").then(|| format!("{word} = {side}")));
        }
        for (attribute, word) in PARTNERS.iter().chain(&ESTIMATORS) {
            parts.extend(fact.get(attribute).map(|value| format!("{word} = {value}")));
        }
        parts.extend(fact.has("hashes").then(|| "HASHES".to_owned()));
        parts.extend(fact.has("merges").then(|| "MERGES".to_owned()));
        let sql = format!("CREATE OPERATOR {} (\n    {}\n)", qualified(name), parts.join(",\n    "));
        common::create_owned("OPERATOR", fact, sql)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP OPERATOR {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, world: World<'_>) -> Change {
        if old.has("shell") {
            return Change::by(self.create(new, &[], world));
        }
        let changes = old.changes(new);
        let can_change = |name: &&str| *name == "owner" || ESTIMATORS.iter().any(|(other, _)| other == name);
        if !changes.iter().all(can_change) {
            return Change::Replace;
        }
        let changed = ESTIMATORS.iter().filter(|(name, _)| changes.contains(name));
        let parts: Vec<String> =
            changed.map(|(name, word)| format!("{word} = {}", new.get(name).unwrap_or("NONE"))).collect();
        let mut statements = Vec::new();
        if !parts.is_empty() {
            let sql = format!("ALTER OPERATOR {} SET ({})", new.key.sql(), parts.join(", "));
            statements.push(Statement::new(sql));
        }
        statements.extend(common::alter_owner("OPERATOR", old, new));
        Change::by(statements)
    }
}

const PARTNERS: [(&str, &str); 2] = [("commutator", "COMMUTATOR"), ("negator", "NEGATOR")];
const ESTIMATORS: [(&str, &str); 2] = [("restrict", "RESTRICT"), ("join", "JOIN")];

#[derive(Debug)]
pub(crate) struct Family;

impl Rule for Family {
    fn query(&self) -> &'static str {
        include_str!("../catalog/operator_family.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let sql = format!("CREATE OPERATOR FAMILY {}", fact.key.sql());
        let mut statements = common::create_owned("OPERATOR FAMILY", fact, sql);
        statements.extend(change_members(fact, &BTreeMap::new(), &members(fact)));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP OPERATOR FAMILY {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let mut statements = change_members(new, &members(old), &members(new));
        statements.extend(common::alter_owner("OPERATOR FAMILY", old, new));
        Change::by(statements)
    }
}

/// What belongs to no class of the family: as DROP names it, and as ADD does.
fn members(fact: &Fact) -> BTreeMap<String, String> {
    fact.get("members").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn change_members(
    fact: &Fact,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<Statement> {
    let differing =
        |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>| -> Vec<(String, String)> {
            let differing = one.iter().filter(|(name, text)| other.get(*name) != Some(text));
            differing.map(|(name, text)| (name.clone(), text.clone())).collect()
        };
    let alter = format!("ALTER OPERATOR FAMILY {}", fact.key.sql());
    let gone: Vec<String> = differing(before, after).into_iter().map(|(name, _)| name).collect();
    let added: Vec<String> = differing(after, before).into_iter().map(|(_, text)| text).collect();
    [("DROP", gone), ("ADD", added)]
        .into_iter()
        .filter(|(_, members)| !members.is_empty())
        .map(|(word, members)| Statement::new(format!("{alter} {word}\n    {}", members.join(",\n    "))))
        .collect()
}

#[derive(Debug)]
pub(crate) struct Class;

impl Rule for Class {
    fn query(&self) -> &'static str {
        include_str!("../catalog/operator_class.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let [name @ .., method] = fact.key.path() else { return Vec::new() };
        let default = if fact.has("default") { " DEFAULT" } else { "" };
        let mut members = fact.list("members");
        members.extend(fact.get("storage").map(|storage| format!("STORAGE {storage}")));
        if members.is_empty() {
            // Something has to stand there.
            members.push(format!("STORAGE {}", fact.text("type")));
        }
        let sql = format!(
            "CREATE OPERATOR CLASS {}{default} FOR TYPE {} USING {method} FAMILY {} AS\n    {}",
            qualified(name),
            fact.text("type"),
            qualified(&fact.list("family")),
            members.join(",\n    ")
        );
        common::create_owned("OPERATOR CLASS", fact, sql)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP OPERATOR CLASS {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        if old.changes(new).iter().any(|name| *name != "owner") {
            return Change::Replace;
        }
        Change::by(common::alter_owner("OPERATOR CLASS", old, new))
    }
}
