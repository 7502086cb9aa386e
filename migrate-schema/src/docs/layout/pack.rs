//! Puts rectangles side by side into a sheet that is wider than high.

use std::collections::BTreeSet;

use super::Point;

const GAP: i64 = 36;

/// Where each is, and the size of the sheet.
pub(super) fn pack(sizes: &[(i64, i64)]) -> (Vec<Point>, i64, i64) {
    let area: i64 = sizes.iter().map(|(width, height)| (width + GAP) * (height + GAP)).sum();
    let widest = sizes.iter().map(|(width, _)| *width).max().unwrap_or(0);
    let room = widest.max((area * 8 / 5).isqrt());
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&at| (-(sizes[at].0 * sizes[at].1), at));
    let mut places = vec![Point { x: 0, y: 0 }; sizes.len()];
    let mut placed: Vec<usize> = Vec::new();
    for at in order {
        places[at] = free(sizes[at], room, sizes, &places, &placed);
        placed.push(at);
    }
    let right = placed.iter().map(|&at| places[at].x + sizes[at].0).max().unwrap_or(0);
    let bottom = placed.iter().map(|&at| places[at].y + sizes[at].1).max().unwrap_or(0);
    (places, right, bottom)
}

/// The highest place that is free, and of those the one most to the left.
fn free(size: (i64, i64), room: i64, sizes: &[(i64, i64)], places: &[Point], placed: &[usize]) -> Point {
    let xs: BTreeSet<i64> = placed.iter().map(|&at| places[at].x + sizes[at].0 + GAP).chain([0]).collect();
    let ys: BTreeSet<i64> = placed.iter().map(|&at| places[at].y + sizes[at].1 + GAP).chain([0]).collect();
    let is_free = |point: Point| {
        placed.iter().all(|&at| {
            let (other, (width, height)) = (places[at], sizes[at]);
            point.x >= other.x + width + GAP
                || other.x >= point.x + size.0 + GAP
                || point.y >= other.y + height + GAP
                || other.y >= point.y + size.1 + GAP
        })
    };
    let last = ys.last().copied().unwrap_or(0);
    let fits = |x: i64| x + size.0 <= room || x == 0;
    ys.iter()
        .flat_map(|&y| xs.iter().filter(|&&x| fits(x)).map(move |&x| Point { x, y }))
        .find(|&point| is_free(point))
        .unwrap_or(Point { x: 0, y: last })
}
