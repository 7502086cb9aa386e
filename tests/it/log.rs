//! The log of a service, kept so that a test can read it: spans and events of `tracing`.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::Level;
use tracing::instrument::{WithDispatch, WithSubscriber as _};
use tracing_subscriber::fmt::MakeWriter;

/// As long as there is only one dispatcher, tracing asks that of the thread that comes by an event for the first time
/// whether anybody cares for it, and remembers the answer. The other tests' threads have none.
static ANOTHER: LazyLock<tracing::Dispatch> =
    LazyLock::new(|| tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default()));

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
        LazyLock::force(&ANOTHER);
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
