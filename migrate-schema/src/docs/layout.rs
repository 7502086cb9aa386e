//! Where boxes and lines of a diagram go. It knows rectangles and links between them, no tables. All numbers are whole,
//! and nothing depends on anything but what is given: the same input has the same layout everywhere.

mod layers;
mod order;
mod pack;
mod route;

/// What is to be drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    /// Width and height of each box.
    pub(super) sizes: Vec<(i64, i64)>,
    pub(super) links: Vec<Link>,
}

/// A line from one box to another or the same one, each end so far below the upper edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) from_y: i64,
    pub(super) to: usize,
    pub(super) to_y: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Point {
    pub(super) x: i64,
    pub(super) y: i64,
}

/// Where everything is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawing {
    pub(super) width: i64,
    pub(super) height: i64,
    /// The upper left corner of each box.
    pub(super) boxes: Vec<Point>,
    /// The corners of each line, from its `from` to its `to`. It begins and ends level.
    pub(super) routes: Vec<Vec<Point>>,
}

/// Lays out each group of boxes that hang together by itself, in columns from left to right, and puts the groups
/// side by side.
pub(super) fn lay_out(graph: &Graph) -> Drawing {
    let groups = groups(graph);
    let drawings: Vec<Drawing> = groups.iter().map(|group| of_group(&group.graph)).collect();
    let sizes: Vec<(i64, i64)> = drawings.iter().map(|drawing| (drawing.width, drawing.height)).collect();
    let (places, width, height) = pack::pack(&sizes);
    let mut whole = Drawing {
        width,
        height,
        boxes: vec![Point { x: 0, y: 0 }; graph.sizes.len()],
        routes: vec![Vec::new(); graph.links.len()],
    };
    for ((group, drawing), place) in groups.iter().zip(drawings).zip(places) {
        let moved = |point: Point| Point { x: point.x + place.x, y: point.y + place.y };
        for (&node, at) in group.nodes.iter().zip(drawing.boxes) {
            whole.boxes[node] = moved(at);
        }
        for (&link, route) in group.links.iter().zip(drawing.routes) {
            whole.routes[link] = route.into_iter().map(moved).collect();
        }
    }
    whole
}

/// Boxes that hang together, with their numbers in the whole.
struct Group {
    nodes: Vec<usize>,
    links: Vec<usize>,
    graph: Graph,
}

fn groups(graph: &Graph) -> Vec<Group> {
    let mut group_of: Vec<usize> = (0..graph.sizes.len()).collect();
    for link in &graph.links {
        let (one, other) = (group_of[link.from], group_of[link.to]);
        let (keep, lose) = (one.min(other), one.max(other));
        group_of.iter_mut().filter(|group| **group == lose).for_each(|group| *group = keep);
    }
    let mut numbers = group_of.clone();
    numbers.sort_unstable();
    numbers.dedup();
    let group = |number: usize| {
        let nodes: Vec<usize> = (0..group_of.len()).filter(|&node| group_of[node] == number).collect();
        let links: Vec<usize> =
            (0..graph.links.len()).filter(|&link| group_of[graph.links[link].from] == number).collect();
        let local = |node: usize| nodes.binary_search(&node).unwrap_or_default();
        let of_group = |&link: &usize| {
            let link = graph.links[link];
            Link { from: local(link.from), to: local(link.to), ..link }
        };
        let local_graph = Graph {
            sizes: nodes.iter().map(|&node| graph.sizes[node]).collect(),
            links: links.iter().map(of_group).collect(),
        };
        Group { nodes, links, graph: local_graph }
    };
    numbers.into_iter().map(group).collect()
}

fn of_group(graph: &Graph) -> Drawing {
    if let ([(width, height)], []) = (&*graph.sizes, &*graph.links) {
        let boxes = vec![Point { x: 0, y: 0 }];
        return Drawing { width: *width, height: *height, boxes, routes: Vec::new() };
    }
    let is_back = layers::back(graph);
    let layers = layers::layers(graph, &is_back);
    let placed = order::place(graph, &is_back, &layers);
    route::draw(graph, &is_back, &placed)
}

/// A number of things as a length.
fn int(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph with so many boxes, linked by a rule.
    fn graph(nodes: usize, links: &[(usize, usize)]) -> Graph {
        let sizes = (0..nodes).map(|node| (120 + int(node * 7 % 40), 40 + int(node * 13 % 60))).collect();
        let link = |&(from, to): &(usize, usize)| Link { from, from_y: 30, to, to_y: 20 };
        Graph { sizes, links: links.iter().map(link).collect() }
    }

    fn overlaps(graph: &Graph, drawing: &Drawing) -> Vec<(usize, usize)> {
        let area = |node: usize| (drawing.boxes[node], graph.sizes[node]);
        let meet = |one: (Point, (i64, i64)), other: (Point, (i64, i64))| {
            one.0.x < other.0.x + other.1.0
                && other.0.x < one.0.x + one.1.0
                && one.0.y < other.0.y + other.1.1
                && other.0.y < one.0.y + one.1.1
        };
        let nodes = 0..graph.sizes.len();
        nodes
            .flat_map(|one| (0..one).map(move |other| (one, other)))
            .filter(|&(one, other)| meet(area(one), area(other)))
            .collect()
    }

    fn sound(graph: &Graph) -> Drawing {
        let drawing = lay_out(graph);
        assert_eq!(drawing, lay_out(graph), "it differs from one time to the next");
        assert_eq!(overlaps(graph, &drawing), [], "boxes overlap");
        for (link, route) in graph.links.iter().zip(&drawing.routes) {
            let (first, last) = (route[0], route[route.len() - 1]);
            for (node, y, point) in [(link.from, link.from_y, first), (link.to, link.to_y, last)] {
                let at = drawing.boxes[node];
                let width = graph.sizes[node].0;
                assert_eq!(point.y, at.y + y, "{link:?} {route:?}");
                assert!(point.x == at.x || point.x == at.x + width, "{link:?} {route:?}");
            }
            for pair in route.windows(2) {
                assert!(pair[0].x == pair[1].x || pair[0].y == pair[1].y, "a slant in {route:?}");
            }
            for point in route {
                assert!((0..=drawing.width).contains(&point.x) && (0..=drawing.height).contains(&point.y));
            }
            for (node, at) in drawing.boxes.iter().enumerate() {
                let (width, height) = graph.sizes[node];
                for pair in route.windows(2) {
                    let (left, right) = (pair[0].x.min(pair[1].x), pair[0].x.max(pair[1].x));
                    let (top, bottom) = (pair[0].y.min(pair[1].y), pair[0].y.max(pair[1].y));
                    let through = left < at.x + width && at.x < right && top < at.y + height && at.y < bottom;
                    let along = top == bottom && top > at.y && top < at.y + height;
                    let level = along && left < at.x + width && right > at.x;
                    assert!(!through && !level, "{link:?} goes through box {node}: {route:?} {at:?}");
                }
            }
        }
        drawing
    }

    #[test]
    fn shapes_of_schemas() {
        sound(&Graph::default());
        sound(&graph(1, &[]));
        sound(&graph(1, &[(0, 0)]));
        sound(&graph(7, &[]));
        sound(&graph(3, &[(2, 0), (2, 1)]));
        // There and back, around, and to itself.
        sound(&graph(2, &[(0, 1), (1, 0)]));
        sound(&graph(4, &[(0, 1), (1, 2), (2, 0), (3, 3), (3, 0), (3, 0)]));
        // A chain, and one in the middle of everything.
        let chain: Vec<(usize, usize)> = (1..30).map(|node| (node, node - 1)).collect();
        sound(&graph(30, &chain));
        let hub: Vec<(usize, usize)> = (1..60).map(|node| (node, 0)).collect();
        let drawing = sound(&graph(60, &hub));
        assert!(drawing.height < 3 * drawing.width, "{} x {}", drawing.width, drawing.height);
    }

    #[test]
    fn any_graph() {
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap_or_default() % below
        };
        for round in 0..60 {
            let nodes = 2 + round;
            let links: Vec<(usize, usize)> =
                (0..random(2 * nodes)).map(|_| (random(nodes), random(nodes))).collect();
            sound(&graph(nodes, &links));
        }
    }
}
