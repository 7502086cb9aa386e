//! What a command took, with all that it started: in a process of its own, which has had no other child. A program that
//! measures calls [`child`] first of all.

use std::env;
use std::process::Command;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

use crate::tools::Result;

const FLAG: &str = "--measured";

/// CPU seconds, and the kilobytes of the largest process.
#[derive(Clone, Copy)]
pub struct Usage {
    pub cpu: f64,
    pub peak: i64,
}

/// Runs a command and says what it took.
pub fn run(command: Command) -> Result<Usage> {
    let mut wrapped = Command::new(env::current_exe()?);
    wrapped.arg(FLAG).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            wrapped.env(name, value);
        }
    }
    let output = wrapped.output()?;
    let text = String::from_utf8(output.stdout)?;
    let (cpu, peak) =
        text.trim().split_once(' ').ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    Ok(Usage { cpu: cpu.parse()?, peak: peak.parse()? })
}

/// Does what [`run`] asks for where this process is one that it started, and says whether it is.
pub fn child() -> Result<bool> {
    let mut arguments = env::args().skip(1);
    if arguments.next().as_deref() != Some(FLAG) {
        return Ok(false);
    }
    let program = arguments.next().ok_or("no command")?;
    let status = Command::new(program).args(arguments).status()?;
    if !status.success() {
        return Err(format!("{status}").into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    println!("{} {}", seconds(usage.user_time()) + seconds(usage.system_time()), usage.max_rss());
    Ok(true)
}
