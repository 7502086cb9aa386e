//! The command line of what prints pages about the command itself.

use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Args)]
pub(crate) struct Explain {
    /// The code of an error, also as `m0201` or `201`, or the name of a lint
    #[arg(value_name = "CODE")]
    pub(crate) what: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Man {
    /// Writes a page for each verb into this folder instead
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
}
