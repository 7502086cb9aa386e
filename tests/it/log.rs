//! The log of a service, kept so that a test can read it: spans and events of `tracing`.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use tracing::instrument::{WithDispatch, WithSubscriber as _};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::fmt::MakeWriter;

/// What has been logged so far; a clone is the same log.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Does the work, whose events of this level and above go here.
    pub(crate) fn of<'w, T>(
        &self,
        level: Level,
        work: impl Future<Output = T> + 'w,
    ) -> WithDispatch<Pin<Box<dyn Future<Output = T> + 'w>>> {
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(level);
        let work: Pin<Box<dyn Future<Output = T> + 'w>> = Box::pin(work);
        work.with_subscriber(subscriber.with_writer(self.clone()).finish())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// How many lines have all these pieces.
    pub(crate) fn count(&self, pieces: &[&str]) -> usize {
        self.text().lines().filter(|line| pieces.iter().all(|piece| line.contains(piece))).count()
    }

    /// Waits until a line has this piece.
    pub(crate) async fn until(&self, piece: &str) {
        for _ in 0..3000 {
            if self.count(&[piece]) > 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("after 30 s nobody has logged {piece:?}: {}", self.text());
    }
}

/// Hears nothing, and is there: without it, an event that another test reaches first while nobody listens could be taken
/// for one that nobody ever wants, at the moment when somebody begins to.
struct Deaf;

/// To be called before anything is logged.
pub(crate) fn prepare() {
    tracing::subscriber::set_global_default(Deaf).unwrap();
}

impl Subscriber for Deaf {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
