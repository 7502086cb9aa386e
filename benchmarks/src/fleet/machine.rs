//! What is asked of the machine: how much memory this process has had, how fast something goes, and the peer's command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use benchmarks::tools::Result;

const SQLX: &str = "0.9.0";

/// The most memory that this process has had so far, in MB.
pub(crate) fn peak() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// The peer's command, built once.
pub(crate) fn sqlx() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers");
    let program = root.join("bin/sqlx");
    if !program.exists() {
        eprintln!("building sqlx-cli {SQLX}, once");
        let status = Command::new("cargo")
            .args(["install", "--quiet", "sqlx-cli", "--version", SQLX, "--locked", "--no-default-features"])
            .args(["--features", "postgres", "--root"])
            .arg(&root)
            .status()?;
        if !status.success() {
            return Err("sqlx-cli could not be built".into());
        }
    }
    Ok(program)
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub(crate) async fn rate(tenants: usize, work: impl Future<Output = Result<()>>) -> Result<f64> {
    let start = Instant::now();
    work.await?;
    #[expect(clippy::cast_precision_loss, reason = "a rate for the eye")]
    Ok(tenants as f64 / start.elapsed().as_secs_f64())
}
