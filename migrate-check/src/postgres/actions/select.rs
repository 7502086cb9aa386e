//! Which clauses of a query may stand together (`insertSelectOptions` of `gram.y`), and the frame of a window.

use crate::postgres::parser::Part;

/// The kinds of clauses that a query has, of which there may be one each; those of a query in parentheses count too.
fn clauses(select: Part<'_>) -> Vec<&'static str> {
    let inner = inside(select);
    let own = select.parts().filter(|part| !part.is_empty()).flat_map(|part| match part.name() {
        "sort_clause" | "opt_sort_clause" => vec!["sort"],
        "with_clause" => vec!["with"],
        "select_limit" | "opt_select_limit" => {
            let found = ["limit_clause", "offset_clause"].into_iter();
            found.filter(|name| clause(part, name).is_some()).collect()
        }
        _ => Vec::new(),
    });
    inner.into_iter().flat_map(clauses).chain(own).collect()
}

/// The query in parentheses of which a query consists.
fn inside(select: Part<'_>) -> Option<Part<'_>> {
    unwrapped(select.find("select_clause")?.find("select_with_parens")?)
}

/// The query inside of parentheses.
fn unwrapped(parentheses: Part<'_>) -> Option<Part<'_>> {
    let mut part = parentheses;
    while let Some(inner) = part.find("select_with_parens") {
        part = inner;
    }
    part.find("select_no_parens")
}

/// A clause of a `select_limit`, which may be inside of an `opt_select_limit`.
fn clause<'t>(limit: Part<'t>, name: &str) -> Option<Part<'t>> {
    limit.find(name).or_else(|| limit.find("select_limit")?.find(name))
}

/// A clause of a query that may not stand there.
pub(super) fn select(node: Part<'_>) -> Option<usize> {
    let inner = inside(node).map(clauses).unwrap_or_default();
    let has = |kind: &str| inner.contains(&kind);
    let is_skipping = node.parts().flat_map(Part::inside).any(|part| part.is_made_of("SKIP LOCKED"));
    node.parts().filter(|part| !part.is_empty()).find_map(|part| match part.name() {
        "sort_clause" | "opt_sort_clause" if has("sort") => Some(part.first()),
        "with_clause" if has("with") => Some(part.first()),
        "select_limit" | "opt_select_limit" => {
            let (limit, offset) = (clause(part, "limit_clause"), clause(part, "offset_clause"));
            let ties = limit.filter(|limit| limit.find("TIES").is_some());
            let is_sorted = clauses(node).contains(&"sort");
            let wrong = offset.filter(|_| has("offset_clause")).or(limit.filter(|_| has("limit_clause")));
            wrong.or(ties.filter(|_| !is_sorted || is_skipping)).map(Part::first)
        }
        _ => None,
    })
}

/// The bounds of a window's frame.
pub(super) fn frame(node: Part<'_>) -> Option<usize> {
    let bounds: Vec<Part<'_>> = node.parts().filter(|part| part.name() == "frame_bound").collect();
    let is = |bound: Part<'_>, rule: &str| bound.is_made_of(rule);
    let (start, end) = (*bounds.first()?, bounds.get(1).copied());
    if is(start, "UNBOUNDED FOLLOWING") {
        return Some(start.first());
    }
    let Some(end) = end else { return is(start, "a_expr FOLLOWING").then(|| start.first()) };
    let is_backwards = is(end, "UNBOUNDED PRECEDING")
        || (is(start, "CURRENT_P ROW") && is(end, "a_expr PRECEDING"))
        || (is(start, "a_expr FOLLOWING") && (is(end, "a_expr PRECEDING") || is(end, "CURRENT_P ROW")));
    is_backwards.then(|| end.first())
}
