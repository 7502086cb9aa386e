//! What is shown of a rollout while it is under way: failures as they come, and at a terminal a bar with the rate and who
//! takes longest.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;

use crate::cli::terminal::{Style, Terminal, paint, printable};
use crate::cli::words::Words;
use crate::fleet::{Observer, Outcome, Tenant, TenantReport, Wave};
use crate::plan::count;
use crate::report::milliseconds;

/// Something that has happened.
pub(super) enum Event {
    Wave(Wave),
    Begun { slug: String, server: String },
    ServerAway { server: String, reason: String, pause: Duration },
    ControlAway(String),
    ControlBack,
    Retried { slug: String, reason: String, pause: Duration },
    Done(Box<TenantReport>),
}

/// Hears what happens, and hands it on.
pub(super) struct Ear(pub(super) UnboundedSender<Event>);

impl Ear {
    fn tell(&self, event: Event) {
        // Nobody listens any more only when the rollout is given up.
        let _ = self.0.send(event);
    }
}

impl Observer for Ear {
    fn wave_begun(&self, wave: &Wave) {
        self.tell(Event::Wave(wave.clone()));
    }

    fn begun(&self, tenant: &Tenant) {
        self.tell(Event::Begun { slug: tenant.slug().to_owned(), server: tenant.server().to_owned() });
    }

    fn server_away(&self, server: &str, reason: &str, pause: Duration) {
        self.tell(Event::ServerAway { server: server.to_owned(), reason: reason.to_owned(), pause });
    }

    fn control_away(&self, reason: &str) {
        self.tell(Event::ControlAway(reason.to_owned()));
    }

    fn control_back(&self) {
        self.tell(Event::ControlBack);
    }

    fn retried(&self, tenant: &Tenant, reason: &str, pause: Duration) {
        self.tell(Event::Retried { slug: tenant.slug().to_owned(), reason: reason.to_owned(), pause });
    }

    fn done(&self, tenant: &TenantReport) {
        self.tell(Event::Done(Box::new(tenant.clone())));
    }
}

/// What is under way.
pub(super) struct Live {
    words: Words,
    start: Instant,
    all: usize,
    done: usize,
    troubled: usize,
    /// Since when, and on which server.
    under_way: BTreeMap<String, (Instant, String)>,
    wave: String,
}

impl Live {
    pub(super) fn new(all: usize, words: Words) -> Self {
        Self {
            words,
            start: Instant::now(),
            all,
            done: 0,
            troubled: 0,
            under_way: BTreeMap::new(),
            wave: String::new(),
        }
    }

    pub(super) fn hear(&mut self, event: Event, terminal: &mut Terminal) {
        match event {
            Event::Wave(Wave { number, of, tenants }) if of > 1 => {
                self.wave = format!("wave {number}/{of}  ");
                terminal.note(&paint(
                    Style::Bold,
                    &format!("wave {number} of {of}: {}", count(tenants, "tenant")),
                ));
            }
            Event::Wave(_) => {}
            Event::Begun { slug, server } => {
                self.under_way.insert(slug, (Instant::now(), server));
            }
            Event::Retried { slug, reason, pause } => {
                self.under_way.remove(&slug);
                self.warn(&format!("{slug}: retrying in {}: {reason}", milliseconds(pause)), terminal);
            }
            Event::ServerAway { server, reason, pause } => {
                self.under_way.retain(|_, (_, other)| *other != server);
                let pause = milliseconds(pause);
                self.warn(&format!("{server} cannot be reached, retrying in {pause}: {reason}"), terminal);
            }
            Event::ControlAway(reason) => {
                self.warn(&format!("the control database cannot be reached, retrying: {reason}"), terminal);
            }
            Event::ControlBack => self.warn("the control database is reachable again", terminal),
            Event::Done(tenant) => self.done(&tenant, terminal),
        }
    }

    fn warn(&self, text: &str, terminal: &mut Terminal) {
        terminal.note(&paint(Style::Warning, &printable(&self.words.say(text))));
    }

    fn done(&mut self, tenant: &TenantReport, terminal: &mut Terminal) {
        self.under_way.remove(tenant.slug());
        self.done += 1;
        if tenant.outcome().is_trouble() {
            self.troubled += 1;
            let why =
                tenant.details().map(|details| format!(": {}", self.words.say(details))).unwrap_or_default();
            let colon = if why.is_empty() && !tenant.notes().is_empty() { ":" } else { "" };
            let why = [&[format!("{why}{colon}")], tenant.notes()].concat().join("\n  ");
            let (mark, slug) = (paint(Style::Bad, "✗"), paint(Style::Bold, &printable(tenant.slug())));
            let what = printable(&format!("{}{why}", tenant.outcome()));
            terminal.note(&format!("{mark} {slug} {what}"));
        } else if tenant.outcome() == Outcome::Applied {
            let mark = paint(Style::Good, "✓");
            let to = tenant.to().unwrap_or_default();
            let took = paint(Style::Dim, &milliseconds(tenant.duration()));
            terminal.happened(&format!("{mark} {}  {to}  {took}", tenant.slug()));
        }
        let mut object = json!({ "tenant": tenant });
        for text in ["message", "details"] {
            if let Some(text) = object.pointer_mut(&format!("/tenant/error/{text}")) {
                self.words.say_of(text);
            }
        }
        terminal.json_line(&object);
    }

    /// Shows it at a terminal, in the place of what was shown before.
    pub(super) fn show(&self, terminal: &mut Terminal) {
        const WIDTH: usize = 20;
        if self.all == 0 {
            return;
        }
        let full = self.done * WIDTH / self.all;
        let bar = format!("[{}{}]", "=".repeat(full), " ".repeat(WIDTH - full));
        let troubled = if self.troubled > 0 { format!("  {} failed", self.troubled) } else { String::new() };
        let seconds = self.start.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for the eye")]
        let rate = if seconds > 0.5 { self.done as f64 / seconds } else { 0.0 };
        let slowest = self.under_way.iter().min_by_key(|(_, (since, _))| *since);
        let slowest = slowest
            .map(|(slug, (since, _))| format!("  slowest: {slug}, {:.0} s", since.elapsed().as_secs_f64()))
            .unwrap_or_default();
        terminal.progress(&format!(
            "{}{bar} {}/{}{troubled}  {rate:.1}/s  {} under way{slowest}",
            self.wave,
            self.done,
            self.all,
            self.under_way.len(),
        ));
    }
}
