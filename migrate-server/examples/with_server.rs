//! Runs a command with `DATABASE_URL` naming a server: the one of `DATABASE_URL` if it is set, a
//! private one for as long as the command runs otherwise. It shows the crate and starts no other.
//!
//! `cargo run -p migrate-server --example with_server -- [--data DIR] [--bundled] COMMAND…`
#![allow(clippy::print_stderr)]

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};

use migrate_server::Options;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let mut options = Options::new();
    let mut arguments = env::args_os().skip(1).peekable();
    while let Some(argument) = arguments.next_if(|argument| argument.as_encoded_bytes().starts_with(b"--")) {
        options = match argument.to_str() {
            Some("--data") => options.data_in(arguments.next().ok_or("`--data` wants a directory")?),
            #[cfg(feature = "bundled")]
            Some("--bundled") => options.bundled(),
            _ => return Err(format!("unknown option {}", argument.display()).into()),
        };
    }
    let program = arguments.next().ok_or("name a command to run, for example `env`")?;

    let server = options.obtain()?;
    eprintln!("{}", server.origin());
    let status = Command::new(program).args(arguments).env("DATABASE_URL", server.url()).status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
