//! How many connections there may be to each server, and which of them wait for the next tenant of their database.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::connection::Open;
use super::options::MOST_PER_SERVER;

/// The servers of a fleet, by `host:port`.
pub(super) struct Servers {
    /// The bound that the caller has set.
    bound: Option<usize>,
    states: BTreeMap<String, ServerState>,
    /// Somebody has found out that there is more room than was known.
    room_found: Arc<Notify>,
}

struct ServerState {
    /// A permit for each connection that there may be besides those that are open.
    room: Arc<Semaphore>,
    /// Somebody asks how many there may be, or has asked.
    is_asked: bool,
    /// With the connection string of their database.
    idle: Vec<(String, Open)>,
}

/// What is there for a tenant.
pub(super) enum Slot {
    /// A connection to its database.
    Open(Open),
    /// The right to make one.
    New(OwnedSemaphorePermit),
    /// A connection to another database, which is to be closed for it.
    InPlaceOf(Open),
}

/// What a visit is made with.
pub(super) struct Turn {
    pub(super) slot: Slot,
    pub(super) room: Room,
}

/// How many more connections there may be to a server.
pub(super) struct Room {
    /// Where the permit for one more is, for somebody who only looks.
    pub(super) permits: Arc<Semaphore>,
    /// It is the first visit there, and has to find out how many others there may be.
    pub(super) is_unknown: bool,
    found: Arc<Notify>,
}

impl Room {
    /// The server itself has said how many connections it has to spare: they are there at once, long before the visit is over.
    pub(super) fn is_found(&mut self, spare: usize) {
        self.is_unknown = false;
        // Whoever asks has one already.
        self.permits.add_permits(spare.min(MOST_PER_SERVER - 1));
        self.found.notify_one();
    }
}

impl Servers {
    pub(super) fn new(bound: Option<usize>) -> Self {
        Self { bound: bound.map(|bound| bound.max(1)), states: BTreeMap::new(), room_found: Arc::default() }
    }

    /// By what it is told that there is more room than was known.
    pub(super) fn room_found(&self) -> Arc<Notify> {
        Arc::clone(&self.room_found)
    }

    /// Whether a tenant of this server can be visited now.
    pub(super) fn has_room(&self, server: &str) -> bool {
        let has_room = |state: &ServerState| !state.idle.is_empty() || state.room.available_permits() > 0;
        self.states.get(server).is_none_or(has_room)
    }

    /// Takes a connection, or the right to make one. `None`: there is no room.
    pub(super) fn take(&mut self, server: &str, url: &str) -> Option<Turn> {
        let bound = self.bound;
        let state = self.states.entry(server.to_owned()).or_insert_with(|| ServerState {
            // As long as nobody knows better, one is the limit.
            room: Arc::new(Semaphore::new(bound.unwrap_or(1))),
            is_asked: bound.is_some(),
            idle: Vec::new(),
        });
        let permits = Arc::clone(&state.room);
        let slot = match state.idle.iter().position(|(other, _)| other == url) {
            Some(at) => Slot::Open(state.idle.swap_remove(at).1),
            None => match Arc::clone(&permits).try_acquire_owned() {
                Ok(permit) => Slot::New(permit),
                Err(_) => Slot::InPlaceOf(state.idle.pop()?.1),
            },
        };
        let is_unknown = !std::mem::replace(&mut state.is_asked, true);
        Some(Turn { slot, room: Room { permits, is_unknown, found: Arc::clone(&self.room_found) } })
    }

    /// Keeps a connection for the next tenant of the same database.
    pub(super) fn keep(&mut self, server: &str, url: &str, open: Open) {
        if let Some(state) = self.states.get_mut(server) {
            state.idle.push((url.to_owned(), open));
        }
    }

    /// Who was to ask was told nothing: the next one asks again.
    pub(super) fn was_not_told(&mut self, server: &str) {
        if let Some(state) = self.states.get_mut(server) {
            state.is_asked = false;
        }
    }

    /// Those that wait for nobody any more.
    pub(super) fn idle(&mut self) -> Vec<Open> {
        let states = self.states.values_mut();
        states.flat_map(|state| std::mem::take(&mut state.idle)).map(|(_, open)| open).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Servers;

    #[test]
    fn a_bound_is_never_passed() {
        let mut servers = Servers::new(Some(2));
        let turns: Vec<_> = (0..2).filter_map(|_| servers.take("h:1", "a")).collect();
        assert!(turns.len() == 2 && turns.iter().all(|turn| !turn.room.is_unknown));
        assert!(servers.take("h:1", "a").is_none());
        assert!(!servers.has_room("h:1") && servers.has_room("h:2"));
        // Who only looks has no more rights.
        turns[0].room.permits.try_acquire().expect_err("no room");
        drop(turns);
        assert!(servers.has_room("h:1"));
    }

    #[test]
    fn the_first_one_finds_out_how_many_others_there_may_be() {
        let mut servers = Servers::new(None);
        let mut first = servers.take("h", "a").expect("a turn");
        assert!(first.room.is_unknown && !servers.has_room("h"));
        first.room.is_found(2);
        let more: Vec<_> = (0..2).filter_map(|_| servers.take("h", "b")).collect();
        assert!(more.len() == 2 && more.iter().all(|turn| !turn.room.is_unknown) && !servers.has_room("h"));
        // Where it could not be found out, the next one asks again.
        let mut servers = Servers::new(None);
        assert!(servers.take("h", "a").expect("a turn").room.is_unknown);
        servers.was_not_told("h");
        assert!(servers.take("h", "a").expect("a turn").room.is_unknown);
    }
}
