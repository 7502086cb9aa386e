//! A PgBouncer on loopback in transaction mode, in front of the server of the benchmark.

use std::env;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use benchmarks::tools::{Result, connect};
use migrate_runtime::tokio_postgres::Config;
use tempfile::TempDir;

use crate::database::Db;

/// It ends with this value, and when the thread ends that started it.
pub(crate) struct Pooler {
    program: PathBuf,
    process: Child,
    port: u16,
    server: u16,
    folder: TempDir,
}

impl Pooler {
    /// `None`: there is no PgBouncer on this machine.
    pub(crate) async fn start(url: &str) -> Result<Option<Self>> {
        let Some(program) = program() else { return Ok(None) };
        let config: Config = url.parse()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        // Not below TMPDIR, which may be one that only root gets to.
        let folder = tempfile::tempdir_in("/tmp")?;
        write(folder.path(), &config, port)?;
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig=KILL");
        if id(&["-u"])? == "0" {
            // PgBouncer refuses root.
            Command::new("chown").args(["-R", "nobody"]).arg(folder.path()).status()?;
            command.args(["--reuid=nobody", "--clear-groups"]);
            command.arg(format!("--regid={}", id(&["-g", "nobody"])?));
        }
        let log = File::create(folder.path().join("log"))?;
        let process = command
            .arg(&program)
            .arg(folder.path().join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let mut pooler = Self { program, process, port, server: config.get_ports()[0], folder };
        pooler.is_ready(url).await?;
        Ok(Some(pooler))
    }

    async fn is_ready(&mut self, url: &str) -> Result<()> {
        let url = self.moved(url)?;
        for _ in 0..500 {
            if self.process.try_wait()?.is_some() {
                break;
            }
            if connect(&url).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!("PgBouncer: {}", fs::read_to_string(self.folder.path().join("log"))?).into())
    }

    /// As it says itself: newer ones know about prepared statements.
    pub(crate) fn version(&self) -> Result<String> {
        let output = Command::new(&self.program).arg("--version").output()?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
    }

    /// The database, by way of PgBouncer.
    pub(crate) fn url(&self, db: &Db) -> Result<String> {
        self.moved(&db.url)
    }

    fn moved(&self, url: &str) -> Result<String> {
        Ok(url.replace(&format!(":{}/", self.server), &format!(":{}/", self.port)))
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Debian keeps it where only root looks.
pub(crate) fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.push(PathBuf::from("/usr/sbin"));
    folders.into_iter().map(|folder| folder.join("pgbouncer")).find(|path| path.is_file())
}

fn write(folder: &Path, server: &Config, port: u16) -> Result<()> {
    let user = server.get_user().ok_or("the server's URL has no user")?;
    let password = std::str::from_utf8(server.get_password().unwrap_or_default())?;
    fs::write(folder.join("users"), format!("\"{user}\" \"{password}\"\n"))?;
    let config = format!(
        "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
         unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\npool_mode = transaction\n\
         default_pool_size = 4\nignore_startup_parameters = extra_float_digits\n",
        server.get_ports()[0],
        folder.join("users").display(),
    );
    Ok(fs::write(folder.join("config"), config)?)
}

fn id(arguments: &[&str]) -> Result<String> {
    let output = Command::new("id").args(arguments).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
