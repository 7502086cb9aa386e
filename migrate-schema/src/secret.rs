//! Passwords, which a schema has where it speaks of other servers: which values are some, and what is shown for them.

use crate::fact::Fact;
use crate::kinds::common::literal;
use crate::schema::Schema;
use crate::statement::{Hazard, Statement};

/// What stands for a password that is not shown. Where it is compared with a password, it is the same.
pub(crate) const PLACEHOLDER: &str = "<password>";

/// What the name of an option has in it whose value is a secret. `passfile` and `sslkey` are names of files.
const WORDS: [&str; 9] =
    ["password", "passwd", "pwd", "passcode", "passphrase", "secret", "token", "credential", "accesskey"];

/// An attribute that has secrets among other things.
fn hides(attribute: &str, value: &str) -> Option<String> {
    match attribute {
        "foreign_options" => {
            let options: Vec<String> = serde_json::from_str(value).ok()?;
            let hidden: Vec<String> = options.iter().map(|option| hidden_option(option)).collect();
            (hidden != options).then(|| as_list(&hidden))
        }
        "connection" => Some(hidden_connection(value)).filter(|hidden| hidden != value),
        _ => None,
    }
}

/// A list as PostgreSQL writes it: attributes are compared as text.
fn as_list(options: &[String]) -> String {
    let options: Vec<String> =
        options.iter().filter_map(|option| serde_json::to_string(option).ok()).collect();
    format!("[{}]", options.join(", "))
}

fn is_secret(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    WORDS.iter().any(|word| name.contains(word)) || name.ends_with("apikey") || name.ends_with("privatekey")
}

fn hidden_option(option: &str) -> String {
    match option.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}={PLACEHOLDER}"),
        _ => option.to_owned(),
    }
}

/// A connection as libpq reads it: a URI, or words with values.
fn hidden_connection(connection: &str) -> String {
    if let Some((scheme, rest)) = connection.split_once("://") {
        return hidden_uri(scheme, rest);
    }
    let mut hidden = String::new();
    let mut rest = connection;
    while let Some((name, after)) = rest.split_once('=') {
        let value = after.trim_start();
        let end = end_of_value(value);
        if is_secret(name) {
            hidden += &format!("{name}={PLACEHOLDER}");
        } else {
            hidden += &rest[..rest.len() - value.len() + end];
        }
        rest = &value[end..];
    }
    hidden + rest
}

/// A value is in quotes, or ends at white space; a backslash takes either meaning from what comes after it.
fn end_of_value(value: &str) -> usize {
    let is_quoted = value.starts_with('\'');
    let mut is_escaped = false;
    for (at, letter) in value.char_indices().skip(usize::from(is_quoted)) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\'' if is_quoted => return at + 1,
            letter if !is_quoted && letter.is_whitespace() => return at,
            _ => {}
        }
    }
    value.len()
}

fn hidden_uri(scheme: &str, rest: &str) -> String {
    let (place, parameters) = rest.split_once('?').map_or((rest, None), |(one, two)| (one, Some(two)));
    // A password may have an `@` or a `/` that nobody has escaped: rather too much is hidden than too little.
    let place = match place.rfind('@').and_then(|at| Some((at, place[..at].find(':')?))) {
        Some((at, colon)) => format!("{}:{PLACEHOLDER}{}", &place[..colon], &place[at..]),
        None => place.to_owned(),
    };
    let parameters =
        parameters.map(|parameters| parameters.split('&').map(hidden_option).collect::<Vec<_>>().join("&"));
    format!("{scheme}://{place}{}", parameters.map(|all| format!("?{all}")).unwrap_or_default())
}

impl Fact {
    fn without_secrets(&self) -> Self {
        let mut fact = self.clone();
        for (name, value) in &mut fact.attributes {
            if let Some(hidden) = hides(name, value) {
                *value = hidden;
            }
        }
        fact
    }

    fn with_placeholders_of(&self, other: &Self) -> Self {
        let mut fact = self.clone();
        for (name, value) in &mut fact.attributes {
            let Some(hidden) = hides(name, value) else { continue };
            if name == "connection" {
                if other.text(name) == hidden {
                    *value = hidden;
                }
                continue;
            }
            let others = other.list(name);
            let stands =
                |option: &String| Some(hidden_option(option)).filter(|hidden| others.contains(hidden));
            let options: Vec<String> =
                self.list(name).into_iter().map(|option| stands(&option).unwrap_or(option)).collect();
            *value = as_list(&options);
        }
        fact
    }

    /// Each text of it that has a secret, as statements write it, and what is shown for it.
    fn secrets(&self) -> Vec<(String, String)> {
        let names: Vec<&str> =
            ["foreign_options", "connection"].into_iter().filter(|name| self.has(name)).collect();
        if names.is_empty() {
            return Vec::new();
        }
        let hidden = self.without_secrets();
        let values = |fact: &Self, name: &str| match name {
            "connection" => vec![fact.text(name).to_owned()],
            _ => fact
                .list(name)
                .iter()
                .filter_map(|option| Some(option.split_once('=')?.1.to_owned()))
                .collect(),
        };
        let pairs =
            names.into_iter().flat_map(|name| values(self, name).into_iter().zip(values(&hidden, name)));
        pairs
            .filter(|(_, shown)| shown.contains(PLACEHOLDER))
            .map(|(value, shown)| (literal(&value), literal(&shown)))
            .collect()
    }
}

impl Schema {
    /// The same with a placeholder for each password, so that it may be shown to anybody.
    #[must_use]
    pub fn without_passwords(&self) -> Self {
        Self::new(self.facts().map(Fact::without_secrets))
    }

    /// The same with a placeholder for each password for which the other one has a placeholder: it does not say which one
    /// it is, so that any will do.
    #[must_use]
    pub fn with_placeholders_of(&self, other: &Self) -> Self {
        Self::new(self.facts().map(|fact| match other.get(&fact.key) {
            Some(other) if !other.secrets().is_empty() => fact.with_placeholders_of(other),
            _ => fact.clone(),
        }))
    }

    /// A text without the passwords that are in the schema.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        let secrets = self.facts().flat_map(Fact::secrets);
        secrets.fold(text.to_owned(), |text, (value, shown)| text.replace(&value, &shown))
    }
}

/// Says of the statements that make a thing whether they have a password, and how they are shown.
pub(crate) fn hide(statements: Vec<Statement>, fact: &Fact) -> Vec<Statement> {
    let secrets = fact.secrets();
    let hide = |statement: Statement| {
        let found = secrets.iter().filter(|(value, _)| statement.sql.contains(value));
        let shown = found.fold(None, |shown: Option<String>, (value, other)| {
            Some(shown.as_ref().unwrap_or(&statement.sql).replace(value, other))
        });
        match shown {
            Some(shown) => statement.shown_as(shown).with(Hazard::ContainsPassword),
            None => statement,
        }
    };
    statements.into_iter().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(connection: &str, expected: &str) {
        assert_eq!(hidden_connection(connection), expected);
    }

    #[test]
    fn a_connection_is_shown_without_its_passwords() {
        check("host=db dbname=app", "host=db dbname=app");
        check("host=db password=abc dbname=app", "host=db password=<password> dbname=app");
        check("password = 'a b\\' c=d' host=db", "password =<password> host=db");
        check("user=u sslpassword=x\\ y", "user=u sslpassword=<password>");
        check("host=db password=", "host=db password=<password>");
    }

    #[test]
    fn so_is_a_uri() {
        check("postgres://db/app", "postgres://db/app");
        check("postgres://u@db:5432/app", "postgres://u@db:5432/app");
        check("postgres://u:p@db:5432/app?a=b", "postgres://u:<password>@db:5432/app?a=b");
        check("postgresql://u:p@q/r@db/app", "postgresql://u:<password>@db/app");
        check("postgres://db/app?user=u&password=p", "postgres://db/app?user=u&password=<password>");
    }

    #[test]
    fn an_option_is_known_by_its_name() {
        for name in ["password", "PASSWD", "api_key", "s3_access_key", "client-secret", "auth_token"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["user", "passfile", "sslkey", "key", "host", "table_name"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
