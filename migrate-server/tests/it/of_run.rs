//! One server for the processes of a run of tests: this very test binary, run again and again by a shell that is called
//! like cargo.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, fs};

use migrate_server::Server;

use crate::support::{Scratch, eventually, listens, port_of};

const LINE: &str = "server: ";

/// Two at once, and one more when it is told.
const RUN: &str = r#""$@" & "$@" & wait; read -r _; "$@"; read -r _"#;

#[test]
#[ignore = "run by other tests as a process of its own"]
#[allow(clippy::print_stdout)]
fn needs_a_server() {
    let server = Server::of_run().unwrap();
    assert!(server.bin_dir().is_some_and(Path::is_dir));
    println!("\n{LINE}{} {}", server.url(), server.is_private());
}

struct Run {
    child: Child,
    words: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Run {
    fn new(scratch: &Scratch, name: &str) -> Self {
        let starter = scratch.path().join(name);
        std::os::unix::fs::symlink("/bin/sh", &starter).unwrap();
        let mut command = Command::new(starter);
        command.args(["-c", RUN, "sh"]).arg(env::current_exe().unwrap());
        command.args(["--exact", "of_run::needs_a_server", "--ignored", "--nocapture"]);
        command.env("TMPDIR", scratch.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let words = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, words, output }
    }

    /// The next server that a process has got.
    fn url(&mut self) -> String {
        let mut line = String::new();
        while !line.starts_with(LINE) {
            line.clear();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended early");
        }
        line[LINE.len()..].trim().to_owned()
    }
}

fn is_empty(dir: &Path) -> bool {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("migrate-server")).count() == 0
}

#[test]
fn all_have_one_and_it_ends_with_the_run() {
    for is_killed in [false, true] {
        let scratch = Scratch::new();
        let mut run = Run::new(&scratch, "cargo");
        let (one, other) = (run.url(), run.url());
        assert!(one == other && one.ends_with(" false"), "{one} {other}");
        // Both of these have ended, and the server is there.
        run.words.write_all(b"\n").unwrap();
        assert_eq!(run.url(), one);
        assert!(listens(port_of(&one)));
        if is_killed {
            run.child.kill().unwrap();
        } else {
            run.words.write_all(b"\n").unwrap();
        }
        run.child.wait().unwrap();
        eventually("the server ends", || !listens(port_of(&one)));
        eventually("nothing is left", || is_empty(scratch.path()));
    }
}

#[test]
fn who_is_of_no_run_has_one_of_its_own() {
    let scratch = Scratch::new();
    let mut run = Run::new(&scratch, "not-cargo");
    let (one, other) = (run.url(), run.url());
    assert!(one != other && one.ends_with(" true") && other.ends_with(" true"), "{one} {other}");
    run.child.kill().unwrap();
    run.child.wait().unwrap();
    eventually("nothing is left", || is_empty(scratch.path()));
}
