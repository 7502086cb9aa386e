//! One of the two streams that a [`Terminal`](super::Terminal) prints to: with or without colours, and what became of what was
//! written to it.

use std::io::{self, ErrorKind, Write};

use super::Color;

pub(super) struct Stream {
    to: Box<dyn Write + Send>,
    /// Why it takes no more. Nothing is written behind a gap.
    lost: Option<io::Error>,
    /// What `--color auto` comes to.
    may_color: bool,
    in_color: bool,
}

impl Stream {
    /// Without colours.
    pub(super) fn new(to: Box<dyn Write + Send>) -> Self {
        Self { to, lost: None, may_color: false, in_color: false }
    }

    /// Whether it shows colours where `--color` leaves that open, which it does so far.
    pub(super) fn may_color(&mut self, may_color: bool) {
        self.may_color = may_color;
        self.set_color(Color::Auto);
    }

    pub(super) fn set_color(&mut self, color: Color) {
        self.in_color = match color {
            Color::Auto => self.may_color,
            Color::Always => true,
            Color::Never => false,
        };
    }

    pub(super) fn line(&mut self, text: &str) {
        self.painted(&format!("{text}\n"));
    }

    pub(super) fn painted(&mut self, text: &str) {
        if self.in_color {
            self.write(text);
        } else {
            let plain = anstream::adapter::strip_str(text).to_string();
            self.write(&plain);
        }
    }

    pub(super) fn write(&mut self, text: &str) {
        if self.lost.is_none() {
            self.lost = self.to.write_all(text.as_bytes()).and_then(|()| self.to.flush()).err();
        }
    }

    /// Whether a write to it failed that a reader was waiting for.
    pub(super) fn has_failed(&self) -> bool {
        self.lost.as_ref().is_some_and(|error| !is_closed(error))
    }

    /// Why a write to it failed that a reader was waiting for. From here on it is written to again.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.lost.take().filter(|error| !is_closed(error))
    }
}

/// Whoever has closed a pipe does not want to read what comes: `myservice migrate status | head -1`.
fn is_closed(error: &io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::cli::{Exit, Format, Target, Terminal};

    /// Takes so many bytes, and then says this.
    #[derive(Clone)]
    struct Narrow(Arc<Mutex<(usize, Vec<u8>)>>, ErrorKind);

    impl Narrow {
        fn new(room: usize, kind: ErrorKind) -> Self {
            Self(Arc::new(Mutex::new((room, Vec::new()))), kind)
        }

        fn text(&self) -> String {
            String::from_utf8_lossy(&self.0.lock().expect("no panic").1).into_owned()
        }
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (room, taken) = &mut *self.0.lock().expect("no panic");
            let count = bytes.len().min(*room);
            *room -= count;
            taken.extend(&bytes[..count]);
            if count == 0 { Err(self.1.into()) } else { Ok(count) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is printed on the two streams, and the exit code.
    fn printed(room: usize, kind: ErrorKind, format: Format, exit: Exit) -> (String, String, Exit) {
        let (out, err) = (Narrow::new(room, kind), Narrow::new(usize::MAX, kind));
        let mut terminal = Terminal::new(out.clone(), err.clone());
        terminal.set(&Target { format, ..Target::default() });
        terminal.happened("applied a");
        terminal.result("a result");
        terminal.done("at a");
        terminal.json(&serde_json::json!(1));
        let exit = terminal.close(exit);
        (out.text(), err.text(), exit)
    }

    const ERROR: &str = "error[M0912]: the standard output cannot be written: no storage space\nhelp: make room, or send it \
                         elsewhere; what was done before stays done\n";

    #[test]
    fn what_was_done_goes_to_the_other_stream() {
        let full = |room, format| printed(room, ErrorKind::StorageFull, format, Exit::Done);
        let (out, err, exit) = full(15, Format::Human);
        assert_eq!((&*out, &*err, exit), ("applied a\na res", &*format!("at a\n{ERROR}"), Exit::Error));
        let (out, err, exit) = full(0, Format::Human);
        assert_eq!((&*out, &*err, exit), ("", &*format!("applied a\nat a\n{ERROR}"), Exit::Error));
        let (out, err, exit) = full(0, Format::Json);
        assert_eq!((&*out, &*err, exit), ("", &*format!("applied a\nat a\n{ERROR}"), Exit::Error));
        let (out, err, exit) = full(100, Format::Json);
        assert_eq!((&*out, &*err, exit), ("1\n", "applied a\n", Exit::Done));
    }

    #[test]
    fn an_interrupted_verb_stays_one_and_a_closed_pipe_says_nothing() {
        let (_, err, exit) = printed(0, ErrorKind::StorageFull, Format::Human, Exit::Interrupted);
        assert!(err.ends_with(ERROR) && exit == Exit::Interrupted, "{err}");
        for exit in [Exit::Done, Exit::Pending, Exit::Error] {
            let ended = printed(12, ErrorKind::BrokenPipe, Format::Human, exit);
            assert_eq!(ended, ("applied a\na ".to_owned(), String::new(), exit));
        }
    }
}
