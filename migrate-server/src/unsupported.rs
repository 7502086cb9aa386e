//! Stands in for `private` where no private server can be started. It never holds a value.

use std::path::Path;

use crate::{Error, Options, Origin};

pub(crate) enum Private {}

/// One that the processes of a run share.
pub(crate) struct Shared {
    pub(crate) url: String,
    pub(crate) origin: Origin,
}

impl Shared {
    pub(crate) fn of_run() -> Result<Option<Self>, Error> {
        Err(Error::Unsupported)
    }
}

impl Private {
    pub(crate) fn start(_: Options) -> Result<Self, Error> {
        Err(Error::Unsupported)
    }

    pub(crate) fn url(&self) -> String {
        match *self {}
    }

    pub(crate) fn origin(&self) -> Origin {
        match *self {}
    }

    pub(crate) fn bin_dir(&self) -> &Path {
        match *self {}
    }

    pub(crate) fn dir(&self) -> &Path {
        match *self {}
    }

    pub(crate) fn stop_immediately(&mut self) -> Result<(), Error> {
        match *self {}
    }

    pub(crate) fn restart(&mut self) -> Result<(), Error> {
        match *self {}
    }
}
