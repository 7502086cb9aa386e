//! What a thing in a database is called.

use std::fmt;

use crate::kind::Kind;

/// The kind and the name of a thing: what makes it the same thing in two schemas.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    kind: Kind,
    /// From the outside in: a schema, a table, a column. Each as SQL writes it, in quotes where it takes them.
    path: Vec<String>,
}

impl Key {
    pub(crate) fn new(kind: Kind, path: Vec<String>) -> Self {
        Self { kind, path }
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// From the outside in: a schema, a table, a column. Each as SQL writes it, in quotes where it takes them.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// Something of another kind with the same name: the default of a column.
    pub(crate) fn of_kind(&self, kind: Kind) -> Self {
        Self::new(kind, self.path.clone())
    }

    /// The last part of the path: the name without what it is in.
    pub(crate) fn leaf(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Its own name: behind it in the path there may be arguments, or an access method.
    pub(crate) fn name(&self) -> &str {
        self.path.get(self.name_at()).map_or("", String::as_str)
    }

    /// Its names from the outside in, without quotes.
    pub(crate) fn names(&self) -> Vec<String> {
        self.path.iter().take(self.name_at() + 1).map(|name| unquoted(name)).collect()
    }

    /// The same thing with another name.
    pub(crate) fn with_name(&self, name: &str) -> Self {
        let mut path = self.path.clone();
        if let Some(own) = path.get_mut(self.name_at()) {
            name.clone_into(own);
        }
        Self { kind: self.kind, path }
    }

    /// The same thing in another schema.
    pub(crate) fn in_schema(&self, schema: &str) -> Self {
        let mut path = self.path.clone();
        if let Some(own) = path.first_mut() {
            schema.clone_into(own);
        }
        Self { kind: self.kind, path }
    }

    fn name_at(&self) -> usize {
        let behind = match self.kind {
            Kind::Function
            | Kind::Procedure
            | Kind::Aggregate
            | Kind::OperatorFamily
            | Kind::OperatorClass => 2,
            _ => 1,
        };
        self.path.len().saturating_sub(behind)
    }

    /// The name of the whole of it, or of the table where it is something on a table, as a statement names it.
    pub(crate) fn sql(&self) -> String {
        match (self.kind, self.path.as_slice()) {
            (Kind::Function | Kind::Procedure | Kind::Aggregate, [name @ .., arguments]) => {
                format!("{}({arguments})", qualified(name))
            }
            (Kind::Privileges | Kind::Other, [what, name @ ..]) => format!("{what} {}", object(what, name)),
            (Kind::Operator, [name @ .., left, right]) => format!("{} ({left}, {right})", qualified(name)),
            (Kind::OperatorFamily | Kind::OperatorClass, [name @ .., method]) => {
                format!("{} USING {method}", qualified(name))
            }
            (Kind::Cast, [from, to]) => format!("({from} AS {to})"),
            (Kind::UserMapping, [server, user]) => format!("FOR {user} SERVER {server}"),
            (Kind::PublicationMember, [publication, what, name @ ..]) => {
                format!("{publication}: {what} {}", qualified(name))
            }
            (Kind::DefaultPrivileges, [objects, role, schema]) if schema.is_empty() => {
                format!("{objects} of {role}")
            }
            (Kind::DefaultPrivileges, [objects, role, schema]) => format!("{objects} of {role} in {schema}"),
            (Kind::TriggerState, [table @ .., trigger]) if table.len() == 2 => {
                format!("of {trigger} on {}", qualified(table))
            }
            (Kind::TriggerState, [schema, table, owner @ ..]) => {
                format!(
                    "of constraint {} on {}",
                    qualified(owner),
                    qualified(&[schema.clone(), table.clone()])
                )
            }
            (Kind::ExtensionDependency, [what, name @ .., extension]) => {
                format!("{extension} of {what} {}", object(what, name))
            }
            (Kind::Comment, [of, path @ ..]) => format!("{of} {}", object(&of.to_uppercase(), path)),
            (_, path) => qualified(path),
        }
    }

    /// The word of SQL for what it is.
    pub(crate) fn word(&self) -> String {
        match self.kind {
            Kind::Enum | Kind::Composite | Kind::Range => "TYPE".to_owned(),
            kind => kind.name().replace('-', " ").to_uppercase(),
        }
    }

    /// The whole of it as a statement names it, with the word for what it is: `TYPE mood`.
    pub(crate) fn described(&self) -> String {
        // What is one thing more has its word in its path.
        if self.kind == Kind::Other { self.sql() } else { format!("{} {}", self.word(), self.sql()) }
    }

    /// The first two parts, which name a table, a type, or whatever this is a part of.
    pub(crate) fn owner(&self) -> String {
        qualified(&self.path[..self.path.len().min(2)])
    }
}

/// A name as a statement needs it: `public` is where a name without a schema is looked for.
pub(crate) fn qualified(path: &[String]) -> String {
    match path {
        [schema, rest @ ..] if schema == "public" && !rest.is_empty() => rest.join("."),
        path => path.join("."),
    }
}

/// A thing of the sort that this word of SQL names, as a statement names it.
pub(crate) fn object(what: &str, name: &[String]) -> String {
    match (what, name) {
        ("FUNCTION" | "PROCEDURE" | "AGGREGATE", [name @ .., arguments]) => {
            format!("{}({arguments})", qualified(name))
        }
        ("TRIGGER", [table @ .., trigger]) => format!("{trigger} ON {}", qualified(table)),
        (_, name) => qualified(name),
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.path.as_slice()) {
            // It is called by what it is.
            (Kind::Other, [what, name @ ..]) => write!(f, "{} {}", what.to_lowercase(), object(what, name)),
            _ => write!(f, "{} {}", self.kind, self.sql()),
        }
    }
}

/// Splits a text of names as SQL writes them at a character outside double quotes. `None`: a quote is never closed.
pub(crate) fn split_outside_quotes(text: &str, at: char) -> Option<Vec<&str>> {
    let (mut pieces, mut start, mut is_quoted) = (Vec::new(), 0, false);
    for (offset, character) in text.char_indices() {
        if character == '"' {
            // A quote that is doubled leaves and enters.
            is_quoted = !is_quoted;
        } else if character == at && !is_quoted {
            pieces.push(&text[start..offset]);
            start = offset + at.len_utf8();
        }
    }
    pieces.push(&text[start..]);
    (!is_quoted).then_some(pieces)
}

/// The name that SQL writes like that.
pub(crate) fn unquoted(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.map_or_else(|| name.to_owned(), |inner| inner.replace("\"\"", "\""))
}

/// A name for what is beside another thing for a while, without quotes. PostgreSQL cuts off what is longer than 63 bytes, so it
/// is made short here.
pub(crate) fn beside(name: &str, what: &str) -> String {
    const MOST: usize = 63;
    let mut short = unquoted(name);
    while short.len() + what.len() + 2 > MOST {
        short.pop();
    }
    format!("{short}__{what}")
}

/// Names as SQL writes them, with a dot between: in quotes where they take them.
pub fn quoted(names: &[&str]) -> String {
    let one = |name: &&str| {
        let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_$".contains(c));
        if is_plain { (*name).to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
    };
    names.iter().map(one).collect::<Vec<_>>().join(".")
}
