//! Which database is meant: the option, the environment, a file `.env`, libpq's variables, and the file of passwords. It
//! connects to nothing.

use std::fmt;
use std::path::{Path, PathBuf};

use migrate_source::{Code, MASK};

use super::{Target, Told};
use crate::connect::parameter::with_parameter;
use crate::connect::{Conninfo, Host, environment, string_of};
use crate::dotenv;
use crate::options::Secret;

/// The database that a verb is about.
///
/// [`Display`](fmt::Display) is its URL without the password: `postgres://app:***@host:5432/shop`.
#[derive(Clone)]
pub struct Database {
    url: Secret,
    shown: String,
    /// It may have swallowed a password.
    name: Secret,
    shown_name: String,
    /// As it is, and as it is shown.
    user: (Secret, String),
    hosts: Vec<String>,
    warnings: Vec<String>,
    /// `MIGRATE_ENV` is `production`.
    is_production: bool,
}

/// What is around the command line.
pub(super) struct Surroundings<'s> {
    pub(super) variable: &'s dyn Fn(&str) -> Option<String>,
    /// From where on `.env` is looked for.
    pub(super) folder: PathBuf,
}

/// The variable by which an environment says what it is.
pub(super) const ENVIRONMENT: &str = "MIGRATE_ENV";

const PRODUCTION: &str = "production";

/// What that variable may say.
const ENVIRONMENTS: [&str; 4] = [PRODUCTION, "staging", "development", "test"];

/// `prod`, `prd` and a slip of the pen are short for `production`; `live` is another word for it.
fn is_short_for(value: &str, name: &str) -> bool {
    if value == "live" {
        return name == PRODUCTION;
    }
    let mut letters = name.chars();
    let is_abbreviation = value.chars().all(|letter| letters.any(|other| other == letter));
    let begins_alike = value.get(..3).is_some_and(|begin| name.starts_with(begin));
    begins_alike || (is_abbreviation && value.chars().next() == name.chars().next())
}

const MISSING: &str = "no database is given: say --database-url postgres://user:password@host:port/name, or set \
    DATABASE_URL in the environment or in a file .env of this folder or one above, or libpq's variables (PGHOST, PGDATABASE, PGUSER, \
    PGPASSWORD, …)";

impl Surroundings<'_> {
    /// Those of this process.
    pub(super) fn of_process() -> Surroundings<'static> {
        // What is not UTF-8 keeps its place, so that it is refused where it counts, and not taken as unset.
        let variable = &|name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        Surroundings { variable, folder: PathBuf::from(".") }
    }

    /// Whether `MIGRATE_ENV` says that this is production.
    ///
    /// # Errors
    ///
    /// It is no name of an environment, or `.env` cannot be read: a misspelt one would guard nothing.
    pub(super) fn is_production(&self) -> Result<bool, Told> {
        let Some(value) = self.get(ENVIRONMENT)? else { return Ok(false) };
        let value = value.trim().to_lowercase();
        if value.is_empty() || ENVIRONMENTS.contains(&&*value) {
            return Ok(value == PRODUCTION);
        }
        let meant = ENVIRONMENTS.into_iter().find(|name| is_short_for(&value, name));
        let meant = meant.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
        let names = ENVIRONMENTS.map(|name| format!("`{name}`")).join(", ");
        Err(Told::new(
            Code::M0913,
            format!(
                "{ENVIRONMENT} is `{value}`, which is not the name of an environment\n\
                 help: {meant}set it to one of {names}, or unset it"
            ),
        ))
    }

    /// A variable, of the environment or else of the file `.env`, which is for development.
    fn get(&self, name: &str) -> Result<Option<String>, Told> {
        match (self.variable)(name).filter(|value| !value.is_empty()) {
            Some(of_process) => Ok(Some(of_process)),
            None => from_dotenv(&self.folder, name),
        }
    }
}

fn from_dotenv(folder: &Path, name: &str) -> Result<Option<String>, Told> {
    dotenv::get(folder, name).map_err(|error| Told::new(Code::M0103, error.to_string()))
}

/// Which database is meant.
///
/// # Errors
///
/// None is given, or what is given cannot be understood: a line that says what to do, without a password in it.
pub fn resolve(target: &Target) -> Result<Database, Told> {
    resolve_in(target, &Surroundings::of_process())
}

pub(super) fn resolve_in(target: &Target, surroundings: &Surroundings<'_>) -> Result<Database, Told> {
    let is_production = surroundings.is_production()?;
    let variable = surroundings.variable;
    let given = target.database_url.clone().filter(|url| !url.is_empty());
    let given = given.or_else(|| variable("DATABASE_URL").filter(|url| !url.is_empty()));
    let given = match given {
        Some(url) if url.contains(char::REPLACEMENT_CHARACTER) => {
            let text = "the connection string is not UTF-8\nhelp: write every byte that is not ASCII as % and two hex digits";
            return Err(Told::new(Code::M0502, text));
        }
        Some(url) => Some(url),
        None => from_dotenv(&surroundings.folder, "DATABASE_URL")?,
    };
    let url = match given {
        Some(url) => url,
        None if environment::names_a_database(variable) => string_of(variable)?,
        None => return Err(Told::new(Code::M0501, MISSING)),
    };
    Ok(Database { is_production, ..Database::new(url, variable)? })
}

impl Database {
    fn new(url: String, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Told> {
        let conninfo = Conninfo::parse_in(&url, variable)?;
        // Who runs this is no secret.
        let of_system = environment::user(variable);
        let user = conninfo.user().or_else(|| of_system.clone()).unwrap_or_default();
        let mut url = url;
        // For a verb that goes on to another database of the server, which the file of passwords may not have.
        if let Some(Secret(password)) = conninfo.hosts.first().and_then(|host| host.password.as_ref())
            && conninfo.hosts.len() == 1
        {
            url = with_parameter(&url, "password", password);
        }
        let name = conninfo.config.get_dbname().or(conninfo.config.get_user()).map(str::to_owned);
        let shown_name = conninfo.database().or_else(|| of_system.clone()).unwrap_or_default();
        let name = name.or(of_system).unwrap_or_default();
        let hosts: Vec<String> = conninfo.hosts.iter().map(host_name).collect();
        let places: Vec<String> = conninfo.hosts.iter().map(Host::place).collect();
        let password = if conninfo.has_password() && !user.ends_with(MASK) { ":***" } else { "" };
        let at = if user.is_empty() && password.is_empty() { "" } else { "@" };
        let shown = format!("postgres://{user}{password}{at}{}/{shown_name}", places.join(","));
        let exact_user = conninfo.config.get_user().map_or_else(|| user.clone(), str::to_owned);
        Ok(Self {
            url: Secret(url),
            shown,
            name: Secret(name),
            shown_name,
            user: (Secret(exact_user), user),
            hosts,
            warnings: conninfo.warnings,
            is_production: false,
        })
    }

    /// The connection string, with the password.
    pub fn url(&self) -> &str {
        &self.url.0
    }

    /// The name of the database, to be shown: what in it reads like a password is `***`.
    pub fn name(&self) -> &str {
        &self.shown_name
    }

    /// The name of the database, as it is.
    #[doc(hidden)]
    pub fn exact_name(&self) -> &str {
        &self.name.0
    }

    /// The user, as it is and as it may be shown.
    pub(super) fn user(&self) -> (&str, &str) {
        (&self.user.0.0, &self.user.1)
    }

    /// Whether the environment says that it is production.
    pub(super) fn is_production(&self) -> bool {
        self.is_production
    }

    /// The hosts, without ports.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// What is not as it should be: a line each.
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

fn host_name(host: &Host) -> String {
    let address = || host.address.map(|address| address.to_string());
    host.name.clone().or_else(address).unwrap_or_default()
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.shown).finish()
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests;
