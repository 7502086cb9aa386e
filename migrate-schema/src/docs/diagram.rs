//! The entity-relationship diagram: tables as boxes with the columns of their keys, foreign keys as lines.

use std::collections::BTreeSet;

use super::html::{Html, anchor};
use super::layout::{Drawing, Graph, Link, Point, lay_out};
use super::model::Table;
use crate::fact::Fact;
use crate::key::qualified;

const HEAD: i64 = 30;
const ROW: i64 = 20;
const BORDER: i64 = 14;
/// What a name may be long before it is cut, in characters of usual width.
const LONGEST_NAME: i64 = 30;
const LONGEST_TYPE: i64 = 18;
/// How many colours the lines have, one after the other.
const COLORS: usize = 6;

/// A box: what it says, and how large it is.
struct Card<'t> {
    table: &'t Table<'t>,
    title: String,
    rows: Vec<Row<'t>>,
    size: (i64, i64),
    badges: i64,
}

struct Row<'t> {
    column: &'t Fact,
    badge: &'static str,
}

/// The tables of these numbers, with the foreign keys among them. `focus` is marked.
pub(super) fn diagram(tables: &[Table<'_>], numbers: &[usize], focus: Option<usize>, label: &str) -> Html {
    let cards: Vec<Card<'_>> = numbers.iter().map(|&number| card(&tables[number])).collect();
    let place = |number: usize| numbers.iter().position(|other| *other == number);
    let mut references = Vec::new();
    let mut graph = Graph { sizes: cards.iter().map(|card| card.size).collect(), links: Vec::new() };
    for (from, card) in cards.iter().enumerate() {
        for reference in &card.table.references {
            let Some(to) = reference.to.and_then(place) else { continue };
            let from_y = card.y_of(&reference.columns);
            graph.links.push(Link { from, from_y, to, to_y: cards[to].y_of(&reference.to_columns) });
            references.push(reference);
        }
    }
    let drawing = lay_out(&graph);
    let colors = colors(&graph);
    let (width, height) = (drawing.width + 2 * BORDER, drawing.height + 2 * BORDER);
    let mut svg = Html::new();
    svg.raw("<svg class=\"er\" role=\"group\" aria-label=\"").text(label).raw("\" width=\"").text(width);
    svg.raw("\" height=\"").text(height).raw("\" viewBox=\"").text(-BORDER).raw(" ").text(-BORDER);
    svg.raw(" ").text(width).raw(" ").text(height).raw("\">\n");
    for (at, reference) in references.iter().enumerate() {
        let link = graph.links[at];
        let (from, to) = (&cards[link.from], &cards[link.to]);
        let crow = End { is_many: !reference.is_unique, may_be_null: reference.may_be_null };
        svg.raw("<g class=\"edge c")
            .text(colors[link.to])
            .raw("\" data-from=\"")
            .text(anchor(from.table.key()));
        svg.raw("\" data-to=\"").text(anchor(to.table.key())).raw("\"><title>");
        svg.text(format_args!("{}({})", from.title, reference.columns.join(", "))).raw(" → ");
        svg.text(format_args!("{}({})", to.title, reference.to_columns.join(", "))).raw("</title>");
        line(&mut svg, &drawing.routes[at], &crow);
        svg.raw("</g>\n");
    }
    for (at, card) in cards.iter().enumerate() {
        card.draw(&mut svg, &drawing, at, focus == Some(numbers[at]));
    }
    svg.raw("</svg>\n");
    svg
}

/// The colour of the lines to each box: those that most lines go to have one of their own.
fn colors(graph: &Graph) -> Vec<usize> {
    let count = |node: usize| graph.links.iter().filter(|link| link.to == node).count();
    let mut order: Vec<usize> = (0..graph.sizes.len()).collect();
    order.sort_by_key(|&node| std::cmp::Reverse(count(node)));
    let mut colors = vec![0; order.len()];
    for (rank, node) in order.into_iter().enumerate() {
        colors[node] = rank % COLORS;
    }
    colors
}

/// The table, what it references and what references it.
pub(super) fn neighbours(tables: &[Table<'_>], number: usize) -> Vec<usize> {
    let to = |number: usize| tables[number].references.iter().filter_map(|reference| reference.to);
    let mut found: BTreeSet<usize> = to(number).chain([number]).collect();
    found.extend(
        (0..tables.len()).filter(|&other| !tables[other].is_partition && to(other).any(|to| to == number)),
    );
    found.into_iter().collect()
}

fn card<'t>(table: &'t Table<'_>) -> Card<'t> {
    let primary = table.primary();
    let mut rows = Vec::new();
    for column in &table.columns {
        let name = column.key().leaf();
        let is_primary = primary.iter().any(|key| key == name);
        let is_foreign =
            table.references.iter().any(|reference| reference.columns.iter().any(|key| key == name));
        let badge = match (is_primary, is_foreign) {
            (true, true) => "PK FK",
            (true, false) => "PK",
            (false, true) => "FK",
            (false, false) => continue,
        };
        rows.push(Row { column, badge });
    }
    // The key first, whatever the order of the columns.
    rows.sort_by_key(|row| row.badge == "FK");
    let badges = if rows.iter().any(|row| row.badge.len() > 2) { 46 } else { 28 };
    let title = qualified(table.key().path());
    let of_row = |row: &Row<'_>| {
        let name = cells(row.column.key().leaf()).min(LONGEST_NAME);
        let kind = cells(row.column.text("type")).min(LONGEST_TYPE);
        badges + 15 * name / 2 + 7 * kind + 34
    };
    let head = 8 * cells(&title).min(LONGEST_NAME) + 28;
    let width = rows.iter().map(of_row).chain([head, 110]).max().unwrap_or(0);
    let count = i64::try_from(rows.len()).unwrap_or(0);
    let height = if count == 0 { HEAD } else { HEAD + ROW * count + 6 };
    Card { table, title, rows, size: (width, height), badges }
}

impl Card<'_> {
    /// Where a line to these columns ends: at the first of them, or at the head where it is none that is shown.
    fn y_of(&self, columns: &[String]) -> i64 {
        let is_one = |row: &Row<'_>| columns.first().is_some_and(|column| column == row.column.key().leaf());
        let row = self.rows.iter().position(is_one).and_then(|row| i64::try_from(row).ok());
        row.map_or(HEAD / 2, |row| HEAD + ROW * row + ROW / 2 + 2)
    }

    fn draw(&self, svg: &mut Html, drawing: &Drawing, at: usize, is_focus: bool) {
        let Point { x, y } = drawing.boxes[at];
        let (width, height) = self.size;
        let anchor = anchor(self.table.key());
        svg.raw("<a class=\"card").raw(if is_focus { " focus" } else { "" }).raw("\" href=\"#").text(&anchor);
        svg.raw("\" data-table=\"").text(&anchor).raw("\" transform=\"translate(").text(x).raw(" ").text(y);
        svg.raw(")\"><title>").text(&self.title).raw("</title>");
        svg.raw("<rect class=\"body\" rx=\"6\" width=\"")
            .text(width)
            .raw("\" height=\"")
            .text(height)
            .raw("\"/>");
        svg.raw("<path class=\"head\" d=\"M0 ")
            .text(HEAD)
            .raw("V6Q0 0 6 0H")
            .text(width - 6)
            .raw("Q")
            .text(width);
        svg.raw(" 0 ").text(width).raw(" 6V");
        if self.rows.is_empty() {
            svg.text(HEAD - 6)
                .raw("Q")
                .text(width)
                .raw(" ")
                .text(HEAD)
                .raw(" ")
                .text(width - 6)
                .raw(" ")
                .text(HEAD);
            svg.raw("H6Q0 ").text(HEAD).raw(" 0 ").text(HEAD - 6).raw("Z\"/>");
        } else {
            svg.text(HEAD).raw("Z\"/>");
        }
        svg.raw("<text class=\"name\" x=\"12\" y=\"20\">")
            .text(cut(&self.title, LONGEST_NAME))
            .raw("</text>");
        let mut baseline = HEAD + 16;
        for row in &self.rows {
            let name = row.column.key().leaf();
            let kind = row.column.text("type");
            svg.raw("<text class=\"badge\" x=\"12\" y=\"")
                .text(baseline)
                .raw("\">")
                .raw(row.badge)
                .raw("</text>");
            svg.raw("<text x=\"").text(self.badges + 8).raw("\" y=\"").text(baseline).raw("\">");
            if cells(name) > LONGEST_NAME {
                svg.raw("<title>").text(name).raw("</title>");
            }
            svg.text(cut(name, LONGEST_NAME)).raw("</text>");
            svg.raw("<text class=\"type\" text-anchor=\"end\" x=\"")
                .text(width - 10)
                .raw("\" y=\"")
                .text(baseline);
            svg.raw("\">");
            if cells(kind) > LONGEST_TYPE {
                svg.raw("<title>").text(kind).raw("</title>");
            }
            svg.text(cut(kind, LONGEST_TYPE)).raw("</text>");
            baseline += ROW;
        }
        svg.raw("</a>\n");
    }
}

/// How many columns a text takes where each letter is as wide as any other: those of Chinese and the like take two.
fn cells(text: &str) -> i64 {
    text.chars().map(width).sum()
}

fn width(character: char) -> i64 {
    if u32::from(character) >= 0x1100 { 2 } else { 1 }
}

fn cut(text: &str, longest: i64) -> String {
    if cells(text) <= longest {
        return text.to_owned();
    }
    let mut left = longest - 1;
    let kept = text.chars().take_while(|character| {
        left -= width(*character);
        left >= 0
    });
    let mut kept: String = kept.collect();
    kept.push('…');
    kept
}

/// What is at the end of a line where the foreign key is.
struct End {
    is_many: bool,
    may_be_null: bool,
}

fn line(svg: &mut Html, route: &[Point], end: &End) {
    let [first, second, ..] = route else { return };
    let (Some(last), Some(before)) = (route.last(), route.len().checked_sub(2).map(|at| route[at])) else {
        return;
    };
    for class in ["<path class=\"hit\" d=\"", "<path class=\"line\" d=\""] {
        svg.raw(class);
        svg.raw("M").text(first.x).raw(" ").text(first.y);
        for corner in route.windows(3) {
            let [from, at, to] = corner else { continue };
            let reach = 7.min(distance(*from, *at) / 2).min(distance(*at, *to) / 2);
            let (enter, leave) = (towards(*at, *from, reach), towards(*at, *to, reach));
            svg.raw("L").text(enter.x).raw(" ").text(enter.y).raw("Q").text(at.x).raw(" ").text(at.y);
            svg.raw(" ").text(leave.x).raw(" ").text(leave.y);
        }
        svg.raw("L").text(last.x).raw(" ").text(last.y).raw("\"/>");
    }
    let out = (second.x - first.x).signum();
    svg.raw("<path class=\"line\" d=\"M");
    if end.is_many {
        svg.text(first.x).raw(" ").text(first.y - 5).raw("L").text(first.x + 10 * out).raw(" ").text(first.y);
        svg.raw("L").text(first.x).raw(" ").text(first.y + 5);
    } else {
        svg.text(first.x + 7 * out).raw(" ").text(first.y - 5).raw("v10");
    }
    let back = (before.x - last.x).signum();
    svg.raw("M").text(last.x + 7 * back).raw(" ").text(last.y - 5).raw("v10\"/>");
    if end.may_be_null {
        svg.raw("<circle class=\"ring\" r=\"4\" cx=\"")
            .text(first.x + 14 * out)
            .raw("\" cy=\"")
            .text(first.y)
            .raw("\"/>");
    }
}

fn distance(one: Point, other: Point) -> i64 {
    (one.x - other.x).abs() + (one.y - other.y).abs()
}

fn towards(from: Point, to: Point, by: i64) -> Point {
    Point { x: from.x + by * (to.x - from.x).signum(), y: from.y + by * (to.y - from.y).signum() }
}
