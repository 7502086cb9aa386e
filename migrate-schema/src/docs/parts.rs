//! What is shown the same way of whatever it is: who made it, its comment, its attributes, what belongs to it.

use super::Page;
use super::html::{Html, anchor, anchor_of_migration};
use super::model;
use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;

/// The migration that made a thing, and the one that changed it last, in few words.
pub(super) fn authors(page: &Page<'_>, key: &Key) -> Html {
    let mut html = Html::new();
    match page.timeline.authors(key) {
        Some((made, last)) => {
            html.link(&anchor_of_migration(&made.stem), &made.stem);
            if made.stem != last.stem {
                html.raw("<span class=\"dim\">, changed by </span>")
                    .link(&anchor_of_migration(&last.stem), &last.stem);
            }
        }
        None if page.timeline.is_empty() => {}
        None => {
            html.raw("<span class=\"by-hand\">no migration</span>");
        }
    }
    html
}

/// What a section begins with: its heading, who made it, its comment.
pub(super) fn head(html: &mut Html, page: &Page<'_>, key: &Key, name: &str) {
    let anchor = anchor(key);
    html.raw("<section class=\"thing\" id=\"")
        .text(&anchor)
        .raw("\" data-name=\"")
        .text(name)
        .raw("\">\n<h3><a href=\"#");
    html.text(&anchor)
        .raw("\">")
        .text(name)
        .raw("</a> <span class=\"kind\">")
        .text(key.kind())
        .raw("</span></h3>\n");
    let authors = authors(page, key);
    if !authors.is_empty() {
        html.raw("<p class=\"made\">made by ").add(&authors).raw("</p>\n");
    }
    if let Some(comment) = model::comment(page.schema, key) {
        html.element("<p class=\"comment\">", comment, "</p>\n");
    }
}

/// A table of parts under a heading, nothing where there are none.
pub(super) fn table(
    html: &mut Html,
    page: &Page<'_>,
    heading: &'static str,
    head: &'static str,
    rows: &[Html],
) {
    if rows.is_empty() {
        return;
    }
    html.raw("<h4>").raw(heading).raw("</h4>\n<div class=\"wide\"><table><thead><tr>").raw(head);
    if !page.timeline.is_empty() {
        html.raw("<th>Migration</th>");
    }
    html.raw("</tr></thead><tbody>\n");
    for row in rows {
        html.raw("<tr>").add(row).raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}

/// The last cell of a row.
pub(super) fn authors_cell(row: &mut Html, page: &Page<'_>, key: &Key) {
    if !page.timeline.is_empty() {
        row.raw("<td class=\"by\">").add(&authors(page, key)).raw("</td>");
    }
}

/// The name of a part and its comment, as a cell. It can be linked to.
pub(super) fn name_cell(row: &mut Html, page: &Page<'_>, key: &Key) {
    row.raw("<td class=\"n\" id=\"").text(anchor(key)).raw("\"><code>").text(key.leaf()).raw("</code>");
    if let Some(comment) = model::comment(page.schema, key) {
        row.element("<div class=\"comment\">", comment, "</div>");
    }
    row.raw("</td>");
}

/// Parts that PostgreSQL has a definition of.
pub(super) fn defined(html: &mut Html, page: &Page<'_>, heading: &'static str, parts: &[&Fact]) {
    let row = |part: &&Fact| {
        let mut row = Html::new();
        name_cell(&mut row, page, part.key());
        row.raw("<td>").add(&definition(part)).add(&uses(page, part, &[Kind::Function])).raw("</td>");
        authors_cell(&mut row, page, part.key());
        row
    };
    let rows: Vec<Html> = parts.iter().map(row).collect();
    table(html, page, heading, "<th>Name</th><th>Definition</th>", &rows);
}

/// The definition, or else the attributes that it has.
pub(super) fn definition(fact: &Fact) -> Html {
    let mut html = Html::new();
    if let Some(definition) = fact.get("definition") {
        html.element("<code>", definition, "</code>");
    }
    attributes(&mut html, fact, &["definition"]);
    html
}

/// The attributes of a thing that are not shown otherwise.
pub(super) fn attributes(html: &mut Html, fact: &Fact, but: &[&str]) {
    for (name, value) in &fact.attributes {
        if name.starts_with('_') || but.contains(&&**name) {
            continue;
        }
        html.raw("<div class=\"attribute\"><span class=\"dim\">")
            .text(name.replace('_', " "))
            .raw("</span> ");
        if value != "true" {
            let list = fact.list(name);
            let value = if list.is_empty() { value.clone() } else { list.join(", ") };
            html.element("<code>", value, "</code>");
        }
        html.raw("</div>");
    }
}

/// Links to what a thing needs, of these kinds.
pub(super) fn uses(page: &Page<'_>, fact: &Fact, kinds: &[Kind]) -> Html {
    let needed =
        fact.needs.keys().filter(|key| kinds.contains(&key.kind()) && page.schema.get(key).is_some());
    list("<div class=\"uses\"><span class=\"dim\">uses</span> ", needed)
}

/// Links to what needs a thing, of these kinds.
pub(super) fn used_by(page: &Page<'_>, key: &Key, kinds: &[Kind]) -> Html {
    let users = page.schema.dependents(key).map(Fact::key).filter(|user| kinds.contains(&user.kind()));
    list("<p class=\"uses\"><span class=\"dim\">used by</span> ", users)
}

fn list<'k>(open: &'static str, keys: impl Iterator<Item = &'k Key>) -> Html {
    let mut html = Html::new();
    for key in keys {
        html.raw(if html.is_empty() { open } else { ", " });
        html.raw("<code>").link(&anchor(key), key.sql()).raw("</code>");
    }
    if !html.is_empty() {
        html.raw(if open.starts_with("<p") { "</p>\n" } else { "</div>" });
    }
    html
}

/// Who may do what, where that is not as it is by default.
pub(super) fn privileges(html: &mut Html, page: &Page<'_>, key: &Key) {
    let mut rows = Vec::new();
    let said = |fact: &&Fact| fact.has("acl");
    for fact in page.schema.parts(key, Kind::Privileges).filter(said) {
        let grants: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(fact.text("acl")).unwrap_or_default();
        for (who, privileges) in grants {
            let mut row = Html::new();
            row.element("<td><code>", &who, "</code></td><td>");
            let of_who = privileges.as_object().into_iter().flatten();
            let words: Vec<String> = of_who
                .map(|(privilege, may_pass_on)| {
                    let option = if may_pass_on == true { " with grant option" } else { "" };
                    format!("{privilege}{option}")
                })
                .collect();
            row.text(words.join(", ")).raw("</td>");
            authors_cell(&mut row, page, fact.key());
            rows.push(row);
        }
    }
    table(html, page, "Privileges", "<th>Role</th><th>May</th>", &rows);
}
