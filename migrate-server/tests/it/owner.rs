//! A process that owns a server and can be killed: this very test binary, run again for its one
//! ignored test.

use std::env;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use migrate_server::Options;

const DATA: &str = "MIGRATE_SERVER_TEST_DATA";
const LINE: &str = "owner: ";

/// The process, in a process group of its own.
pub(crate) struct Owner {
    pub(crate) child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Owner {
    /// Starts one whose temporary server is made in `temporary`, if given, or whose data are kept
    /// in `data`, if given.
    pub(crate) fn spawn(temporary: Option<&Path>, data: Option<&Path>, url: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "owner::owns_a_server", "--ignored", "--nocapture"]);
        command.env("DATABASE_URL", url);
        if let Some(temporary) = temporary {
            command.env("TMPDIR", temporary);
        }
        if let Some(data) = data {
            command.env(DATA, data);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// Waits until it has its server: the URL and the directory.
    pub(crate) fn server(&mut self) -> (String, PathBuf) {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended early");
            // What the test harness writes may be on the same line.
            if let Some((_, answer)) = line.split_once(LINE) {
                let (url, dir) = answer.trim().split_once(' ').unwrap_or((answer.trim(), ""));
                return (url.to_owned(), PathBuf::from(dir));
            }
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "run by other tests as a process of its own"]
#[allow(clippy::print_stdout)]
fn owns_a_server() {
    let mut options = Options::new();
    if let Some(data) = env::var_os(DATA) {
        options = options.data_in(data);
    }
    let server = options.obtain().unwrap();
    let dir = server.data_dir().unwrap_or(Path::new(""));
    println!("{LINE}{} {}", server.url(), dir.display());
    // Until the other process says `panic`, or nothing more.
    let mut word = String::new();
    io::stdin().read_to_string(&mut word).unwrap();
    if word == "panic" {
        // Without the message, which would look like a failure of the test that wants this.
        std::panic::resume_unwind(Box::new("as told"));
    }
    if word == "exit" {
        std::process::exit(0);
    }
}
