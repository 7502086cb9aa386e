//! Which servers cannot be reached, and when each is tried again. A server that is away is tried by one visit at a time,
//! with pauses that grow, however many tenants wait for it; likewise a single tenant that its server has no connection for.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::trouble::Trouble;

/// What there is no connection to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A server, by `host:port`.
    Server(String),
    /// A tenant, by its position in the list: its server is there.
    Tenant(usize),
}

/// The places that are away.
pub(super) struct Outages {
    patience: Duration,
    places: BTreeMap<Place, Outage>,
}

struct Outage {
    since: Instant,
    /// When it may be tried again.
    next: Instant,
    pause: Duration,
    is_probed: bool,
    trouble: Trouble,
}

/// What a visit means that has found no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is tried again after this pause.
    Wait(Duration),
    /// Others have found out the same: nothing new.
    Known,
    /// It was waited for as long as there is patience.
    GivenUp,
}

/// The first pause before a place is tried again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long to wait before an attempt, from 1, is followed by another one.
pub(super) fn pause_after(attempt: u32) -> Duration {
    (FIRST_PAUSE * 2_u32.saturating_pow(attempt.saturating_sub(1).min(8))).min(LONGEST_PAUSE)
}

impl Outages {
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience, places: BTreeMap::new() }
    }

    /// Whether a place may be visited now.
    pub(super) fn lets_pass(&self, place: &Place, now: Instant) -> bool {
        self.places.get(place).is_none_or(|outage| !outage.is_probed && outage.next <= now)
    }

    /// Whether the place is known to be away, and why.
    pub(super) fn trouble(&self, place: &Place) -> Option<&Trouble> {
        self.places.get(place).map(|outage| &outage.trouble)
    }

    /// A visit begins. True: it is the one that finds out whether the place is back.
    pub(super) fn begun(&mut self, place: &Place) -> bool {
        let outage = self.places.get_mut(place);
        outage.is_some_and(|outage| !std::mem::replace(&mut outage.is_probed, true))
    }

    /// A visit has found no connection. One that began before anything was known is no probe.
    pub(super) fn failed(
        &mut self,
        place: Place,
        is_probe: bool,
        trouble: &Trouble,
        now: Instant,
    ) -> Verdict {
        let patience = self.patience;
        let is_new = !self.places.contains_key(&place);
        let outage = self.places.entry(place).or_insert_with(|| Outage {
            since: now,
            next: now,
            pause: FIRST_PAUSE,
            is_probed: false,
            trouble: trouble.clone(),
        });
        if !is_new && !is_probe {
            return Verdict::Known;
        }
        outage.is_probed = false;
        outage.trouble = trouble.clone();
        let end = outage.since + patience;
        if now >= end {
            outage.next = now + LONGEST_PAUSE;
            return Verdict::GivenUp;
        }
        // The last attempt is at the end of the patience, not before it.
        outage.next = (now + outage.pause).min(end);
        outage.pause = (outage.pause * 2).min(LONGEST_PAUSE);
        Verdict::Wait(outage.next - now)
    }

    /// It cannot be tried now.
    pub(super) fn postpone(&mut self, place: &Place, now: Instant) {
        if let Some(outage) = self.places.get_mut(place) {
            outage.next = now + LONGEST_PAUSE;
        }
    }

    /// The place has answered, or no tenant waits for it any more. True: it was away.
    pub(super) fn forget(&mut self, place: &Place) -> bool {
        self.places.remove(place).is_some()
    }

    /// How much patience is left with a place.
    pub(super) fn patience_left(&self, place: &Place, now: Instant) -> Duration {
        self.places
            .get(place)
            .map_or(Duration::ZERO, |outage| (outage.since + self.patience).saturating_duration_since(now))
    }

    /// When the next of these places may be tried again.
    pub(super) fn next_time(&self, is_wanted: impl Fn(&Place) -> bool) -> Option<Instant> {
        let waiting = self.places.iter().filter(|(place, outage)| !outage.is_probed && is_wanted(place));
        waiting.map(|(_, outage)| outage.next).min()
    }

    /// The places that may be tried again now.
    pub(super) fn due(&self, now: Instant) -> Vec<Place> {
        self.places.keys().filter(|place| self.lets_pass(place, now)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use migrate_source::Code;

    use super::*;
    use crate::fleet::outcome::Outcome;

    fn trouble() -> Trouble {
        Trouble::new(Outcome::Unreachable, Code::M0504, "refused")
    }

    fn server() -> Place {
        Place::Server("h:1".to_owned())
    }

    #[test]
    fn one_probe_at_a_time_as_long_as_patience_lasts() {
        let (start, trouble) = (Instant::now(), trouble());
        let mut outages = Outages::new(Duration::from_mins(1));
        assert!(outages.lets_pass(&server(), start) && !outages.begun(&server()));
        assert_eq!(outages.failed(server(), false, &trouble, start), Verdict::Wait(FIRST_PAUSE));
        // Visits that were under way at the same time.
        assert_eq!(outages.failed(server(), false, &trouble, start), Verdict::Known);
        let (mut probes, mut now) = (0, start);
        loop {
            assert!(!outages.lets_pass(&server(), now));
            now = outages.next_time(|_| true).expect("a time");
            assert_eq!(outages.due(now), [server()]);
            assert!(outages.begun(&server()) && !outages.begun(&server()));
            assert!(!outages.lets_pass(&server(), now) && outages.next_time(|_| true).is_none());
            probes += 1;
            match outages.failed(server(), true, &trouble, now) {
                Verdict::Wait(pause) => assert!(pause <= LONGEST_PAUSE),
                verdict => break assert_eq!(verdict, Verdict::GivenUp),
            }
        }
        assert_eq!(now - start, Duration::from_mins(1));
        assert!((12..20).contains(&probes), "{probes}");
        assert_eq!(outages.patience_left(&server(), now), Duration::ZERO);
        // Whoever comes later costs one probe.
        assert!(outages.begun(&server()));
        assert_eq!(outages.failed(server(), true, &trouble, now + LONGEST_PAUSE), Verdict::GivenUp);
        assert!(outages.forget(&server()) && !outages.forget(&server()) && outages.lets_pass(&server(), now));
        // Without patience the first failure counts.
        let mut outages = Outages::new(Duration::ZERO);
        assert_eq!(outages.failed(Place::Tenant(3), false, &trouble, now), Verdict::GivenUp);
    }
}
