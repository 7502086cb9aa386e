//! The order of a plan: each act after those that it needs. It knows nothing of SQL.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Acts, of which some must come before others, and some may be done in one with another.
#[derive(Debug)]
pub(crate) struct Acts {
    /// One entry for each act: with which other one it is done, if it can be.
    pub(crate) hosts: Vec<Option<usize>>,
    /// Whether an act may also be done by itself.
    pub(crate) can_stand_alone: Vec<bool>,
    /// Whether an act that is done by itself comes before the one with which it could be done, and not after it.
    pub(crate) is_before_host: Vec<bool>,
    /// The first before the second.
    pub(crate) edges: Vec<(usize, usize)>,
    /// The first before the second, unless that makes a circle.
    pub(crate) wishes: Vec<(usize, usize)>,
    /// The same, and these are given up before an act is taken from the one with which it is done.
    pub(crate) successions: Vec<(usize, usize)>,
}

impl Acts {
    /// The acts that stand alone, in order, each with those that are done with it.
    ///
    /// What may be done with another act is, unless that would make a circle. Where acts may come in any order, the lower
    /// one comes first.
    ///
    /// # Errors
    ///
    /// Acts that must each come before another of them.
    pub(crate) fn in_order(mut self) -> Result<Vec<(usize, Vec<usize>)>, Vec<usize>> {
        loop {
            let graph = Graph::new(&self);
            let circles = graph.circles();
            if circles.is_empty() {
                return Ok(graph.sorted());
            }
            let is_apart = |&(before, after): &(usize, usize)| {
                let place = |act: usize| circles.iter().position(|circle| circle.contains(&graph.group[act]));
                place(before).is_none() || place(before) != place(after)
            };
            let successions = self.successions.len();
            self.successions.retain(is_apart);
            if self.successions.len() < successions {
                continue;
            }
            let mut is_mended = false;
            for circle in &circles {
                let is_in = |act: usize| circle.contains(&graph.group[act]);
                for &(before, after) in self.edges.iter().chain(&self.wishes) {
                    let apart = graph.group[before] != graph.group[after];
                    if !(apart && is_in(before) && is_in(after)) {
                        continue;
                    }
                    // Of an act that comes after its host, the host no longer has to wait for what the act waits for; and the
                    // other way round.
                    let frees =
                        |act: usize| if self.is_before_host[act] { act == before } else { act == after };
                    for act in [before, after].into_iter().filter(|act| frees(*act)) {
                        if self.hosts[act].is_some() && self.can_stand_alone[act] {
                            self.hosts[act] = None;
                            is_mended = true;
                        }
                    }
                }
            }
            if !is_mended {
                let wishes = self.wishes.len();
                self.wishes.retain(is_apart);
                is_mended = self.wishes.len() < wishes;
            }
            if !is_mended {
                return Err(circles.into_iter().flatten().collect());
            }
        }
    }
}

struct Graph {
    /// The act with which each is done in the end.
    group: Vec<usize>,
    /// For each act that stands alone: what comes after it.
    after: Vec<BTreeSet<usize>>,
}

impl Graph {
    fn new(acts: &Acts) -> Self {
        let group: Vec<usize> = (0..acts.hosts.len()).map(|act| last_host(&acts.hosts, act)).collect();
        let mut after = vec![BTreeSet::new(); group.len()];
        for &(one, other) in acts.edges.iter().chain(&acts.wishes).chain(&acts.successions) {
            let (one, other) = (group[one], group[other]);
            if one != other {
                after[one].insert(other);
            }
        }
        Self { group, after }
    }

    fn alone(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.group.len()).filter(|&act| self.group[act] == act)
    }

    /// Strongly connected components of more than one act, by Tarjan's algorithm with a stack of its own.
    fn circles(&self) -> Vec<BTreeSet<usize>> {
        const UNSEEN: usize = usize::MAX;
        let count = self.group.len();
        let (mut index, mut low) = (vec![UNSEEN; count], vec![0; count]);
        let mut is_open = vec![false; count];
        let (mut open, mut next, mut circles) = (Vec::new(), 0, Vec::new());
        for start in self.alone() {
            if index[start] != UNSEEN {
                continue;
            }
            let mut path = vec![(start, self.after[start].iter())];
            (index[start], low[start], is_open[start]) = (next, next, true);
            next += 1;
            open.push(start);
            while let Some((act, rest)) = path.last_mut() {
                let act = *act;
                match rest.next() {
                    Some(&to) if index[to] == UNSEEN => {
                        (index[to], low[to], is_open[to]) = (next, next, true);
                        next += 1;
                        open.push(to);
                        path.push((to, self.after[to].iter()));
                    }
                    Some(&to) => {
                        if is_open[to] {
                            low[act] = low[act].min(index[to]);
                        }
                    }
                    None => {
                        path.pop();
                        if let Some((parent, _)) = path.last() {
                            low[*parent] = low[*parent].min(low[act]);
                        }
                        if low[act] == index[act] {
                            let at = open.iter().rposition(|&other| other == act).unwrap_or_default();
                            let component: BTreeSet<usize> = open.drain(at..).collect();
                            for &other in &component {
                                is_open[other] = false;
                            }
                            if component.len() > 1 {
                                circles.push(component);
                            }
                        }
                    }
                }
            }
        }
        circles
    }

    fn sorted(&self) -> Vec<(usize, Vec<usize>)> {
        let mut waits_for = vec![0_usize; self.group.len()];
        for others in &self.after {
            for &other in others {
                waits_for[other] += 1;
            }
        }
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.group.len()];
        for (act, &group) in self.group.iter().enumerate() {
            if act != group {
                members[group].push(act);
            }
        }
        let mut ready: BinaryHeap<Reverse<usize>> =
            self.alone().filter(|&act| waits_for[act] == 0).map(Reverse).collect();
        let mut order = Vec::new();
        while let Some(Reverse(act)) = ready.pop() {
            order.push((act, std::mem::take(&mut members[act])));
            for &other in &self.after[act] {
                waits_for[other] -= 1;
                if waits_for[other] == 0 {
                    ready.push(Reverse(other));
                }
            }
        }
        order
    }
}

fn last_host(hosts: &[Option<usize>], act: usize) -> usize {
    let mut act = act;
    // A host's host and so on: there are no circles among hosts, since a part is never its whole.
    while let Some(host) = hosts[act] {
        act = host;
    }
    act
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acts(hosts: &[Option<usize>], edges: &[(usize, usize)], wishes: &[(usize, usize)]) -> Acts {
        let (can_stand_alone, is_before_host) = (vec![true; hosts.len()], vec![false; hosts.len()]);
        let (hosts, edges, wishes) = (hosts.to_vec(), edges.to_vec(), wishes.to_vec());
        Acts { hosts, can_stand_alone, is_before_host, edges, wishes, successions: Vec::new() }
    }

    fn check(hosts: &[Option<usize>], edges: &[(usize, usize)], expected: &[(usize, &[usize])]) {
        let acts = acts(hosts, edges, &[]);
        let expected: Vec<(usize, Vec<usize>)> =
            expected.iter().map(|(act, with)| (*act, with.to_vec())).collect();
        assert_eq!(acts.in_order(), Ok(expected));
    }

    #[test]
    fn the_lower_one_first_unless_it_waits() {
        check(&[None; 3], &[(2, 0)], &[(1, &[]), (2, &[]), (0, &[])]);
    }

    #[test]
    fn what_can_be_done_with_another_is() {
        check(&[None, Some(0), Some(1)], &[(0, 1), (1, 2)], &[(0, &[1, 2])]);
    }

    #[test]
    fn but_not_where_that_makes_a_circle() {
        // Two tables whose keys refer to each other.
        check(
            &[None, Some(0), None, Some(2)],
            &[(0, 1), (2, 3), (2, 1), (0, 3)],
            &[(0, &[]), (2, &[]), (1, &[]), (3, &[])],
        );
    }

    #[test]
    fn a_circle_of_acts_that_stand_alone_has_no_order() {
        let acts = acts(&[None; 2], &[(0, 1), (1, 0)], &[]);
        assert_eq!(acts.in_order(), Err(vec![0, 1]));
    }

    #[test]
    fn a_succession_tears_nothing_apart() {
        // Done with 0, 1 would come before 2 and after it.
        let acts = Acts { successions: vec![(2, 1)], ..acts(&[None, Some(0), None], &[(0, 2)], &[]) };
        assert_eq!(acts.in_order(), Ok(vec![(0, vec![1]), (2, vec![])]));
    }

    #[test]
    fn a_wish_holds_unless_it_makes_a_circle() {
        let order = |wishes| acts(&[None; 3], &[(1, 0)], wishes).in_order();
        assert_eq!(order(&[(2, 1)]), Ok(vec![(2, vec![]), (1, vec![]), (0, vec![])]));
        assert_eq!(order(&[(0, 1)]), Ok(vec![(1, vec![]), (0, vec![]), (2, vec![])]));
    }
}
