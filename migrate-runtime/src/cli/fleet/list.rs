//! Who the tenants are, by what the command line says.

use std::io::Read as _;
use std::path::Path;

use migrate_source::Code;

use super::args::List;
use super::control;
use crate::cli::target::Surroundings;
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
/// The control database is not given or cannot be asked, the file cannot be read, or the list is wrong: a line that says
/// what to do, without a password in it.
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

/// Who the tenants are. Nobody is an answer of a query only: a pattern or a file that has nobody is a mistake.
pub(super) async fn tenants_of(list: &List, control: Option<&Database>) -> Result<Tenants, Told> {
    let url = control.map_or("", Database::url);
    let nobody = |what: &str, pattern: &str| {
        format!(
            "{what} is called like {pattern:?}, where `*` stands for any characters and nothing else does"
        )
    };
    let (tenants, nobody) = match list {
        List { tenants_from: Some(query), .. } => (Tenants::from_query(url, query).await, None),
        List { databases: Some(pattern), .. } => {
            (Tenants::databases(url, pattern).await, Some(nobody("no database of the server", pattern)))
        }
        List { schemas: Some(pattern), .. } => {
            (Tenants::schemas(url, pattern).await, Some(nobody("no schema of the database", pattern)))
        }
        List { tenants_file: Some(path), .. } => {
            let (text, format) = read(path)?;
            let tenants = Tenants::parse(&text, format, &|name| std::env::var(name).ok());
            (tenants, Some(format!("{} lists no tenant", path.display())))
        }
        _ => (Tenants::new([]), None),
    };
    let tenants = tenants?;
    match nobody {
        Some(nobody) if tenants.list().is_empty() && tenants.skipped().is_empty() => {
            Err(Told::new(Code::M0704, nobody))
        }
        _ => Ok(tenants),
    }
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
        let name = if is_input { "the standard input".to_owned() } else { path.display().to_string() };
        Told::new(Code::M0701, format!("{name}: the list of tenants cannot be read: {error}"))
    })?;
    let ending = path.extension().and_then(|ending| ending.to_str()).and_then(ListFormat::of_ending);
    let format = ending.unwrap_or_else(|| ListFormat::of_text(&text));
    Ok((text, format))
}
