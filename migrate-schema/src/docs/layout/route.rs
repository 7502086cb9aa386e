//! The lines: level from a box into the room between two columns, up or down there on a track of their own, and level
//! again.

use super::order::{Net, Placed};
use super::{Drawing, Graph, Point, int};

/// Beside a box, for what is drawn at the end of a line.
const MARGIN: i64 = 26;
/// Between two tracks.
const PITCH: i64 = 9;

/// What a net does between two columns.
struct Crossing {
    net: usize,
    /// Where lines come in from the left, and from the right.
    lefts: Vec<i64>,
    rights: Vec<i64>,
}

impl Crossing {
    fn covers(&self, y: i64) -> bool {
        let all = || self.lefts.iter().chain(&self.rights);
        all().any(|other| *other < y) && all().any(|other| *other > y)
    }

    fn is_level(&self) -> bool {
        let mut all = self.lefts.iter().chain(&self.rights);
        let first = all.next();
        // A line that comes back needs a track even where it is level.
        self.lefts.len() < 2 && all.all(|y| Some(y) == first)
    }

    /// How bad it is to have this one left of the other.
    fn before(&self, other: &Self) -> usize {
        let crossed = other.lefts.iter().filter(|y| self.covers(**y)).count();
        let crossing = self.rights.iter().filter(|y| other.covers(**y)).count();
        let same = other.lefts.iter().filter(|y| self.rights.contains(y)).count();
        crossed + crossing + 4 * same
    }
}

pub(super) fn draw(graph: &Graph, is_back: &[bool], placed: &Placed) -> Drawing {
    let y_of = |item: usize, y: i64| placed.items[item].y + y;
    // Right of each column: the nets there, from left to right.
    let mut gaps: Vec<Vec<Crossing>> = (0..placed.columns.len()).map(|_| Vec::new()).collect();
    for (at, net) in placed.nets.iter().enumerate() {
        let first = placed.layers[net.owner];
        for (layer, gap) in gaps.iter_mut().enumerate().skip(first).take(net.through.len() + 1) {
            let (lefts, rights) = ys(placed, net, layer);
            gap.push(Crossing { net: at, lefts, rights });
        }
    }
    let mut xs = vec![0];
    let mut tracks: Vec<Vec<(usize, i64)>> = Vec::new();
    for (layer, crossings) in gaps.iter_mut().enumerate() {
        crossings.retain(|crossing| !crossing.is_level());
        arrange(crossings);
        let widths = placed.columns[layer].iter().filter_map(|&item| placed.items[item].node);
        let right = xs[layer] + widths.map(|node| graph.sizes[node].0).max().unwrap_or(0);
        let of_net = |(at, crossing): (usize, &Crossing)| (crossing.net, right + MARGIN + PITCH * int(at));
        tracks.push(crossings.iter().enumerate().map(of_net).collect());
        xs.push(right + 2 * MARGIN + PITCH * int(crossings.len().saturating_sub(1)));
    }
    let boxes: Vec<Point> = (0..graph.sizes.len())
        .map(|node| Point { x: xs[placed.layers[node]], y: placed.items[node].y })
        .collect();
    let mut routes = vec![Vec::new(); graph.links.len()];
    for (at, net) in placed.nets.iter().enumerate() {
        let track = |layer: usize| tracks[layer].iter().find(|(net, _)| *net == at).map(|(_, x)| *x);
        let first = placed.layers[net.owner];
        let owner =
            Point { x: boxes[net.owner].x + graph.sizes[net.owner].0, y: y_of(net.owner, net.owner_y) };
        for end in &net.ends {
            let mut route = Vec::new();
            let mut y = y_of(end.item, end.y);
            let mut layer = placed.layers[end.item];
            if end.item == net.owner {
                route.push(Point { x: owner.x, y });
                layer += 1;
            } else {
                route.push(Point { x: xs[layer], y });
            }
            while layer > first {
                layer -= 1;
                let next = if layer == first { owner.y } else { y_of(net.through[layer - first - 1], 1) };
                if let Some(x) = track(layer) {
                    route.extend([Point { x, y }, Point { x, y: next }]);
                }
                y = next;
            }
            route.push(owner);
            let mut route = simple(route);
            if is_back[end.link] {
                route.reverse();
            }
            routes[end.link] = route;
        }
    }
    let bottom = placed.items.iter().map(|item| item.y + item.height).max().unwrap_or(0);
    let right = boxes.iter().zip(&graph.sizes).map(|(at, size)| at.x + size.0).max().unwrap_or(0);
    let furthest = routes.iter().flatten().map(|point: &Point| point.x).max().unwrap_or(0);
    Drawing { width: right.max(furthest), height: bottom, boxes, routes }
}

/// Where the lines of a net are on the left and on the right of the room right of a column.
fn ys(placed: &Placed, net: &Net, layer: usize) -> (Vec<i64>, Vec<i64>) {
    let y_of = |item: usize, y: i64| placed.items[item].y + y;
    let first = placed.layers[net.owner];
    let mut lefts = Vec::new();
    let mut rights = Vec::new();
    if layer == first {
        lefts.push(y_of(net.owner, net.owner_y));
        lefts.extend(net.ends.iter().filter(|end| end.item == net.owner).map(|end| y_of(end.item, end.y)));
    } else {
        lefts.push(y_of(net.through[layer - first - 1], 1));
    }
    rights.extend(net.through.get(layer - first).map(|&item| y_of(item, 1)));
    let here = |end: &&super::order::End| placed.layers[end.item] == layer + 1;
    rights.extend(net.ends.iter().filter(here).map(|end| y_of(end.item, end.y)));
    (lefts, rights)
}

/// Swaps neighbours while that makes fewer crossings.
fn arrange(crossings: &mut [Crossing]) {
    crossings.sort_by_key(|crossing| (crossing.lefts.first().copied(), crossing.net));
    for _ in 0..crossings.len() {
        let mut is_better = false;
        for at in 1..crossings.len() {
            let (one, other) = (&crossings[at - 1], &crossings[at]);
            if other.before(one) < one.before(other) {
                crossings.swap(at - 1, at);
                is_better = true;
            }
        }
        if !is_better {
            return;
        }
    }
}

/// Without points that are no corners.
fn simple(points: Vec<Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for point in points {
        if kept.last() == Some(&point) {
            continue;
        }
        if let [.., before, last] = &*kept {
            let is_level = before.y == last.y && last.y == point.y;
            let is_plumb = before.x == last.x && last.x == point.x;
            if is_level || is_plumb {
                kept.pop();
            }
        }
        kept.push(point);
    }
    kept
}
