//! The one place of the command that prints.

use std::io::{self, IsTerminal as _, Write};

use serde_json::Value;

use crate::args::{ColorChoice, Common, OutputFormat};

/// Where the verbs print.
pub(crate) struct Terminal {
    format: OutputFormat,
    /// Of the standard output, and of the standard error.
    in_color: [bool; 2],
}

impl Terminal {
    /// The streams of the process.
    pub(crate) fn standard(common: &Common) -> Self {
        let wanted = |is_terminal: bool| match common.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        let in_color = [io::stdout().is_terminal(), io::stderr().is_terminal()].map(wanted);
        Self { format: common.format, in_color }
    }

    /// A result for people.
    pub(crate) fn result(&mut self, text: &str) {
        self.verbatim(&format!("{text}\n"));
    }

    /// The same to the byte; programs that read a format of their own get it too.
    pub(crate) fn verbatim(&mut self, text: &str) {
        if self.format != OutputFormat::Json {
            out(text);
        }
    }

    /// Something was done.
    pub(crate) fn happened(&mut self, text: &str) {
        match self.format {
            OutputFormat::Human => {
                let text = format!("{} {text}\n", self.painted(0, 32, "✓"));
                out(&text);
            }
            _ => self.note(&format!("✓ {text}")),
        }
    }

    /// Something is not as it should be.
    pub(crate) fn failed(&mut self, text: &str) {
        match self.format {
            OutputFormat::Human => {
                let text = format!("{} {text}\n", self.painted(0, 31, "✗"));
                out(&text);
            }
            _ => self.note(&format!("✗ {text}")),
        }
    }

    /// A file was written.
    pub(crate) fn wrote(&mut self, what: &str) {
        self.happened(&format!("wrote {what}"));
    }

    /// What goes with a result.
    #[expect(clippy::unused_self, reason = "who has no terminal does not print")]
    pub(crate) fn note(&mut self, text: &str) {
        err(&format!("{text}\n"));
    }

    /// What to do next.
    pub(crate) fn next(&mut self, text: &str) {
        let text = format!("{} {text}", self.painted(1, 1, "next:"));
        self.note(&text);
    }

    /// What went wrong.
    pub(crate) fn error(&mut self, text: &str) {
        let text = format!("{} {text}", self.painted(1, 31, "error:"));
        self.note(&text);
    }

    /// The one object that programs get.
    pub(crate) fn json(&mut self, value: &Value) {
        if self.format == OutputFormat::Json {
            out(&format!("{value:#}\n"));
        }
    }

    fn painted(&self, stream: usize, code: u8, text: &str) -> String {
        if self.in_color[stream] { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Whoever has closed a stream does not want to read it.
fn out(text: &str) {
    let mut stream = io::stdout().lock();
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

fn err(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
