//! Which column each box is in: what is linked to is left of what links to it.

use std::collections::BTreeSet;

use super::{Graph, int};

/// The links that would close a circle: they go from left to right instead. A link of a box to itself is none of them.
pub(super) fn back(graph: &Graph) -> Vec<bool> {
    let mut walk =
        Walk { graph, state: vec![State::Unseen; graph.sizes.len()], back: vec![false; graph.links.len()] };
    // Those that nobody links to first: a circle is then cut where it comes back.
    let mut nodes: Vec<usize> = (0..graph.sizes.len()).collect();
    nodes.sort_by_key(|&node| graph.links.iter().filter(|link| link.to == node && link.from != node).count());
    for node in nodes {
        walk.visit(node);
    }
    walk.back
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unseen,
    Open,
    Done,
}

struct Walk<'g> {
    graph: &'g Graph,
    state: Vec<State>,
    back: Vec<bool>,
}

impl Walk<'_> {
    fn visit(&mut self, node: usize) {
        if self.state[node] != State::Unseen {
            return;
        }
        self.state[node] = State::Open;
        for (at, link) in self.graph.links.iter().enumerate() {
            if link.from == node && link.to != node {
                match self.state[link.to] {
                    State::Open => self.back[at] = true,
                    State::Unseen => self.visit(link.to),
                    State::Done => {}
                }
            }
        }
        self.state[node] = State::Done;
    }
}

/// The column of each box, from 0.
pub(super) fn layers(graph: &Graph, is_back: &[bool]) -> Vec<usize> {
    let count = graph.sizes.len();
    let (mut lefts, mut rights) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (link, &is_back) in graph.links.iter().zip(is_back).filter(|(link, _)| link.from != link.to) {
        let (left, right) = if is_back { (link.from, link.to) } else { (link.to, link.from) };
        lefts[right].push(left);
        rights[left].push(right);
    }
    let mut depths = vec![0; count];
    // Each round settles those that are one step further away.
    for _ in 0..count {
        for node in 0..count {
            depths[node] = lefts[node].iter().map(|&left| depths[left] + 1).max().unwrap_or(0);
        }
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|&node| (depths[node], node));

    let mut columns = Columns { room: room(graph), used: Vec::new() };
    let mut layers = vec![0; count];
    for &node in &order {
        let first = lefts[node].iter().map(|&left| layers[left] + 1).max().unwrap_or(0);
        let height = graph.sizes[node].1;
        layers[node] = (first..=first + count).find(|&layer| columns.takes(layer, height)).unwrap_or(first);
        columns.add(layers[node], height);
    }
    // Nearer to those that link to it.
    for &node in order.iter().rev() {
        let Some(nearest) = rights[node].iter().map(|&right| layers[right] - 1).min() else { continue };
        let height = graph.sizes[node].1;
        let better = (layers[node] + 1..=nearest).rev().find(|&layer| columns.takes(layer, height));
        if let Some(better) = better {
            columns.add(layers[node], -height);
            columns.add(better, height);
            layers[node] = better;
        }
    }
    let used: BTreeSet<usize> = layers.iter().copied().collect();
    layers.iter().map(|layer| used.range(..layer).count()).collect()
}

/// How high a column may be, so that the whole is wider than high, with the room that lines need.
fn room(graph: &Graph) -> i64 {
    let area: i64 = graph.sizes.iter().map(|(width, height)| (width + 90) * (height + 34)).sum();
    let tallest = graph.sizes.iter().map(|(_, height)| *height).max().unwrap_or(0);
    let least =
        3 * (graph.sizes.iter().map(|(_, height)| height + 34).sum::<i64>() / int(graph.sizes.len()).max(1));
    (area * 9 / 10).isqrt().max(tallest).max(least)
}

struct Columns {
    room: i64,
    used: Vec<i64>,
}

impl Columns {
    fn takes(&self, layer: usize, height: i64) -> bool {
        let used = self.used.get(layer).copied().unwrap_or(0);
        used == 0 || used + height + 34 <= self.room
    }

    fn add(&mut self, layer: usize, height: i64) {
        if self.used.len() <= layer {
            self.used.resize(layer + 1, 0);
        }
        self.used[layer] += height + 34 * height.signum();
    }
}
