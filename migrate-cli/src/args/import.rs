//! The command line of what takes another tool's migrations over.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use migrate_import::Tool;

#[derive(Clone, Debug, Args)]
pub(crate) struct Import {
    /// The tool that the migrations are written for
    #[arg(long, value_name = "TOOL", value_parser = tool())]
    pub(crate) from: Tool,
    /// Its folder
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
}

fn tool() -> impl TypedValueParser<Value = Tool> {
    PossibleValuesParser::new(Tool::ALL.map(Tool::name)).try_map(|name| name.parse::<Tool>())
}
