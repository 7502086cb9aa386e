//! Who the tenants are, by what the command line says.

use std::io::Read as _;
use std::path::Path;

use migrate_source::Code;

use super::args::List;
use super::control;
use crate::cli::target::Surroundings;
use crate::cli::terminal::printable;
use crate::cli::{Database, Target, Told};
use crate::fleet::{ListFormat, Tenants};

/// Who the tenants are, and the control database, where it was asked or named.
pub struct Listed {
    /// The tenants.
    pub tenants: Tenants,
    /// The control database.
    pub control: Option<Database>,
}

/// Finds out who the tenants are.
///
/// # Errors
///
/// The control database is not given or cannot be asked, the file cannot be read, or the list is wrong or leaves nobody to
/// visit: what happened and what to do, without a password in it.
pub async fn list(list: &List, target: &Target) -> Result<Listed, Told> {
    let control = control_of(list, target)?;
    let tenants = tenants_of(list, control.as_ref()).await?;
    Ok(Listed { tenants, control })
}

/// The control database. A list that is a file needs none.
pub(super) fn control_of(list: &List, target: &Target) -> Result<Option<Database>, Told> {
    // Before a control database that is not needed is passed over.
    Surroundings::of_process().is_production()?;
    match control(target) {
        Ok(control) => Ok(Some(control)),
        // One that is given and cannot be understood is a mistake also where it is not needed.
        Err(why) if list.is_of_control() || target.database_url.is_some() => Err(why),
        Err(_) => Ok(None),
    }
}

/// Who the tenants are.
///
/// # Errors
///
/// The list cannot be read; or it leaves nobody to visit, which is no success: it may be a typing error.
pub(super) async fn tenants_of(list: &List, control: Option<&Database>) -> Result<Tenants, Told> {
    let url = control.map_or("", Database::url);
    let (tenants, nobody) = match list {
        List { tenants_from: Some(query), .. } => {
            let help = "correct the query, or pass --allow-empty if there may be no tenant yet";
            (Tenants::from_query(url, query).await, format!("the query lists no tenant\nhelp: {help}"))
        }
        List { databases: Some(pattern), .. } => {
            (Tenants::databases(url, pattern).await, no_match("database of the server", pattern))
        }
        List { schemas: Some(pattern), .. } => {
            (Tenants::schemas(url, pattern).await, no_match("schema of the database", pattern))
        }
        List { tenants_file: Some(path), .. } => {
            let (text, format) = read(path)?;
            let tenants = Tenants::parse(&text, format, &|name| std::env::var(name).ok());
            let help = "add tenants to it, or pass --allow-empty if there may be no tenant yet";
            (tenants, format!("{} lists no tenant\nhelp: {help}", name_of(path)))
        }
        _ => (Tenants::new([]), String::new()),
    };
    let tenants = tenants?;
    match (tenants.list(), tenants.skipped()) {
        ([], []) if !list.allow_empty => Err(Told::new(Code::M0704, nobody)),
        ([], skipped @ [_, ..]) => Err(Told::new(
            Code::M0704,
            printable(&format!(
                "no tenant is left to visit: {} skipped as not PostgreSQL: {}\nhelp: correct `database_type` in the list, or \
                 list tenants whose database is PostgreSQL",
                skipped.len(),
                crate::fleet::skipped(skipped),
            )),
        )),
        _ => Ok(tenants),
    }
}

fn no_match(what: &str, pattern: &str) -> String {
    format!(
        "no {what} is called like {pattern:?}\nhelp: correct the pattern: `*` stands for any characters, and nothing else \
         is special"
    )
}

fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "the standard input".to_owned() } else { path.display().to_string() }
}

fn read(path: &Path) -> Result<(String, ListFormat), Told> {
    let is_input = path == Path::new("-");
    let read = if is_input {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let text = read.map_err(|error| {
        Told::new(Code::M0701, format!("{}: cannot read the list of tenants: {error}", name_of(path)))
    })?;
    let ending = path.extension().and_then(|ending| ending.to_str()).and_then(ListFormat::of_ending);
    let format = ending.unwrap_or_else(|| ListFormat::of_text(&text));
    Ok((text, format))
}
