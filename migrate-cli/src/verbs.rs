//! The verbs on files, one a module: each calls the crate that decides, and says what it did.

mod create;
mod database;
mod diff;
mod docs;
mod drift;
mod dump;
mod explain;
mod fleet;
mod fleet_verify;
mod generate;
mod import;
mod init;
mod lint;
mod lock;
mod pages;
mod renumber;
mod reset;
mod squash;
mod verify;

pub(crate) use create::create;
pub(crate) use database::database;
pub(crate) use diff::diff;
pub(crate) use docs::docs;
pub(crate) use drift::drift;
pub(crate) use dump::dump;
pub(crate) use explain::explain;
pub(crate) use fleet::fleet;
pub(crate) use generate::generate;
pub(crate) use import::import;
pub(crate) use init::init;
pub(crate) use lint::lint;
pub(crate) use lock::lock;
pub(crate) use pages::{completions, man};
pub(crate) use renumber::renumber;
pub(crate) use reset::reset;
pub(crate) use squash::squash;
pub(crate) use verify::verify;

use crate::say::shown;
