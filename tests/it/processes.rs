//! The process that applies a folder, for tests that start it, and kill it or let many race.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

/// The command, not yet started. The process ends with the value that it is started as.
pub(crate) fn migrator(folder: &Path, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrator"));
    command.arg(folder).arg(url).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Starts this many at once, all of which must end well, and gives back the versions that they applied, sorted.
pub(crate) async fn race(folder: &Path, url: &str, count: usize) -> Vec<i64> {
    let children: Vec<_> = (0..count).map(|_| migrator(folder, url).spawn().unwrap()).collect();
    let mut applied = Vec::new();
    let mut complaints = Vec::new();
    for child in children {
        let output = child.wait_with_output().await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        applied.extend(text.lines().map(|line| line.parse::<i64>().unwrap()));
        if !output.status.success() {
            complaints.push(String::from_utf8_lossy(&output.stderr).into_owned());
        }
    }
    assert!(complaints.is_empty(), "{} of {count} failed:\n{}", complaints.len(), complaints.join("\n"));
    applied.sort_unstable();
    applied
}
