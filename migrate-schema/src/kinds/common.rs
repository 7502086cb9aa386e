//! What several kinds say alike.

use crate::fact::Fact;
use crate::statement::Statement;

/// Text as a literal.
pub(crate) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// A block of PL/pgSQL as a statement: for what has a name that only the database itself knows.
pub(crate) fn do_block(body: &str) -> Statement {
    let mut quote = "$$".to_owned();
    while body.contains(&quote) {
        quote.insert(1, '_');
    }
    Statement::new(format!("DO {quote}\n{body}\n{quote}"))
}

/// The statement that makes it, and the one that gives it to another role.
pub(crate) fn create_owned(what: &str, fact: &Fact, sql: String) -> Vec<Statement> {
    let mut statements = vec![Statement::new(sql)];
    statements.extend(fact.get("owner").map(|owner| own(what, fact, owner)));
    statements
}

/// Gives it to another role, if another has it. What has no owner named belongs to who runs the migrations.
pub(crate) fn alter_owner(what: &str, old: &Fact, new: &Fact) -> Vec<Statement> {
    if old.get("owner") == new.get("owner") {
        return Vec::new();
    }
    vec![own(what, new, new.get("owner").unwrap_or("CURRENT_USER"))]
}

fn own(what: &str, fact: &Fact, owner: &str) -> Statement {
    Statement::new(format!("ALTER {what} {} OWNER TO {owner}", fact.key.sql()))
}

/// What is set and what is reset, of options as `name=value`.
pub(crate) struct Options {
    pub(crate) set: Vec<String>,
    pub(crate) reset: Vec<String>,
}

/// From one list of options to another.
pub(crate) fn options(old: &[String], new: &[String]) -> Options {
    let name = |option: &String| option.split_once('=').map_or(option.as_str(), |(name, _)| name).to_owned();
    let names: Vec<String> = new.iter().map(name).collect();
    Options {
        set: new.iter().filter(|option| !old.contains(option)).map(|option| as_sql(option)).collect(),
        reset: old.iter().map(name).filter(|name| !names.contains(name)).collect(),
    }
}

/// An option as `WITH (…)` takes it.
pub(crate) fn as_sql(option: &str) -> String {
    match option.split_once('=') {
        Some((name, value))
            if value.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)) && !value.is_empty() =>
        {
            format!("{name} = {value}")
        }
        Some((name, value)) => format!("{name} = {}", literal(value)),
        None => option.to_owned(),
    }
}

/// `ALTER … SET (…)` and `RESET (…)`.
pub(crate) fn alter_options(alter: &str, old: &[String], new: &[String]) -> Vec<Statement> {
    let Options { set, reset } = options(old, new);
    let mut statements = Vec::new();
    if !reset.is_empty() {
        statements.push(Statement::new(format!("{alter} RESET ({})", reset.join(", "))));
    }
    if !set.is_empty() {
        statements.push(Statement::new(format!("{alter} SET ({})", set.join(", "))));
    }
    statements
}

/// `OPTIONS (…)` of foreign data: what is added, set and dropped. Nothing where nothing differs.
pub(crate) fn foreign_options(old: Option<&[String]>, new: &[String]) -> Option<String> {
    let split = |option: &String| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let is_plain = is_plain && !name.starts_with(|c: char| c.is_ascii_digit());
        let name = if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) };
        (name, value.to_owned())
    };
    let before: Vec<(String, String)> = old.unwrap_or_default().iter().map(split).collect();
    let after: Vec<(String, String)> = new.iter().map(split).collect();
    let mut parts = Vec::new();
    for (name, value) in &after {
        match before.iter().find(|(other, _)| other == name) {
            None if old.is_none() => parts.push(format!("{name} {}", literal(value))),
            None => parts.push(format!("ADD {name} {}", literal(value))),
            Some((_, other)) if other != value => parts.push(format!("SET {name} {}", literal(value))),
            Some(_) => {}
        }
    }
    parts.extend(
        before
            .iter()
            .filter(|(name, _)| !after.iter().any(|(other, _)| other == name))
            .map(|(name, _)| format!("DROP {name}")),
    );
    (!parts.is_empty()).then(|| format!("OPTIONS ({})", parts.join(", ")))
}

/// A definition that names what it is on after these words, and that with its schema, which `public` need not be.
pub(crate) fn unqualified(definition: &str, name: &str, words: &str) -> String {
    // The name of the thing itself may be made of anything.
    let at = definition.find(name).map_or(0, |at| at + name.len());
    let (head, tail) = definition.split_at(at);
    format!("{head}{}", tail.replacen(&format!("{words}public."), words, 1))
}
