//! What libpq takes from its environment: the variables that stand for a connection string, and the file of passwords.
//! Only the command line asks for these; a service that is given a string means that string.

use std::path::PathBuf;

use migrate_source::Code;

use super::ConnectError;
use super::conninfo::{Conninfo, Host};
use super::parameter::word;

/// The variables that have a parameter of their own here (section 34.15 of the manual).
const VARIABLES: [(&str, &str); 20] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLSNI", "sslsni"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
];

/// Those by which somebody says that they mean a database.
const NAMING: [&str; 4] = ["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGUSER"];

/// Reads a variable. One that is empty counts as not set, as libpq has it.
pub(crate) type Variable<'v> = &'v dyn Fn(&str) -> Option<String>;

/// The connection string that the variables stand for. `None`: they name nothing.
pub(crate) fn string_of(variable: Variable<'_>) -> Result<Option<String>, ConnectError> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(service) = set("PGSERVICE") {
        return Err(ConnectError::new(
            Code::M0502,
            format!(
                "PGSERVICE={service} names a service of libpq, which is not supported here: give what stands in its file \
             as PGHOST, PGDATABASE and so on, or as --database-url"
            ),
        ));
    }
    if !NAMING.iter().any(|name| set(name).is_some()) {
        return Ok(None);
    }
    let mut words: Vec<String> =
        VARIABLES.iter().filter_map(|(name, keyword)| set(name).map(|value| word(keyword, &value))).collect();
    if set("PGHOST").is_none() && set("PGHOSTADDR").is_none() {
        words.push(word("host", &default_host(set("PGPORT").as_deref())));
    }
    if set("PGUSER").is_none()
        && let Some(user) = user(variable)
    {
        words.push(word("user", &user));
    }
    Ok(Some(words.join(" ")))
}

/// What the operating system calls whoever runs this.
pub(crate) fn user(variable: Variable<'_>) -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| variable(name).filter(|user| !user.is_empty()))
}

/// Where a server of this machine listens: at its socket, where there is one.
fn default_host(port: Option<&str>) -> String {
    let port = port.unwrap_or("5432");
    let has_socket = |folder: &&str| PathBuf::from(format!("{folder}/.s.PGSQL.{port}")).exists();
    let found = ["/var/run/postgresql", "/tmp"].into_iter().filter(|_| cfg!(unix)).find(has_socket);
    found.unwrap_or("localhost").to_owned()
}

/// Where the file of passwords is (section 34.16 of the manual).
pub(crate) fn password_file(variable: Variable<'_>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let in_home = || {
        if cfg!(windows) {
            set("APPDATA").map(|folder| PathBuf::from(folder).join("postgresql").join("pgpass.conf"))
        } else {
            set("HOME").map(|folder| PathBuf::from(folder).join(".pgpass"))
        }
    };
    set("PGPASSFILE").map(PathBuf::from).or_else(in_home)
}

/// The password that such a file has for a connection.
pub(crate) fn password(text: &str, conninfo: &Conninfo, user: &str) -> Option<String> {
    let host = conninfo.hosts.first()?;
    let database = conninfo.config.get_dbname().unwrap_or(user);
    let wanted = [host_in_file(host), host.port.to_string(), database.to_owned(), user.to_owned()];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let [first @ .., password] = &fields(line)[..] else {
            return None;
        };
        let is_same = |(field, wanted): (&Field, &String)| field.is_any || field.text == *wanted;
        (first.len() == 4 && first.iter().zip(&wanted).all(is_same)).then(|| password.text.clone())
    })
}

/// A socket goes by the name of this machine, unless it is in a place of its own.
fn host_in_file(host: &Host) -> String {
    let name = host.name.clone().or_else(|| host.address.map(|address| address.to_string()));
    let name = name.unwrap_or_default();
    if ["/var/run/postgresql", "/tmp"].contains(&name.as_str()) { "localhost".to_owned() } else { name }
}

struct Field {
    text: String,
    /// `*`.
    is_any: bool,
}

/// The fields of a line, at most five: the last one goes to the end of the line. A backslash takes the meaning from `:`
/// and from itself.
fn fields(line: &str) -> Vec<Field> {
    let mut fields = vec![Field { text: String::new(), is_any: line.starts_with("*:") }];
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        let is_last = fields.len() == 5;
        let Some(field) = fields.last_mut() else {
            break;
        };
        match character {
            '\\' => field.text.extend(rest.next()),
            ':' if !is_last => {
                fields.push(Field { text: String::new(), is_any: rest.as_str().starts_with("*:") });
            }
            other => field.text.push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests;
