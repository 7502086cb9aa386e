//! How often what is to be done is decided anew without anything having changed.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::error::ErrorKind;
use crate::ledger::Ledger;
use crate::plan::Plan;

/// The turns of a verb that have come to nothing, because a guard said that another process was there first, or that the
/// session is another one.
pub(crate) struct Turns {
    /// What the last one found: how many steps, how many rows, and the highest version.
    found: Option<(usize, usize, i64)>,
    in_vain: u32,
    backoff: Backoff,
}

/// With the pauses in between, some minutes.
const AT_MOST: u32 = 200;

impl Default for Turns {
    fn default() -> Self {
        Self { found: None, in_vain: 0, backoff: Self::backoff() }
    }
}

impl Turns {
    /// Who comes second finds at once what the first has done.
    fn backoff() -> Backoff {
        Backoff::new(Duration::from_millis(1), Duration::from_secs(1))
    }

    /// Waits before the next turn, the longer the more often nothing has changed in between.
    pub(crate) async fn another(&mut self, plan: &Plan<'_>, ledger: &Ledger) -> Result<(), ErrorKind> {
        let rows = ledger.history();
        let found = (plan.steps().len(), rows.len(), rows.last().map_or(0, |row| row.version));
        if self.found != Some(found) {
            *self = Self { found: Some(found), ..Self::default() };
        }
        self.in_vain += 1;
        if self.in_vain == AT_MOST {
            return Err(ErrorKind::NoProgress);
        }
        self.backoff.pause().await;
        Ok(())
    }
}
