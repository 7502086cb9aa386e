//! What a statement speaks of: a name as the catalog has it, so that two spellings of one table are equal.

use std::fmt;

use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};

/// The schema of what is created without one, unless the script sets another.
pub(super) const PUBLIC: &str = "public";

/// Between a relation and a part of it; in no name that anybody gives.
const PART: char = '\u{1}';

/// An object of the catalog. Relations and types share their names: a table is a type too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(String);

impl Name {
    /// A table, view, index, sequence or type. `schema`: where it is if the parts do not say.
    pub(super) fn relation(parts: &[String], schema: &str) -> Self {
        let (qualifier, name) = match parts {
            // The database before the schema can only be this one.
            [.., qualifier, name] => (qualifier.as_str(), name.as_str()),
            [name] => (schema, name.as_str()),
            [] => (schema, ""),
        };
        Self(format!("{}.{}", quoted(qualifier), quoted(name)))
    }

    /// A function, procedure or aggregate, whatever its arguments.
    pub(super) fn routine(parts: &[String], schema: &str) -> Self {
        let Self(name) = Self::relation(parts, schema);
        Self(format!("{name}()"))
    }

    /// A schema, an extension: what is in no schema.
    pub(super) fn apart(kind: &str, name: &str) -> Self {
        Self(format!("{kind} {}", quoted(name)))
    }

    /// A column, a trigger, a policy, a constraint of a relation.
    pub(super) fn part(&self, kind: &str, name: &str) -> Self {
        Self(format!("{}{PART}{kind} {}", self.0, quoted(name)))
    }

    /// The same name after a relation, or the part of one, is renamed.
    pub(super) fn within(self, from: &Self, to: &Self) -> Self {
        match self.0.strip_prefix(&from.0) {
            Some("") => to.clone(),
            Some(part) if part.starts_with(PART) => Self(format!("{}{part}", to.0)),
            _ => self,
        }
    }

    /// The name of a column and its like, without the relation.
    pub(super) fn last_part(&self) -> &str {
        let part = self.0.split_once(PART).map_or("", |(_, part)| part);
        part.split_once(' ').map_or("", |(_, name)| name)
    }

    /// The relation that it is a part of.
    pub(super) fn owner(&self) -> Option<Self> {
        self.0.split_once(PART).map(|(owner, _)| Self(owner.to_owned()))
    }

    /// Without its schema and its quotes.
    pub(super) fn relation_part(&self) -> String {
        self.halves().1.trim_matches('"').to_owned()
    }

    /// The schema and the name, at the first dot that is not inside quotes.
    fn halves(&self) -> (&str, &str) {
        let mut is_quoted = false;
        let dot = self.0.find(|c| {
            is_quoted ^= c == '"';
            c == '.' && !is_quoted
        });
        dot.map_or((PUBLIC, &self.0), |dot| (&self.0[..dot], &self.0[dot + 1..]))
    }

    /// The schema that it is in.
    pub(super) fn schema(&self) -> Self {
        Self(format!("schema {}", self.halves().0))
    }

    /// The same name in another schema.
    pub(super) fn moved(&self, schema: &str) -> Self {
        Self(format!("{}.{}", quoted(schema), self.halves().1))
    }

    /// Another name in the same schema.
    pub(super) fn renamed(&self, name: &str) -> Self {
        Self(format!("{}.{}", self.halves().0, quoted(name)))
    }

    /// The schema that it is in, as a text.
    pub(super) fn schema_text(&self) -> String {
        self.halves().0.trim_matches('"').replace("\"\"", "\"")
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// From what [`as_str`](Self::as_str) gave.
    pub(super) fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Without the schema that goes without saying.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.strip_prefix("public.").unwrap_or(&self.0))
    }
}

/// As `quote_ident` does, but for keywords.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || !c.is_ascii();
    if !name.is_empty() && name.chars().all(is_plain) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// The parts of a name in a text, such as that of a type.
pub(super) fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.trim().chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                part.push('"');
                characters.next();
            }
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(std::mem::take(&mut part)),
            _ if is_quoted => part.push(character),
            _ => part.extend(character.to_lowercase()),
        }
    }
    parts.push(part);
    parts
}

/// The parts of the first name at or below a node: folded to lower case, or without their quotes.
pub(super) fn parts(node: &SyntaxNode) -> Vec<String> {
    let is_path = |node: &SyntaxNode| matches!(node.kind(), SyntaxKind::PATH | SyntaxKind::PATH_REF);
    let is_segment =
        |node: &SyntaxNode| matches!(node.kind(), SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH_SEGMENT_REF);
    match node.descendants().find(is_path) {
        Some(path) => {
            path.descendants().filter(is_segment).map(|segment| normalize_name_node(&segment)).collect()
        }
        None => vec![normalize_name_node(&innermost(node))],
    }
}

/// The last part of a name.
pub(super) fn last_part(node: &SyntaxNode) -> String {
    parts(node).pop().unwrap_or_default()
}

fn innermost(node: &SyntaxNode) -> SyntaxNode {
    let mut node = node.clone();
    while let Some(child) = node.first_child() {
        node = child;
    }
    node
}

#[cfg(test)]
mod tests {
    use squawk_syntax::ast::AstNode as _;

    use super::*;
    use crate::grammar;

    #[track_caller]
    fn check(table: &str, expected: &str) {
        let tree = grammar::parse(&format!("DROP TABLE {table}")).expect("SQL");
        let statement = tree.statement().expect("a statement");
        let found = Name::relation(&parts(statement.syntax()), PUBLIC);
        assert_eq!(found.as_str(), expected);
    }

    #[test]
    fn spellings() {
        check("Users", "public.users");
        check("public.users", "public.users");
        check("\"public\" . \"users\"", "public.users");
        check("\"Users\"", "public.\"Users\"");
        check("App.\"a\"\"b.c\"", "app.\"a\"\"b.c\"");
        check("db.app.users", "app.users");
    }

    #[test]
    fn other_names() {
        let users = Name::relation(&["users".to_owned()], PUBLIC);
        assert_eq!(users.to_string(), "users");
        assert_eq!(users.moved("app").as_str(), "app.users");
        assert_eq!(users.moved("app").renamed("P").as_str(), "app.\"P\"");
        assert_ne!(users, Name::routine(&["users".to_owned()], PUBLIC));
    }
}
