//! What is around a connection string, by libpq's rules: the variables and the service that are the defaults of what it does
//! not say, where a server of this machine listens, and the file of passwords. It connects to nothing.
//!
//! `PGTZ`, `PGDATESTYLE` and `PGGEQO` are passed over: a migration means the same from wherever it is run.

use std::path::PathBuf;

use super::conninfo::Host;
use super::keyword::KEYWORDS;
use super::parse::{Origin, Parameters};
use super::{ConnectError, service};

/// The variables that name a server or a database.
const NAMING: [&str; 5] = ["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGUSER", "PGSERVICE"];

/// Reads a variable.
pub(crate) type Variable<'v> = &'v dyn Fn(&str) -> Option<String>;

/// A variable of this process.
pub(crate) fn of_process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable, unless it is empty: libpq would take that for a value, and mostly for a wrong one.
pub(super) fn set(variable: Variable<'_>, name: &str) -> Option<String> {
    variable(name).filter(|value| !value.is_empty())
}

/// Whether the variables name a database.
pub(crate) fn names_a_database(variable: Variable<'_>) -> bool {
    NAMING.iter().any(|name| set(variable, name).is_some())
}

/// Adds what is not given: first what the service says that is named, then the variables.
pub(super) fn fill(parameters: &mut Parameters, variable: Variable<'_>) -> Result<(), ConnectError> {
    service::fill(parameters, variable)?;
    for keyword in &KEYWORDS {
        let Some(name) = keyword.variable.filter(|_| !parameters.has(keyword.name)) else {
            continue;
        };
        if let Some(value) = set(variable, name) {
            parameters.set_from(Origin::Variable(name), keyword.name, value);
        }
    }
    // Its old form.
    if !parameters.has("sslmode") && set(variable, "PGREQUIRESSL").is_some_and(|value| value.starts_with('1'))
    {
        parameters.set_from(Origin::Variable("PGREQUIRESSL"), "sslmode", "require".to_owned());
    }
    Ok(())
}

/// What the operating system calls whoever runs this.
pub(crate) fn user(variable: Variable<'_>) -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| set(variable, name))
}

/// Where a server of this machine listens: at its socket, where there is one.
pub(super) fn default_host(port: u16) -> String {
    let has_socket = |folder: &&str| PathBuf::from(format!("{folder}/.s.PGSQL.{port}")).exists();
    let found = SOCKETS.into_iter().filter(|_| cfg!(unix)).find(has_socket);
    found.unwrap_or("localhost").to_owned()
}

/// Where servers have their sockets, as Debian builds them and as they are built by themselves.
const SOCKETS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// A file of libpq's in the folder of whoever runs this.
pub(super) fn home(variable: Variable<'_>, name: &str, name_on_windows: &str) -> Option<PathBuf> {
    if cfg!(windows) {
        set(variable, "APPDATA").map(|folder| PathBuf::from(folder).join("postgresql").join(name_on_windows))
    } else {
        set(variable, "HOME").map(|folder| PathBuf::from(folder).join(name))
    }
}

/// Gives each host its password of the file, and returns why what is there does not count (section 32.16 of the manual).
pub(super) fn look_up_passwords(
    hosts: &mut [Host],
    file: Option<String>,
    (database, user): (&str, &str),
    variable: Variable<'_>,
) -> Option<String> {
    let path = file.map(PathBuf::from).or_else(|| home(variable, ".pgpass", "pgpass.conf"))?;
    let text = std::fs::read_to_string(&path).ok()?;
    let found: Vec<Option<String>> = hosts.iter().map(|host| password(&text, host, database, user)).collect();
    #[cfg(unix)]
    if found.iter().any(Option::is_some) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).map_or(0, |metadata| metadata.permissions().mode());
        if mode & 0o077 != 0 {
            return Some(format!(
                "the passwords in {path} are passed over, because others may read that file: chmod 0600 {path}",
                path = path.display()
            ));
        }
    }
    for (host, password) in hosts.iter_mut().zip(found) {
        host.password = password.map(crate::options::Secret);
    }
    None
}

/// The password that such a file has for a host.
fn password(text: &str, host: &Host, database: &str, user: &str) -> Option<String> {
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
    if SOCKETS.contains(&name.as_str()) { "localhost".to_owned() } else { name }
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
