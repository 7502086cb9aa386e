//! Text search: parsers, templates, dictionaries and configurations.

use std::collections::BTreeMap;

use crate::fact::Fact;
use crate::key::qualified;
use crate::kinds::common;
use crate::rule::{Change, Rule, World};
use crate::statement::Statement;

#[derive(Debug)]
pub(crate) struct Parser;

impl Rule for Parser {
    fn query(&self) -> &'static str {
        include_str!("../catalog/text_search_parser.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let (name, definition) = (fact.key.sql(), fact.text("definition"));
        vec![Statement::new(format!("CREATE TEXT SEARCH PARSER {name} ({definition})"))]
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TEXT SEARCH PARSER {}", fact.key.sql()))]
    }

    fn alter(&self, _old: &Fact, _new: &Fact, _world: World<'_>) -> Change {
        Change::Replace
    }
}

#[derive(Debug)]
pub(crate) struct Template;

impl Rule for Template {
    fn query(&self) -> &'static str {
        include_str!("../catalog/text_search_template.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let (name, definition) = (fact.key.sql(), fact.text("definition"));
        vec![Statement::new(format!("CREATE TEXT SEARCH TEMPLATE {name} ({definition})"))]
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TEXT SEARCH TEMPLATE {}", fact.key.sql()))]
    }

    fn alter(&self, _old: &Fact, _new: &Fact, _world: World<'_>) -> Change {
        Change::Replace
    }
}

#[derive(Debug)]
pub(crate) struct Dictionary;

impl Rule for Dictionary {
    fn query(&self) -> &'static str {
        include_str!("../catalog/text_search_dictionary.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let template = qualified(&fact.list("template"));
        let options = fact.get("options").map(|options| format!(", {options}")).unwrap_or_default();
        let sql =
            format!("CREATE TEXT SEARCH DICTIONARY {} (TEMPLATE = {template}{options})", fact.key.sql());
        common::create_owned("TEXT SEARCH DICTIONARY", fact, sql)
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TEXT SEARCH DICTIONARY {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        let changes = old.changes(new);
        if changes.contains("template") {
            return Change::Replace;
        }
        let mut statements = Vec::new();
        if changes.contains("options") {
            let (before, after) = (options(old.text("options")), options(new.text("options")));
            let set = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
            let mut parts: Vec<String> = set.map(|(name, value)| format!("{name} = {value}")).collect();
            // A name alone takes the option away.
            parts.extend(before.keys().filter(|name| !after.contains_key(*name)).cloned());
            let sql = format!("ALTER TEXT SEARCH DICTIONARY {} ({})", new.key.sql(), parts.join(", "));
            statements.push(Statement::new(sql));
        }
        statements.extend(common::alter_owner("TEXT SEARCH DICTIONARY", old, new));
        Change::by(statements)
    }
}

/// The options of a dictionary as the catalog writes them: `name = 'value', other = 'value'`.
fn options(text: &str) -> BTreeMap<String, String> {
    let mut options = BTreeMap::new();
    let (mut start, mut is_quoted) = (0, false);
    let ends = text.char_indices().filter_map(|(at, c)| {
        is_quoted ^= c == '\'';
        (c == ',' && !is_quoted).then_some(at)
    });
    for end in ends.chain([text.len()]) {
        if let Some((name, value)) = text[start..end].split_once(" = ") {
            options.insert(name.trim().to_owned(), value.trim().to_owned());
        }
        start = end + 1;
    }
    options
}

#[derive(Debug)]
pub(crate) struct Configuration;

impl Rule for Configuration {
    fn query(&self) -> &'static str {
        include_str!("../catalog/text_search_configuration.sql")
    }

    fn create(&self, fact: &Fact, _within: &[&Fact], _world: World<'_>) -> Vec<Statement> {
        let (name, parser) = (fact.key.sql(), qualified(&fact.list("parser")));
        let sql = format!("CREATE TEXT SEARCH CONFIGURATION {name} (PARSER = {parser})");
        let mut statements = common::create_owned("TEXT SEARCH CONFIGURATION", fact, sql);
        statements.extend(change_mappings(fact, &BTreeMap::new(), &mappings(fact)));
        statements
    }

    fn drop(&self, fact: &Fact, _world: World<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TEXT SEARCH CONFIGURATION {}", fact.key.sql()))]
    }

    fn alter(&self, old: &Fact, new: &Fact, _world: World<'_>) -> Change {
        if old.get("parser") != new.get("parser") {
            return Change::Replace;
        }
        let mut statements = change_mappings(new, &mappings(old), &mappings(new));
        statements.extend(common::alter_owner("TEXT SEARCH CONFIGURATION", old, new));
        Change::by(statements)
    }
}

/// For each sort of token, the dictionaries that are asked about it.
fn mappings(fact: &Fact) -> BTreeMap<String, String> {
    fact.get("mappings").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn change_mappings(
    fact: &Fact,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<Statement> {
    let alter = format!("ALTER TEXT SEARCH CONFIGURATION {}", fact.key.sql());
    let mut statements = Vec::new();
    let gone: Vec<&str> =
        before.keys().filter(|token| !after.contains_key(*token)).map(String::as_str).collect();
    if !gone.is_empty() {
        statements.push(Statement::new(format!("{alter} DROP MAPPING FOR {}", gone.join(", "))));
    }
    let mut together: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (token, dictionaries) in after.iter().filter(|(token, to)| before.get(*token) != Some(to)) {
        let word = if before.contains_key(token) { "ALTER" } else { "ADD" };
        together.entry((word, dictionaries)).or_default().push(token);
    }
    for ((word, dictionaries), tokens) in together {
        let sql = format!("{alter}\n    {word} MAPPING FOR {} WITH {dictionaries}", tokens.join(", "));
        statements.push(Statement::new(sql));
    }
    statements
}
