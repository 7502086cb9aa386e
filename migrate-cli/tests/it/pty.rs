//! Somebody at a terminal: what is typed there, and what is to be seen. A real one, so that the command is asked to stop
//! as the kernel asks it to, and finds out by itself where it is.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use crate::session::Session;

pub(crate) const CTRL_C: &str = "\x03";
pub(crate) const CTRL_D: &str = "\x04";

/// A command under way at a terminal.
pub(crate) struct AtTerminal {
    child: Child,
    terminal: Arc<Pty>,
    shown: Arc<Shown>,
    reader: JoinHandle<()>,
    /// What was awaited ended here.
    seen: usize,
}

/// All that the terminal was sent so far.
#[derive(Default)]
struct Shown {
    text: Mutex<Text>,
    grew: Condvar,
}

#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    has_ended: bool,
}

/// The terminal belongs to a shell, as anywhere: when the first process of a terminal ends, what it has printed and nobody has
/// read is lost. It says how the command has ended, and stays until that was read.
const SHELL: &str =
    "trap : INT TERM; \"$0\" \"$@\"; printf '\u{27e6}%s\u{27e7}' \"$?\" >/dev/tty; read -r _ </dev/tty";

const CODE: [&str; 2] = ["\u{27e6}", "\u{27e7}"];

/// Nothing that is awaited takes as long, however busy the machine is.
const PATIENCE: Duration = Duration::from_mins(1);

impl AtTerminal {
    /// Calls the command at a terminal of this width.
    pub(crate) fn of_width(columns: u16, session: &Session, args: &[&str]) -> Self {
        Self::start(columns, session, args, false)
    }

    pub(crate) fn new(session: &Session, args: &[&str]) -> Self {
        Self::start(120, session, args, false)
    }

    /// Whose standard output goes into a pipe.
    pub(crate) fn into_pipe(session: &Session, args: &[&str]) -> Self {
        Self::start(120, session, args, true)
    }

    fn start(columns: u16, session: &Session, args: &[&str], into_pipe: bool) -> Self {
        let args = [&["-c", SHELL, env!("CARGO_BIN_EXE_migrate")], args].concat();
        let command = session.command(Path::new("/bin/sh"), &args);
        let mut command = Command::from(command).env("TERM", "xterm-256color");
        if into_pipe {
            command = command.stdout(Stdio::piped());
        }
        let (terminal, inside) = open().unwrap();
        terminal.resize(Size::new(40, columns)).unwrap();
        let child = command.spawn(inside).unwrap();
        let (terminal, shown) = (Arc::new(terminal), Arc::<Shown>::default());
        let reader = std::thread::spawn({
            let (terminal, shown) = (Arc::clone(&terminal), Arc::clone(&shown));
            move || shown.read(&terminal)
        });
        Self { child, terminal, shown, reader, seen: 0 }
    }

    pub(crate) fn types(&mut self, text: &str) {
        (&*self.terminal).write_all(text.as_bytes()).unwrap();
    }

    /// Asks it to end, as a supervisor does: all that belongs to the terminal.
    pub(crate) fn terminate(&self) {
        let group = format!("-{}", self.child.id());
        // The shell's own: not every system has the program.
        let kill = std::process::Command::new("sh").args(["-c", "kill -s TERM -- \"$0\"", &group]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits until the terminal shows this, behind what was awaited before.
    #[track_caller]
    pub(crate) fn shows(&mut self, expected: &str) {
        let Self { shown, seen, .. } = self;
        let mut from = *seen;
        let text = shown.text.lock().unwrap();
        let is_missing = |text: &mut Text| {
            let found = find(&text.bytes[from..], expected.as_bytes());
            if let Some(at) = found {
                from += at + expected.len();
            }
            found.is_none() && !text.has_ended
        };
        let (text, waited) = shown.grew.wait_timeout_while(text, PATIENCE, is_missing).unwrap();
        let all = || String::from_utf8_lossy(&text.bytes).into_owned();
        assert!(from > *seen && !waited.timed_out(), "{expected:?} is not shown: {:?}", all());
        self.seen = from;
    }

    /// Waits for its end: its exit code; what the terminal was sent, and what it shows in the end; the standard output,
    /// where that is another.
    pub(crate) fn ends(mut self) -> Ended {
        let [before, behind] = CODE;
        self.shows(before);
        self.shows(behind);
        self.types("\n");
        let mut out = String::new();
        if let Some(mut pipe) = self.child.stdout.take() {
            pipe.read_to_string(&mut out).unwrap();
        }
        self.child.wait().unwrap();
        self.reader.join().unwrap();
        let bytes = std::mem::take(&mut self.shown.text.lock().unwrap().bytes);
        let text = String::from_utf8(bytes[..self.seen].to_vec()).unwrap();
        let (sent, code) = text.trim_end_matches(behind).rsplit_once(before).unwrap();
        Ended { code: code.parse().unwrap(), out, screen: screen(sent), sent: sent.to_owned() }
    }
}

pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    /// With all that a terminal does not show.
    pub(crate) sent: String,
    /// What somebody reads there.
    pub(crate) screen: String,
}

impl Shown {
    fn read(&self, mut terminal: &Pty) {
        let mut buffer = [0; 4096];
        loop {
            // An error, where nobody has the other end any more.
            let read = terminal.read(&mut buffer).unwrap_or(0);
            let mut text = self.text.lock().unwrap();
            text.bytes.extend_from_slice(&buffer[..read]);
            text.has_ended = read == 0;
            self.grew.notify_all();
            if read == 0 {
                return;
            }
        }
    }
}

fn find(text: &[u8], expected: &[u8]) -> Option<usize> {
    text.windows(expected.len()).position(|window| window == expected)
}

/// What a terminal shows in the end of what it was sent: lines that were written over, and lines that were taken away,
/// are gone. Colours are left out.
fn screen(sent: &str) -> String {
    let (mut lines, mut column) = (vec![Vec::new()], 0);
    let mut rest = sent.chars();
    while let Some(character) = rest.next() {
        let line = lines.last_mut().unwrap();
        match character {
            '\n' => lines.push(Vec::new()),
            '\r' => column = 0,
            '\x1b' => {
                let mut code = String::new();
                while !code.ends_with(|c: char| c.is_ascii_alphabetic()) {
                    code.extend(rest.next().filter(|c| *c != '['));
                }
                match &*code {
                    "2K" => line.clear(),
                    "?7l" | "?7h" => {}
                    colour => assert!(colour.ends_with('m'), "{colour} in {sent:?}"),
                }
            }
            _ => {
                line.resize(line.len().max(column + 1), ' ');
                line[column] = character;
                column += 1;
            }
        }
    }
    lines.iter().map(|line| line.iter().collect::<String>() + "\n").collect()
}
