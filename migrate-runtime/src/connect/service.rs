//! The files of services: a name for some parameters of a connection (section 32.17 of the manual).

use std::fs;
use std::path::{Path, PathBuf};

use migrate_source::Code;

use super::ConnectError;
use super::environment::{Variable, home, set};
use super::keyword::{self, Known};
use super::parse::{Origin, Parameters};

/// Where the file of all users is, by who builds PostgreSQL: Debian, Red Hat, Alpine, and by itself.
const FOLDERS: [&str; 4] =
    ["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/etc/postgresql", "/usr/local/pgsql/etc"];

/// Adds what the service that is named says of parameters that are not given.
pub(super) fn fill(parameters: &mut Parameters, variable: Variable<'_>) -> Result<(), ConnectError> {
    let given = parameters.take("service");
    let Some(service) = given.or_else(|| set(variable, "PGSERVICE")) else {
        return Ok(());
    };
    let named = parameters.take("servicefile").or_else(|| set(variable, "PGSERVICEFILE")).map(PathBuf::from);
    let must_exist = named.is_some();
    let mut read = Vec::new();
    let own = named.or_else(|| home(variable, ".pg_service.conf", "pg_service.conf"));
    for (path, must_exist) in own.map(|path| (path, must_exist)).into_iter().chain(of_all_users(variable)) {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if !must_exist && error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                let what = format!("the service file {} cannot be read: {error}", path.display());
                return Err(ConnectError::new(Code::M0502, what));
            }
        };
        if fill_from(parameters, &text, &path, &service)? {
            return Ok(());
        }
        read.push(path.display().to_string());
    }
    let service = migrate_source::masked_name(&service);
    let (place, own) = match read.first() {
        Some(first) => (read.join(" and "), &**first),
        None => ("a service file".to_owned(), "~/.pg_service.conf"),
    };
    Err(ConnectError::new(
        Code::M0502,
        format!(
            "there is no service `{service}` in {place}: add a section [{service}] to {own}, or name another file by \
             PGSERVICEFILE"
        ),
    ))
}

fn of_all_users(variable: Variable<'_>) -> Vec<(PathBuf, bool)> {
    let folders = match set(variable, "PGSYSCONFDIR") {
        Some(folder) => vec![folder],
        None => FOLDERS.map(str::to_owned).to_vec(),
    };
    folders.iter().map(|folder| (Path::new(folder).join("pg_service.conf"), false)).collect()
}

/// Whether the file has the service. Of a parameter that a section has twice, the first one counts, as in libpq.
fn fill_from(
    parameters: &mut Parameters,
    text: &str,
    path: &Path,
    service: &str,
) -> Result<bool, ConnectError> {
    let wrong = |at: usize, why: &str| {
        let (path, line) = (path.display(), at + 1);
        Err(ConnectError::new(Code::M0502, format!("line {line} of the service file {path} {why}")))
    };
    let mut is_found = false;
    for (at, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split_once(']')).map(|(name, _)| name)
        {
            if is_found {
                return Ok(true);
            }
            is_found = name == service;
            continue;
        }
        if !is_found {
            continue;
        }
        if line.starts_with("ldap://") {
            return wrong(
                at,
                "names an LDAP server, which is not supported here: write the parameters themselves",
            );
        }
        let Some((name, value)) = line.split_once('=') else {
            return wrong(at, "has no `=`: write `keyword=value`");
        };
        match keyword::known(name) {
            Some(Known::Libpq(keyword)) if ["service", "servicefile"].contains(&keyword.name) => {
                return wrong(at, "names another service: write its parameters here");
            }
            // Its old form is for strings.
            Some(Known::Libpq(keyword)) if keyword.name == "requiressl" => {
                return wrong(at, "has requiressl: write sslmode=require");
            }
            Some(Known::Libpq(keyword)) if parameters.has(keyword.name) => {}
            Some(Known::Libpq(keyword)) => {
                parameters.set_from(Origin::Service(path.to_owned()), keyword.name, value.to_owned());
            }
            Some(Known::Other(_)) => {}
            // A file of services is libpq's.
            Some(Known::SearchPath(_)) | None => {
                return wrong(
                    at,
                    "has a parameter that is not known: write `keyword=value` without spaces around the `=`",
                );
            }
        }
    }
    Ok(is_found)
}
