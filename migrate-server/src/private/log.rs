//! What a server writes: read to its end so that it never blocks, its last lines kept for an
//! error, and two events found in it. It must not interpret anything else.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const TAIL_LINES: usize = 40;
const LINE_BYTES: u64 = 2000;
const READY: &str = "database system is ready to accept connections";

/// The log of one command, which another thread drains.
#[derive(Debug)]
pub(crate) struct Log(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// The server has said that it accepts connections.
    pub(crate) ready: bool,
    /// Nobody can write any more: the command and all its children are gone.
    pub(crate) ended: bool,
    tail: VecDeque<String>,
}

impl Log {
    /// Drains `output`, with a copy to `copy`.
    pub(crate) fn drain(output: impl Read + Send + 'static, copy: Option<File>) -> Self {
        let shared = Arc::new(Shared::default());
        let for_thread = Arc::clone(&shared);
        thread::spawn(move || for_thread.read(BufReader::new(output), copy));
        Self(shared)
    }

    /// Waits until the state is as wanted, and says whether that came in time.
    pub(crate) fn wait(&self, at_most: Duration, wanted: impl Fn(&State) -> bool) -> bool {
        let state = self.0.state();
        let result = self.0.changed.wait_timeout_while(state, at_most, |state| !wanted(state));
        let (state, _) = result.unwrap_or_else(PoisonError::into_inner);
        wanted(&state)
    }

    pub(crate) fn is_ready(&self) -> bool {
        let state = self.0.state();
        state.ready && !state.ended
    }

    /// The last lines, each indented, as an error shows them.
    pub(crate) fn tail(&self) -> String {
        let state = self.0.state();
        if state.tail.is_empty() {
            return "  (it wrote nothing)".to_owned();
        }
        let lines: Vec<String> = state.tail.iter().map(|line| format!("  {line}")).collect();
        lines.join("\n")
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, mut output: impl BufRead, mut copy: Option<File>) {
        let mut line = Vec::new();
        // A line without an end is taken in pieces, so that the memory stays bounded.
        while let Ok(1..) = output.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line) {
            if copy.as_mut().is_some_and(|copy| copy.write_all(&line).is_err()) {
                // A full disk must not end the server.
                copy = None;
            }
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            let mut state = self.state();
            state.ready |= text.contains(READY);
            if !text.is_empty() {
                if state.tail.len() == TAIL_LINES {
                    state.tail.pop_front();
                }
                state.tail.push_back(text);
            }
            drop(state);
            self.changed.notify_all();
            line.clear();
        }
        self.state().ended = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Log, TAIL_LINES};

    const SOON: Duration = Duration::from_secs(5);

    #[test]
    fn finds_the_events() {
        let text = "LOG:  starting\nLOG:  database system is ready to accept connections\n";
        let log = Log::drain(text.as_bytes(), None);
        assert!(log.wait(SOON, |state| state.ready));
        assert!(log.wait(SOON, |state| state.ended));
        assert!(!log.is_ready());
        assert!(log.tail().starts_with("  LOG:  starting\n"));
    }

    #[test]
    fn is_not_ready_when_the_output_ends() {
        let log = Log::drain("FATAL:  no\n".as_bytes(), None);
        assert!(log.wait(SOON, |state| state.ready || state.ended));
        assert!(!log.is_ready());
        let silent = Log::drain("".as_bytes(), None);
        assert!(silent.wait(SOON, |state| state.ended));
        assert_eq!(silent.tail(), "  (it wrote nothing)");
    }

    #[test]
    fn keeps_a_bounded_tail() {
        let lines: Vec<String> = (0..200).map(|n| format!("line {n}\n")).collect();
        let text = lines.concat() + &"x".repeat(5000);
        let log = Log::drain(std::io::Cursor::new(text), None);
        assert!(log.wait(SOON, |state| state.ended));
        let tail = log.tail();
        assert_eq!(tail.lines().count(), TAIL_LINES);
        assert!(tail.contains("line 199") && !tail.contains("line 100\n"));
        assert!(tail.lines().all(|line| line.len() <= 2002));
    }
}
