//! What is asked between two waves: a command of the shell, which says yes by its exit code.

use std::process::Stdio;

use crate::fleet::{Gate, GateFuture, Wave};

/// Runs a command after each wave.
pub(super) struct Check<'c>(pub(super) &'c str);

/// How much of what a command says is repeated.
const LONGEST: usize = 500;

impl Gate for Check<'_> {
    fn pass<'g>(&'g self, wave: &'g Wave) -> GateFuture<'g> {
        Box::pin(async move {
            let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
            let output = tokio::process::Command::new(shell)
                .args([flag, self.0])
                .env("MIGRATE_WAVE", wave.number.to_string())
                .env("MIGRATE_WAVES", wave.of.to_string())
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .output()
                .await
                .map_err(|error| format!("`{}` cannot be run: {error}", self.0))?;
            if output.status.success() {
                return Ok(());
            }
            let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
            let said = String::from_utf8_lossy(said);
            let said: String = said.trim().chars().take(LONGEST).collect();
            Err(format!("`{}` ended with {}: {said}", self.0, output.status).into())
        })
    }
}
