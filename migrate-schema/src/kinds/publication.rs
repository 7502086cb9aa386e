//! Publications and what they publish.

use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;
use crate::kinds::common::{self, literal};
use crate::rule::{Change, Rule, World};
use crate::schema::Schema;
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Publication;

impl Rule for Publication {
    fn query(&self) -> &'static str {
        include_str!("../catalog/publication.sql")
    }

    fn create(&self, fact: &Fact, within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        let mut sql = format!("CREATE PUBLICATION {}", fact.key.sql());
        if fact.has("all_tables") {
            sql += " FOR ALL TABLES";
        } else if !within.is_empty() {
            sql += &format!(" FOR {}", members(within, world.new));
        }
        let options: Vec<String> = OPTIONS.iter().filter_map(|option| option.of(fact)).collect();
        if !options.is_empty() {
            sql += &format!(" WITH ({})", options.join(", "));
        }
        common::create_owned("PUBLICATION", fact, sql)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP PUBLICATION {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        if changes.contains("all_tables") {
            return Change::Replace;
        }
        let changed = OPTIONS.iter().filter(|option| changes.contains(option.attribute));
        let options: Vec<String> =
            changed.map(|option| option.of(new).unwrap_or_else(|| option.usual.to_owned())).collect();
        let mut statements = Vec::new();
        if !options.is_empty() {
            let sql = format!("ALTER PUBLICATION {} SET ({})", new.key.sql(), options.join(", "));
            statements.push(Statement::new(sql));
        }
        statements.extend(common::alter_owner("PUBLICATION", old, new));
        Change::by(statements)
    }
}

/// An option, and how it is written where it is as by default.
struct Setting {
    attribute: &'static str,
    name: &'static str,
    usual: &'static str,
}

const OPTIONS: [Setting; 3] = [
    Setting { attribute: "publish", name: "publish", usual: "publish = 'insert, update, delete, truncate'" },
    Setting {
        attribute: "via_root",
        name: "publish_via_partition_root",
        usual: "publish_via_partition_root = false",
    },
    Setting {
        attribute: "generated_columns",
        name: "publish_generated_columns",
        usual: "publish_generated_columns = none",
    },
];

impl Setting {
    fn of(&self, fact: &Fact) -> Option<String> {
        let value = fact.get(self.attribute)?;
        let value = if self.attribute == "publish" { literal(value) } else { value.to_owned() };
        Some(format!("{} = {value}", self.name))
    }
}

#[derive(Debug)]
pub(crate) struct Member;

impl Rule for Member {
    fn query(&self) -> &'static str {
        include_str!("../catalog/publication_member.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("{} ADD {}", alter(fact), members(&[fact], world.new)))]
    }

    fn drop(&self, fact: &Fact, world: World<'_>) -> Vec<Statement> {
        let (words, name) = place(fact, world.old);
        vec![Statement::new(format!("{} DROP {words} {name}", alter(fact)))]
    }

    fn alter(&self, _old: &Fact, _new: &Fact, _world: World<'_>) -> Change {
        Change::Replace
    }

    fn made_within<'f>(&self, fact: &'f Fact, _world: World<'f>) -> Option<&'f Key> {
        fact.needs.keys().find(|key| key.kind() == Kind::Publication)
    }
}

fn alter(fact: &Fact) -> String {
    format!("ALTER PUBLICATION {}", fact.key.path().first().map_or("", String::as_str))
}

/// The words for the sort of a member, and its name.
fn place(fact: &Fact, schema: &Schema) -> (&'static str, String) {
    match fact.key.path() {
        [_, what, name @ ..] if what == "TABLE" => {
            // What inherits from it is a member by itself, if it is one.
            let table = Key::new(Kind::Table, name.to_vec());
            let mut children =
                schema.dependents(&table).filter(|other| other.key.kind() == Kind::Inheritance);
            let has_heirs = children.any(|child| child.key.path()[2..] == *name && !child.has("bound"));
            ("TABLE", format!("{}{}", if has_heirs { "ONLY " } else { "" }, qualified(name)))
        }
        [_, _, name @ ..] => ("TABLES IN SCHEMA", name.join(".")),
        _ => ("TABLE", String::new()),
    }
}

/// Members as CREATE and ADD list them: the word for a sort stands before the first of it.
fn members(facts: &[&Fact], schema: &Schema) -> String {
    let mut sorted: Vec<(&str, String, &Fact)> = facts
        .iter()
        .map(|fact| {
            let (words, name) = place(fact, schema);
            (words, name, *fact)
        })
        .collect();
    sorted.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let mut last = "";
    let mut parts = Vec::new();
    for (words, name, fact) in sorted {
        let mut sql = if words == last { name } else { format!("{words} {name}") };
        last = words;
        if fact.has("columns") {
            sql += &format!(" ({})", fact.list("columns").join(", "));
        }
        if let Some(condition) = fact.get("condition") {
            // PostgreSQL wants parentheses around it, and does not always give them.
            let is_closed = condition.starts_with('(') && condition.ends_with(')');
            sql += &if is_closed { format!(" WHERE {condition}") } else { format!(" WHERE ({condition})") };
        }
        parts.push(sql);
    }
    parts.join(", ")
}
