//! The one place that prints: two streams, who sits there, and who wants it to stop. It knows no verb.
//!
//! What the standard output does not take is an error of the command, by [`Terminal::close`]. Two things are none: a pipe whose
//! reader has read enough, and whatever happens to the standard error, since there is no other place to report it.

use std::io::{BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};

use migrate_source::Code;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::stream::Stream;
use super::{Color, Exit, Format, Hidden, Target};

/// Where the verbs print, and whom they ask.
pub struct Terminal {
    out: Stream,
    err: Stream,
    input: Option<Input>,
    interrupts: Interrupts,
    /// The standard error shows one line that is written over and over.
    is_live: bool,
    /// Such a line is there now.
    has_line: bool,
    was_interrupted: bool,
    format: Format,
    /// What has been done, and that only the object for programs says.
    unsaid: Vec<String>,
    /// What is not to be repeated, whatever goes wrong with it.
    hidden: Hidden,
}

type Input = Arc<Mutex<dyn BufRead + Send>>;

/// Who wants it to stop.
enum Interrupts {
    Nobody,
    /// The signals of the process; nobody listens yet.
    Process(fn() -> UnboundedReceiver<()>),
    Channel(UnboundedReceiver<()>),
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// It went well.
    Good,
    /// It did not.
    Bad,
    /// It is to be looked at.
    Warning,
    /// It goes with something else.
    Dim,
    /// It is what counts in its line.
    Bold,
}

/// The text with the codes of its colour. Where it is printed without colours, they are taken out again.
pub fn paint(style: Style, text: &str) -> String {
    let code = match style {
        Style::Good => 32,
        Style::Bad => 31,
        Style::Warning => 33,
        Style::Dim => 2,
        Style::Bold => 1,
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// What comes from elsewhere, the server for example, without what a terminal would do instead of showing it.
pub(super) fn printable(text: &str) -> String {
    text.replace(|character: char| character.is_control() && !"\n\t".contains(character), "\u{fffd}")
}

impl Terminal {
    /// Prints there. Nobody sits in front of it: there are no colours, no questions, no line of progress, and nothing
    /// interrupts.
    pub fn new(out: impl Write + Send + 'static, err: impl Write + Send + 'static) -> Self {
        Self {
            out: Stream::new(Box::new(out)),
            err: Stream::new(Box::new(err)),
            input: None,
            interrupts: Interrupts::Nobody,
            is_live: false,
            has_line: false,
            was_interrupted: false,
            format: Format::default(),
            unsaid: Vec::new(),
            hidden: Hidden::default(),
        }
    }

    /// Repeats none of it in what it notes and in what programs get.
    #[doc(hidden)]
    pub fn hide(&mut self, hidden: Hidden) {
        self.hidden = hidden;
    }

    /// Somebody sits there, and this is what they type.
    #[must_use]
    pub fn answering(self, input: impl BufRead + Send + 'static) -> Self {
        Self { input: Some(Arc::new(Mutex::new(input))), ..self }
    }

    /// Whether the two streams show colours, unless `--color` says otherwise.
    #[must_use]
    pub fn colored(mut self, out: bool, err: bool) -> Self {
        self.out.may_color(out);
        self.err.may_color(err);
        self
    }

    /// Whether what is in hand is shown in a line of the standard error that is written over and over.
    #[must_use]
    pub fn live(self, live: bool) -> Self {
        Self { is_live: live, ..self }
    }

    /// Each message is a Ctrl-C.
    #[must_use]
    pub fn interrupted_by(self, interrupts: UnboundedReceiver<()>) -> Self {
        Self { interrupts: Interrupts::Channel(interrupts), ..self }
    }

    /// The signals of the process, once somebody listens for them.
    pub(super) fn interrupted_by_process(self, listen: fn() -> UnboundedReceiver<()>) -> Self {
        Self { interrupts: Interrupts::Process(listen), ..self }
    }

    /// Prints as the options say.
    pub fn set(&mut self, target: &Target) {
        self.format = target.format;
        self.set_color(target.color);
    }

    pub(super) fn set_format(&mut self, format: Format) {
        self.format = format;
    }

    fn set_color(&mut self, color: Color) {
        self.out.set_color(color);
        self.err.set_color(color);
    }

    /// For whom results are printed.
    pub fn format(&self) -> Format {
        self.format
    }

    /// A result for people, on the standard output. Programs do not hear it.
    pub fn result(&mut self, text: &str) {
        if self.format == Format::Human {
            self.clear();
            self.out.line(text);
        }
    }

    /// A result for people that is printed to the byte, without a line end of its own and without colours.
    pub fn verbatim(&mut self, text: &str) {
        if self.format == Format::Human {
            self.clear();
            self.out.write(text);
        }
    }

    /// What has just been done: on the standard output for people, and otherwise on the standard error; there too where the
    /// standard output does not take it.
    pub fn happened(&mut self, text: &str) {
        self.clear();
        if self.format == Format::Human {
            self.out.line(text);
        }
        if self.format == Format::Json || self.out.has_failed() {
            self.err.line(text);
        }
    }

    /// A result for people that says what has been done. Where the standard output does not take it, nor the object for
    /// programs, it is on the standard error.
    pub fn done(&mut self, text: &str) {
        match self.format {
            Format::Human => self.happened(text),
            Format::Json => self.unsaid.push(text.to_owned()),
        }
    }

    /// What goes with a result: on the standard error, whatever the format.
    pub fn note(&mut self, text: &str) {
        self.clear();
        self.err.line(&self.hidden.out_of(text));
    }

    /// `error[M0601]: …` on the standard error, whatever the format. The label is what `migrate explain` takes: a code, or the
    /// name of a lint.
    pub fn error(&mut self, label: &str, text: &str) {
        let error = paint(Style::Bad, &format!("error[{label}]:"));
        self.note(&format!("{error} {}", printable(text)));
    }

    /// The one object that programs get, on the standard output.
    pub fn json(&mut self, value: &Value) {
        if self.format == Format::Json {
            self.clear();
            self.out.write(&format!("{:#}\n", self.hidden.out_of_value(value.clone())));
            self.say_unsaid();
        }
    }

    /// The object that a verb answers with. What reads a fleet's verbs reads an object a line, also where there is but one.
    #[doc(hidden)]
    pub fn answer(&mut self, verb: &str, value: &Value) {
        if verb.split(' ').next() == Some("fleet") { self.json_line(value) } else { self.json(value) }
    }

    /// One of several objects that programs get, a line each.
    pub fn json_line(&mut self, value: &Value) {
        if self.format == Format::Json {
            self.clear();
            self.out.write(&format!("{}\n", self.hidden.out_of_value(value.clone())));
            self.say_unsaid();
        }
    }

    fn say_unsaid(&mut self) {
        for text in std::mem::take(&mut self.unsaid) {
            if self.out.has_failed() {
                self.err.line(&text);
            }
        }
    }

    /// Ends what was printed. Where the standard output has not taken all of it, that is an error, which is printed: a file
    /// that was cut is not to pass for a whole one. Whoever has closed the pipe has read enough, and nothing is said.
    ///
    /// The exit code to end with: the one that is given, unless it says that all went well.
    #[must_use]
    pub fn close(&mut self, exit: Exit) -> Exit {
        let Some(error) = self.out.take_error() else {
            return exit;
        };
        let text = format!(
            "the standard output cannot be written: {error}\n\
             help: make room, or send it elsewhere; what was done before stays done"
        );
        self.error(Code::M0912.as_str(), &text);
        if exit == Exit::Interrupted { exit } else { Exit::Error }
    }

    /// Shows what is in hand, in the place of what was shown before. Where nobody looks on, it shows nothing.
    pub fn progress(&mut self, text: &str) {
        if self.is_live {
            // It may be a line of a file. What is in several lines could not be taken back: the terminal is told to cut
            // what is longer than one, however wide it is just now.
            let text: String = printable(text).replace(['\n', '\t'], " ").chars().take(400).collect();
            self.err.write(&format!("\r\x1b[2K\x1b[?7l{text}\x1b[?7h"));
            self.has_line = true;
        }
    }

    pub(super) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Takes the line of progress away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.has_line) {
            self.err.write("\r\x1b[2K");
        }
    }

    /// Whether somebody can answer.
    pub fn is_attended(&self) -> bool {
        self.input.is_some()
    }

    /// Asks, and waits for a line without its end. `None`: nobody is there, or nothing more comes from them.
    pub async fn ask(&mut self, question: &str) -> Option<String> {
        let input = Arc::clone(self.input.as_ref()?);
        self.clear();
        self.err.painted(&format!("{question} "));
        let (answer, answered) = oneshot::channel();
        // A thread of its own: what waits for a terminal does not keep the process from its end.
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = input.lock().unwrap_or_else(PoisonError::into_inner).read_line(&mut line);
            let _ = answer.send(read.ok().filter(|read| *read > 0).map(|_| line));
        });
        let line = tokio::select! {
            answer = answered => answer.ok().flatten(),
            () = self.interrupts.next() => {
                self.was_interrupted = true;
                None
            }
        };
        if line.is_none() {
            self.err.line("");
        }
        line.map(|line| line.trim().to_owned())
    }

    /// From now on, Ctrl-C and its like do not end the process: see [`interrupted`](Self::interrupted).
    pub fn listen(&mut self) {
        if let Interrupts::Process(listen) = self.interrupts {
            self.interrupts = Interrupts::Channel(listen());
        }
    }

    /// Waits for the next Ctrl-C, or for ever where nobody has called [`listen`](Self::listen).
    pub async fn interrupted(&mut self) {
        self.interrupts.next().await;
    }

    /// A question was answered by Ctrl-C.
    pub fn was_interrupted(&self) -> bool {
        self.was_interrupted
    }
}

impl Interrupts {
    async fn next(&mut self) {
        if let Self::Channel(interrupts) = self
            && interrupts.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
