//! Who the tenants are, by what the command line says.

use std::io::Read as _;
use std::path::Path;

use super::args::List;
use super::control;
use crate::cli::{Database, Target};
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
pub async fn list(list: &List, target: &Target) -> Result<Listed, String> {
    let control = control(target);
    let (control, why) = match control {
        Ok(control) => (Some(control), None),
        Err(why) if list.is_of_control() => return Err(why),
        Err(why) => (None, Some(why)),
    };
    // A URL that is given and cannot be understood is a mistake also where it is not needed.
    if let (Some(why), Some(_)) = (why, &target.database_url) {
        return Err(why);
    }
    let url = control.as_ref().map_or("", Database::url);
    let tenants = match list {
        List { tenants_from: Some(query), .. } => Tenants::from_query(url, query).await,
        List { databases: Some(pattern), .. } => Tenants::databases(url, pattern).await,
        List { schemas: Some(pattern), .. } => Tenants::schemas(url, pattern).await,
        List { tenants_file: Some(path), .. } => {
            let (text, format) = read(path)?;
            Tenants::parse(&text, format, &|name| std::env::var(name).ok())
        }
        _ => Tenants::new([]),
    };
    Ok(Listed { tenants: tenants.map_err(|error| error.to_string())?, control })
}

fn read(path: &Path) -> Result<(String, ListFormat), String> {
    let is_input = path == Path::new("-");
    let read = if is_input {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let text = read.map_err(|error| {
        let name = if is_input { "the standard input".to_owned() } else { path.display().to_string() };
        format!("{name}: the list of tenants cannot be read: {error}")
    })?;
    let ending = path.extension().and_then(|ending| ending.to_str()).and_then(ListFormat::of_ending);
    let format = ending.unwrap_or_else(|| ListFormat::of_text(&text));
    Ok((text, format))
}
