//! A connection string as parameters: what it says, by libpq's rules. It knows the names, and judges no value.

use std::collections::BTreeMap;
use std::path::PathBuf;

use migrate_source::Code;
use percent_encoding::percent_decode_str;

use super::ConnectError;
use super::keyword::{self, Known, SearchPath};
use crate::identifier::quote_identifier;

/// The values, each with where it is from.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    values: BTreeMap<&'static str, String>,
    /// Of those that are not in the string itself.
    origins: BTreeMap<&'static str, Origin>,
    /// As the server writes it.
    search_path: Option<String>,
}

/// Where a parameter is from that the string does not have.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// A variable of the environment.
    Variable(&'static str),
    /// A file of services.
    Service(PathBuf),
}

impl Parameters {
    /// Reads `postgres://…`, `postgresql://…` or `keyword=value …`.
    pub(super) fn parse(string: &str) -> Result<Self, ConnectError> {
        if let Some(url) = string.trim_start().strip_prefix("jdbc:") {
            return Err(of_jdbc(url));
        }
        let Some(url) = after_scheme(string) else {
            return Self::of_words(string);
        };
        let Url { parts, query } = split_url(url)?;
        let mut parameters = Self::default();
        for (name, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            parameters.values.insert(name, value);
        }
        // With one `@` it is known where the password is, and that no name is a piece of it.
        let may_name = url.matches('@').count() == 1 && !url.contains("password=");
        for (at, (name, value)) in query.into_iter().enumerate() {
            match (&*name, &*value) {
                // As JDBC has it; libpq understands it too.
                ("ssl", "true") => parameters.set("sslmode", "require".to_owned()),
                _ => parameters.add(at + 1, &name, value, may_name)?,
            }
        }
        parameters.with_search_path().without_swallowed()
    }

    fn of_words(string: &str) -> Result<Self, ConnectError> {
        let mut parameters = Self::default();
        for (at, (name, value)) in split_words(string)?.into_iter().enumerate() {
            parameters.add(at + 1, &name, value, false)?;
        }
        parameters.with_search_path().without_swallowed()
    }

    /// Of a parameter that is given twice, the last one counts. `position` and `may_name` are for the message.
    fn add(
        &mut self,
        position: usize,
        name: &str,
        value: String,
        may_name: bool,
    ) -> Result<(), ConnectError> {
        if let Some(option) = name.strip_prefix("options[").and_then(|name| name.strip_suffix(']')) {
            return self.add_option(position, option, &value);
        }
        match keyword::known(name) {
            // Its old form.
            Some(Known::Libpq(keyword)) if keyword.name == "requiressl" => {
                self.set("sslmode", if value == "1" { "require" } else { "prefer" }.to_owned());
            }
            Some(Known::Libpq(keyword)) => self.set(keyword.name, value),
            Some(Known::SearchPath(_)) if value.is_empty() => {}
            Some(Known::SearchPath(SearchPath::Schema)) => self.search_path = Some(schema_in_path(&value)),
            Some(Known::SearchPath(SearchPath::List)) => self.search_path = Some(value),
            Some(Known::Other(name)) => tracing::debug!(name, "a parameter of another driver is passed over"),
            None => return Err(unknown(position, name, may_name)),
        }
        Ok(())
    }

    /// As sqlx has it: `options[name]=value`.
    fn add_option(&mut self, position: usize, name: &str, value: &str) -> Result<(), ConnectError> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte))
        {
            return Err(unknown(position, name, false));
        }
        let options = self.values.entry("options").or_default();
        if !options.is_empty() {
            options.push(' ');
        }
        options.push_str(&option(name, value));
        Ok(())
    }

    /// Before the options that the string has, which count where they say something else.
    fn with_search_path(mut self) -> Self {
        if let Some(search_path) = self.search_path.take() {
            let given = self.values.remove("options").filter(|options| !options.is_empty());
            let options = [Some(option("search_path", &search_path)), given];
            self.values.insert("options", options.into_iter().flatten().collect::<Vec<_>>().join(" "));
        }
        self
    }

    pub(super) fn set(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
    }

    /// The same for one that is not in the string.
    pub(super) fn set_from(&mut self, origin: Origin, name: &'static str, value: String) {
        self.values.insert(name, value);
        self.origins.insert(name, origin);
    }

    /// Whether it is given, be it empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Its value, unless that is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The same, and it is given no longer.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.take_or_empty(name).filter(|value| !value.is_empty())
    }

    pub(super) fn take_or_empty(&mut self, name: &str) -> Option<String> {
        self.values.remove(name)
    }

    /// Takes one that has one of these values.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ConnectError> {
        let Some(value) = self.take_or_empty(name) else {
            return Ok(None);
        };
        if let Some((_, choice)) = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(&value)) {
            return Ok(Some(*choice));
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let what = self.called(name);
        Err(ConnectError::new(
            Code::M0502,
            format!("{what} has a value that is not supported here: use {}", names.join(" or ")),
        ))
    }

    /// Takes one that is a number.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<i64>, ConnectError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let what = self.called(name);
        let wrong = |_| ConnectError::new(Code::M0502, format!("{what} is not a number: write digits alone"));
        value.trim().parse().map(Some).map_err(wrong)
    }

    /// What is left, in the order of the alphabet.
    pub(super) fn rest(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values.iter().map(|(name, value)| (*name, &**value)).filter(|(_, value)| !value.is_empty())
    }

    /// A parameter, with where it is from.
    pub(super) fn called(&self, name: &str) -> String {
        match self.origins.get(name) {
            None => format!("{name} in the connection string"),
            Some(Origin::Variable(variable)) => format!("{variable} in the environment"),
            Some(Origin::Service(path)) => format!("{name} in the service file {}", path.display()),
        }
    }

    /// Whether it is in the string, and not from around it.
    pub(super) fn is_in_string(&self, name: &str) -> bool {
        !self.origins.contains_key(name)
    }

    /// What set a parameter that is not in the string, in brackets.
    pub(super) fn set_by(&self, name: &str) -> String {
        match self.origins.get(name) {
            None => String::new(),
            Some(Origin::Variable(variable)) => format!(" (set by {variable} in the environment)"),
            Some(Origin::Service(path)) => format!(" (set by the service file {})", path.display()),
        }
    }

    /// A separator that is forgotten or the wrong one: the value would be shown, and the password with it.
    fn without_swallowed(self) -> Result<Self, ConnectError> {
        let may_have_it = ["password", "options"];
        let has_password =
            |(name, value): (&&str, &String)| !may_have_it.contains(name) && value.contains("password=");
        if self.values.iter().any(has_password) {
            return Err(ConnectError::new(
                Code::M0502,
                "`password=` in the connection string is within another value: separate parameters by `?` and `&` in a \
                 URL, and by spaces otherwise",
            ));
        }
        Ok(self)
    }
}

/// A schema as it stands in a search path, without quotes where it needs none.
fn schema_in_path(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if name.bytes().all(is_plain) { name.to_owned() } else { quote_identifier(name) }
}

/// One of the server's options.
fn option(name: &str, value: &str) -> String {
    // The server takes the options apart at spaces (the manual's section 32.1.2, `options`).
    format!("-c {name}={}", value.replace('\\', r"\\").replace(' ', r"\ "))
}

fn after_scheme(string: &str) -> Option<&str> {
    ["postgres://", "postgresql://"].iter().find_map(|scheme| string.strip_prefix(scheme))
}

/// What to write instead of a URL of Java's, behind `jdbc:`.
fn of_jdbc(url: &str) -> ConnectError {
    let same = after_scheme(url).and_then(|url| split_url(url).ok()).map(|Url { parts, .. }| {
        let part = |wanted: &str| {
            let found = parts.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| migrate_source::masked_name(value)).unwrap_or_default()
        };
        let is_plain =
            |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        let (host, port) = (part("host"), part("port"));
        let place = match (is_plain(&host) && !host.is_empty(), &*port) {
            (true, "") => host,
            (true, port) if port.bytes().all(|byte| byte.is_ascii_digit()) => format!("{host}:{port}"),
            _ => "host:port".to_owned(),
        };
        format!("postgres://user:password@{place}/{}", part("dbname"))
    });
    let same = same.unwrap_or_else(|| "postgres://user:password@host:port/name".to_owned());
    ConnectError::new(Code::M0502, format!("the connection string is one of JDBC: write it as {same}"))
}

fn unknown(position: usize, name: &str, may_name: bool) -> ConnectError {
    let is_name = |byte: u8| byte.is_ascii_lowercase() || b"_-".contains(&byte);
    let known = keyword::followed();
    let message = if may_name && !name.is_empty() && name.bytes().all(is_name) {
        format!("unknown option `{name}` in the connection string: known are {known}")
    } else {
        format!(
            "parameter {position} of the connection string is not known (its name is not shown, it may be a piece of a \
             password): known are {known}"
        )
    };
    ConnectError::new(Code::M0502, message)
}

/// What stands before the `?` of a URL, and what stands behind it.
struct Url {
    parts: Vec<(&'static str, String)>,
    query: Vec<(String, String)>,
}

fn split_url(url: &str) -> Result<Url, ConnectError> {
    let in_query = |head: &str| head.split_once('/').is_some_and(|(_, path)| path.contains('?'));
    let (credentials, rest) = match url.split_once('@') {
        Some((head, rest)) if !in_query(head) => (head, rest),
        _ => ("", url),
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    // A piece of the password would be taken for a host, and be shown as one.
    if place.contains('@') || (credentials.contains('?') && credentials.contains('=')) {
        return Err(ConnectError::new(
            Code::M0502,
            "the URL can be read in more than one way: write an `@` in it as %40, and a `?` in the user name or the \
             password as %3F",
        ));
    }
    let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let (names, ports): (Vec<&str>, Vec<&str>) = hosts.split(',').map(split_port).unzip();
    let parts = [
        ("user", user),
        ("password", password),
        ("host", &*names.join(",")),
        ("port", &*ports.join(",")),
        ("dbname", database),
    ];
    let parts = parts.into_iter().map(|(name, value)| Ok((name, decode(value)?)));
    let query = query.split('&').filter(|pair| !pair.is_empty()).enumerate().map(|(at, pair)| {
        let Some((name, value)) = pair.split_once('=') else {
            let position = at + 1;
            return Err(ConnectError::new(
                Code::M0502,
                format!("parameter {position} of the URL has no value: write `name=value`"),
            ));
        };
        Ok((decode(name)?, decode(value)?))
    });
    let parts = parts.collect::<Result<_, ConnectError>>()?;
    Ok(Url { parts, query: query.collect::<Result<_, _>>()? })
}

/// Splits `name:port`, `[address]:port` or either without port.
fn split_port(host: &str) -> (&str, &str) {
    let bracketed = host.strip_prefix('[').and_then(|literal| literal.split_once(']'));
    match bracketed {
        Some((literal, port)) => (literal, port.strip_prefix(':').unwrap_or(port)),
        None => host.split_once(':').unwrap_or((host, "")),
    }
}

fn decode(text: &str) -> Result<String, ConnectError> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded
        .map_err(|_| ConnectError::new(Code::M0502, "a percent-encoded part of the URL is not UTF-8"))?;
    Ok(decoded.into_owned())
}

fn split_words(words: &str) -> Result<Vec<(String, String)>, ConnectError> {
    let mut pairs = Vec::new();
    let mut rest = words.trim_ascii_start();
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once('=').filter(|(name, _)| !name.contains("://")) else {
            return Err(ConnectError::new(
                Code::M0502,
                "the connection string is neither a URL that begins with postgres:// nor a list of `keyword=value`: \
                 write a value with spaces in it between single quotes",
            ));
        };
        let Some((value, after)) = split_value(after.trim_ascii_start()) else {
            return Err(ConnectError::new(
                Code::M0502,
                "a quoted value of the connection string has no closing quote",
            ));
        };
        pairs.push((name.trim_ascii_end().to_owned(), value));
        rest = after.trim_ascii_start();
    }
    Ok(pairs)
}

/// The value that `text` begins with, without its quotes and backslashes, and what follows it. `None` if its quote does
/// not end.
fn split_value(text: &str) -> Option<(String, &str)> {
    let quoted = text.strip_prefix('\'');
    let mut value = String::new();
    let mut characters = quoted.unwrap_or(text).chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => value.extend(characters.next()),
            '\'' if quoted.is_some() => return Some((value, characters.as_str())),
            space if quoted.is_none() && space.is_ascii_whitespace() => {
                return Some((value, characters.as_str()));
            }
            other => value.push(other),
        }
    }
    quoted.is_none().then_some((value, ""))
}
