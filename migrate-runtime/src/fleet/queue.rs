//! Who is next: the tenants that wait for their turn, server by server, so that a full server keeps nobody of another one
//! waiting, and those that are tried again after a pause.

use std::collections::{BTreeMap, VecDeque};

use tokio::time::Instant;

use super::outages::{Outages, Place};
use super::servers::Servers;
use super::tenant::Tenant;

/// A visit that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// The position in the list of tenants.
    pub(super) tenant: usize,
    /// From 1.
    pub(super) attempt: u32,
    /// It finds out whether its server is back.
    pub(super) is_probe: bool,
}

impl Job {
    /// A visit to the tenant at this position.
    pub(super) fn new(tenant: usize, attempt: u32) -> Self {
        Self { tenant, attempt, is_probe: false }
    }

    /// Another one, after this one.
    pub(super) fn again(self) -> Self {
        Self::new(self.tenant, self.attempt + 1)
    }
}

/// The visits that are to be made.
#[derive(Default)]
pub(super) struct Queue {
    waiting: BTreeMap<String, VecDeque<Job>>,
    later: Vec<(Instant, Job)>,
    /// The server that had its turn last.
    last: Option<String>,
}

impl Queue {
    pub(super) fn push(&mut self, tenants: &[Tenant], job: Job) {
        let server = tenants[job.tenant].server().to_owned();
        self.waiting.entry(server).or_default().push_back(job);
    }

    pub(super) fn push_later(&mut self, at: Instant, job: Job) {
        self.later.push((at, job));
    }

    /// The next visit that its server has room for, and that no outage is in the way of. Servers have their turns one after
    /// the other.
    pub(super) fn pop(
        &mut self,
        tenants: &[Tenant],
        servers: &Servers,
        outages: &mut Outages,
    ) -> Option<Job> {
        let now = Instant::now();
        for at in (0..self.later.len()).rev() {
            if self.later[at].0 <= now {
                let (_, job) = self.later.swap_remove(at);
                self.push(tenants, job);
            }
        }
        let after = |last: &String, server: &String| server > last;
        let first = self.last.as_ref();
        let turns = self.waiting.keys().filter(|server| first.is_some_and(|last| after(last, server)));
        let turns =
            turns.chain(self.waiting.keys().filter(|server| first.is_none_or(|last| !after(last, server))));
        let of_server = |server: &String| Place::Server(server.clone());
        let (server, at) = turns
            .filter(|server| servers.has_room(server) && outages.lets_pass(&of_server(server), now))
            .find_map(|server| {
                let passes = |job: &Job| outages.lets_pass(&Place::Tenant(job.tenant), now);
                Some((server.clone(), self.waiting[server].iter().position(passes)?))
            })?;
        let waiting = self.waiting.get_mut(&server)?;
        let mut job = waiting.remove(at)?;
        if waiting.is_empty() {
            self.waiting.remove(&server);
        }
        let probes = [of_server(&server), Place::Tenant(job.tenant)].map(|place| outages.begun(&place));
        job.is_probe = probes.contains(&true);
        self.last = Some(server);
        Some(job)
    }

    /// Whether a visit to this place waits.
    pub(super) fn has(&self, place: &Place) -> bool {
        match place {
            Place::Server(server) => self.waiting.contains_key(server),
            Place::Tenant(tenant) => self.waiting.values().flatten().any(|job| job.tenant == *tenant),
        }
    }

    /// Takes all visits out that wait for this place.
    pub(super) fn drain(&mut self, place: &Place) -> Vec<Job> {
        match place {
            Place::Server(server) => self.waiting.remove(server).into_iter().flatten().collect(),
            Place::Tenant(_) => Vec::new(),
        }
    }

    /// When the next one is to be tried again.
    pub(super) fn next_time(&self) -> Option<Instant> {
        self.later.iter().map(|(at, _)| *at).min()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.waiting.values().map(VecDeque::len).sum::<usize>() + self.later.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.later.is_empty()
    }

    /// Whether somebody else waits for the same database.
    pub(super) fn has_more_of(&self, tenants: &[Tenant], tenant: &Tenant) -> bool {
        let same = |job: &Job| tenants[job.tenant].url() == tenant.url();
        // A look at the nearest will do: a list is usually in the order of its databases.
        self.waiting.get(tenant.server()).is_some_and(|waiting| waiting.iter().take(64).any(same))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_server_keeps_nobody_of_another_one_waiting() {
        let tenants: Vec<Tenant> = ["a", "a", "a", "b", "b"]
            .iter()
            .map(|host| Tenant::new(*host, format!("postgres://{host}/d")))
            .collect();
        let (mut queue, mut servers) = (Queue::default(), Servers::new(Some(1)));
        let mut outages = Outages::new(std::time::Duration::ZERO);
        for tenant in 0..tenants.len() {
            queue.push(&tenants, Job::new(tenant, 1));
        }
        let (mut order, mut turns) = (Vec::new(), Vec::new());
        while let Some(job) = queue.pop(&tenants, &servers, &mut outages) {
            order.push(job.tenant);
            turns.push(servers.take(tenants[job.tenant].server(), "d").expect("a turn"));
        }
        assert_eq!(order, [0, 3]);
        turns.pop();
        assert_eq!(queue.pop(&tenants, &servers, &mut outages).map(|job| job.tenant), Some(4));
        assert!(!queue.is_empty());
    }
}
