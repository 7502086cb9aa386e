//! In which order the boxes of a column are, and how high: with few crossings, and each near to what it is linked with.

use std::collections::BTreeMap;

use super::{Graph, int};

/// A box, or the place where a line goes through a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) node: Option<usize>,
    pub(super) height: i64,
    pub(super) y: i64,
}

/// Lines that have their left end in common: they go as one until they part.
#[derive(Clone, Debug)]
pub(super) struct Net {
    /// The item on the left, and how far below its upper edge the lines begin.
    pub(super) owner: usize,
    pub(super) owner_y: i64,
    pub(super) ends: Vec<End>,
    /// Where it goes through the columns right of the owner.
    pub(super) through: Vec<usize>,
}

/// The right end of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) link: usize,
    pub(super) item: usize,
    pub(super) y: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) items: Vec<Item>,
    /// The items of each column, from top to bottom.
    pub(super) columns: Vec<Vec<usize>>,
    /// The column of each item.
    pub(super) layers: Vec<usize>,
    pub(super) nets: Vec<Net>,
}

/// A part of a line between two columns that are next to each other.
#[derive(Clone, Copy)]
struct Segment {
    left: usize,
    left_y: i64,
    right: usize,
    right_y: i64,
}

pub(super) fn place(graph: &Graph, is_back: &[bool], layers: &[usize]) -> Placed {
    let mut placed = with_nets(graph, is_back, layers);
    let segments = segments(&placed);
    for column in &placed.columns {
        stack(&mut placed.items, column);
    }
    sort(&mut placed, &segments);
    align(&mut placed, &segments);
    placed
}

/// Items of boxes come first, with the same numbers.
fn with_nets(graph: &Graph, is_back: &[bool], layers: &[usize]) -> Placed {
    let node = |(node, size): (usize, &(i64, i64))| Item { node: Some(node), height: size.1, y: 0 };
    let mut items: Vec<Item> = graph.sizes.iter().enumerate().map(node).collect();
    let mut layers = layers.to_vec();
    let mut nets: BTreeMap<(usize, i64, bool), Net> = BTreeMap::new();
    for (at, link) in graph.links.iter().enumerate() {
        let (left, right) = ((link.to, link.to_y), (link.from, link.from_y));
        let (left, right) = if is_back[at] { (right, left) } else { (left, right) };
        let new = Net { owner: left.0, owner_y: left.1, ends: Vec::new(), through: Vec::new() };
        let net = nets.entry((left.0, left.1, is_back[at])).or_insert(new);
        net.ends.push(End { link: at, item: right.0, y: right.1 });
    }
    let mut nets: Vec<Net> = nets.into_values().collect();
    for net in &mut nets {
        let last = net.ends.iter().map(|end| layers[end.item]).max().unwrap_or(0);
        for layer in layers[net.owner] + 1..last {
            net.through.push(items.len());
            items.push(Item { node: None, height: 2, y: 0 });
            layers.push(layer);
        }
    }
    let mut columns = vec![Vec::new(); layers.iter().max().map_or(0, |last| last + 1)];
    for (item, &layer) in layers.iter().enumerate() {
        columns[layer].push(item);
    }
    Placed { items, columns, layers, nets }
}

/// By the column that they begin in.
fn segments(placed: &Placed) -> Vec<Vec<Segment>> {
    let mut segments = vec![Vec::new(); placed.columns.len()];
    for net in &placed.nets {
        let first = placed.layers[net.owner];
        let from = |layer: usize| {
            if layer == first { (net.owner, net.owner_y) } else { (net.through[layer - first - 1], 1) }
        };
        for (at, &item) in net.through.iter().enumerate() {
            let (left, left_y) = from(first + at);
            segments[first + at].push(Segment { left, left_y, right: item, right_y: 1 });
        }
        for end in net.ends.iter().filter(|end| end.item != net.owner) {
            let layer = placed.layers[end.item] - 1;
            let (left, left_y) = from(layer);
            segments[layer].push(Segment { left, left_y, right: end.item, right_y: end.y });
        }
    }
    segments
}

/// The room between two that are one below the other.
fn gap(items: &[Item], upper: usize, lower: usize) -> i64 {
    match (items[upper].node, items[lower].node) {
        (Some(_), Some(_)) => 30,
        (None, None) => 12,
        _ => 18,
    }
}

/// One below the other, around 0.
fn stack(items: &mut [Item], column: &[usize]) {
    let mut y = 0;
    for (at, &item) in column.iter().enumerate() {
        if at > 0 {
            y += gap(items, column[at - 1], item);
        }
        items[item].y = y;
        y += items[item].height;
    }
    for &item in column {
        items[item].y -= y / 2;
    }
}

fn sort(placed: &mut Placed, segments: &[Vec<Segment>]) {
    let mut best = (crossings(placed, segments), placed.columns.clone());
    for round in 0..24 {
        let count = placed.columns.len();
        let rightwards = round % 2 == 0;
        let order: Vec<usize> =
            if rightwards { (1..count).collect() } else { (0..count - 1).rev().collect() };
        for layer in order {
            let wanted: BTreeMap<usize, i64> = placed.columns[layer]
                .iter()
                .map(|&item| {
                    (item, wish(placed, segments, layer, item, rightwards).unwrap_or(placed.items[item].y))
                })
                .collect();
            let mut column = std::mem::take(&mut placed.columns[layer]);
            column.sort_by_key(|item| wanted[item]);
            stack(&mut placed.items, &column);
            placed.columns[layer] = column;
        }
        let now = crossings(placed, segments);
        if now < best.0 {
            best = (now, placed.columns.clone());
        }
    }
    placed.columns = best.1;
    for column in &placed.columns {
        stack(&mut placed.items, column);
    }
}

/// Where the upper edge of an item should be for its lines to one side to be level.
fn wish(placed: &Placed, segments: &[Vec<Segment>], layer: usize, item: usize, to_left: bool) -> Option<i64> {
    let (mut sum, mut count) = (0, 0);
    if to_left && layer > 0 {
        for segment in segments[layer - 1].iter().filter(|segment| segment.right == item) {
            sum += placed.items[segment.left].y + segment.left_y - segment.right_y;
            count += 1;
        }
    } else if !to_left {
        for segment in segments[layer].iter().filter(|segment| segment.left == item) {
            sum += placed.items[segment.right].y + segment.right_y - segment.left_y;
            count += 1;
        }
    }
    (count > 0).then(|| sum / count)
}

fn crossings(placed: &Placed, segments: &[Vec<Segment>]) -> usize {
    let ends = |segment: &Segment| {
        let y = |item: usize, y: i64| placed.items[item].y + y;
        (y(segment.left, segment.left_y), y(segment.right, segment.right_y))
    };
    let of_column = |segments: &Vec<Segment>| {
        let ends: Vec<(i64, i64)> = segments.iter().map(ends).collect();
        let crosses =
            |one: (i64, i64), other: (i64, i64)| (one.0 - other.0).signum() * (one.1 - other.1).signum() < 0;
        ends.iter()
            .enumerate()
            .map(|(at, &one)| ends[..at].iter().filter(|&&other| crosses(one, other)).count())
            .sum::<usize>()
    };
    segments.iter().map(of_column).sum()
}

/// Moves each towards where its lines are level, in the order that is decided.
fn align(placed: &mut Placed, segments: &[Vec<Segment>]) {
    for round in 0..12 {
        let count = placed.columns.len();
        let order: Vec<usize> =
            if round % 2 == 0 { (0..count).collect() } else { (0..count).rev().collect() };
        for layer in order {
            let column = placed.columns[layer].clone();
            let wanted: Vec<(i64, i64)> = column
                .iter()
                .map(|&item| {
                    let sides = [true, false].map(|to_left| wish(placed, segments, layer, item, to_left));
                    let wishes: Vec<i64> = sides.into_iter().flatten().collect();
                    let weight = if placed.items[item].node.is_none() { 6 } else { 2 };
                    match &*wishes {
                        [] => (placed.items[item].y, 1),
                        wishes => (wishes.iter().sum::<i64>() / int(wishes.len()), weight),
                    }
                })
                .collect();
            settle(&mut placed.items, &column, &wanted);
        }
    }
    // What is left of the best order may be cut off by rounding, so that the top is at 0 whatever happens.
    let top = placed.items.iter().map(|item| item.y).min().unwrap_or(0);
    placed.items.iter_mut().for_each(|item| item.y -= top);
}

/// The places nearest to those wanted, each with its weight, where none overlap: those that would are put around the mean of
/// what they want.
fn settle(items: &mut [Item], column: &[usize], wanted: &[(i64, i64)]) {
    struct Block {
        sum: i64,
        weight: i64,
        first: usize,
    }
    let mut offsets = Vec::new();
    let mut offset = 0;
    for (at, &item) in column.iter().enumerate() {
        if at > 0 {
            offset += items[column[at - 1]].height + gap(items, column[at - 1], item);
        }
        offsets.push(offset);
    }
    let mean = |block: &Block| block.sum.div_euclid(block.weight);
    let mut blocks: Vec<Block> = Vec::new();
    for (at, (y, weight)) in wanted.iter().enumerate() {
        let mut block = Block { sum: (y - offsets[at]) * weight, weight: *weight, first: at };
        while let Some(before) = blocks.pop_if(|before| mean(before) >= mean(&block)) {
            block = Block {
                sum: before.sum + block.sum,
                weight: before.weight + block.weight,
                first: before.first,
            };
        }
        blocks.push(block);
    }
    for (at, &item) in column.iter().enumerate() {
        let block = blocks.iter().rev().find(|block| block.first <= at);
        items[item].y = block.map_or(0, mean) + offsets[at];
    }
}
