//! A PgBouncer on loopback in front of the test server, for as long as one test lasts. It judges nothing, and needs nothing
//! but PgBouncer and a shell.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use migrate_runtime::tokio_postgres::{Client, Config, NoTls};
use tempfile::TempDir;

use crate::skip::skip;
use crate::support::{Db, SERVER, address, connect, find_program, moved};

/// It ends with this value, and with the process of the tests.
pub(crate) struct Pooler {
    process: Child,
    /// A shell that waits for the end of what we write to it, which is that of our process, and then ends PgBouncer.
    keeper: Child,
    address: SocketAddr,
    folder: TempDir,
}

/// Another process may take a free port before PgBouncer does.
const PORTS_TRIED: u32 = 5;

impl Pooler {
    /// In `transaction` or `session` mode, with at most this many connections to each database. `None`: there is no
    /// PgBouncer on this machine.
    pub(crate) async fn start(mode: &str, size: usize) -> Option<Self> {
        let Some(program) = find_program("pgbouncer", None) else {
            skip("pgbouncer", "a pooler between a process and the server is not tested");
            return None;
        };
        for _ in 0..PORTS_TRIED {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            let mut pooler = Self::spawn(&program, mode, size, (Ipv4Addr::LOCALHOST, port).into());
            if pooler.is_ready().await {
                return Some(pooler);
            }
            let log = fs::read_to_string(pooler.folder.path().join("log")).unwrap();
            assert!(log.contains("Address already in use"), "PgBouncer did not start:\n{log}");
        }
        panic!("no port came free for PgBouncer");
    }

    fn spawn(program: &Path, mode: &str, size: usize, address: SocketAddr) -> Self {
        let is_root = id(&["-u"]) == 0;
        // Not below TMPDIR, which may be one that only root gets to.
        let folder = if is_root { tempfile::tempdir_in("/tmp") } else { tempfile::tempdir() }.unwrap();
        write_config(folder.path(), mode, size, address);
        let mut command = Command::new(program);
        command.arg(folder.path().join("config")).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(folder.path().join("log")).unwrap());
        if is_root {
            // PgBouncer refuses root.
            let (user, group) = (id(&["-u", "nobody"]), id(&["-g", "nobody"]));
            for path in [folder.path().to_owned(), folder.path().join("config"), folder.path().join("users")]
            {
                chown(path, Some(user), Some(group)).unwrap();
            }
            command.uid(user).gid(group);
        }
        let process = command.spawn().unwrap();
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", "read -r _; kill -s KILL \"$0\"", &process.id().to_string()])
            .stdin(Stdio::piped());
        Self { process, keeper: keeper.spawn().unwrap(), address, folder }
    }

    /// Waits until it accepts connections, or has given up.
    async fn is_ready(&mut self) -> bool {
        let url = moved(SERVER.url(), self.address);
        for _ in 0..1000 {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if url.parse::<Config>().unwrap().connect(NoTls).await.is_ok() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    /// The database, by way of PgBouncer.
    pub(crate) fn url(&self, db: &Db) -> String {
        moved(&db.url, self.address)
    }

    pub(crate) async fn connect(&self, db: &Db) -> Client {
        connect(&self.url(db)).await
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // The keeper first: it knows PgBouncer by a number, which may be another one's afterwards.
        for child in [&mut self.keeper, &mut self.process] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn write_config(folder: &Path, mode: &str, size: usize, listen: SocketAddr) {
    let server: Config = SERVER.url().parse().unwrap();
    let password = server.get_password().map(|password| std::str::from_utf8(password).unwrap());
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let users = format!("{} {}\n", quoted(server.get_user().unwrap()), quoted(password.unwrap_or_default()));
    // A server that asks for no password is none to be kept from others here.
    let auth_type = if password.is_some() { "scram-sha-256" } else { "trust" };
    let (host, port) = address(SERVER.url());
    let config = format!(
        "[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = {}
listen_port = {}
unix_socket_dir =
auth_type = {auth_type}
auth_file = {}
pool_mode = {mode}
default_pool_size = {size}
",
        listen.ip(),
        listen.port(),
        folder.join("users").display(),
    );
    fs::write(folder.join("config"), config).unwrap();
    fs::write(folder.join("users"), users).unwrap();
}

fn id(args: &[&str]) -> u32 {
    let output = Command::new("id").args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}
