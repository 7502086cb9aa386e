//! A schema as one page of HTML that needs nothing else: no network, no other file. The same schema and migrations give the
//! same page, byte for byte.

mod diagram;
mod history;
mod html;
mod layout;
mod model;
mod others;
mod parts;
mod tables;
mod timeline;

pub use timeline::{Step, Timeline};

use std::collections::BTreeMap;

use crate::key::Key;
use crate::kind::Kind;
use crate::schema::Schema;
use html::{Html, anchor};
use model::Table;

/// More tables than these are not drawn in one diagram.
const MOST_TABLES: usize = 80;

const STYLE: &str = include_str!("docs/style.css");
const SCRIPT: &str = include_str!("docs/script.js");

/// What all parts of the page look at.
struct Page<'s> {
    schema: &'s Schema,
    timeline: &'s Timeline,
    tables: Vec<Table<'s>>,
}

/// The page. `title` is what is described, `about` a sentence on where that was read.
///
/// Every name and text in it is shown as text, whatever is in it.
pub fn docs(title: &str, about: &str, schema: &Schema, timeline: &Timeline) -> String {
    let schema = &schema.without_passwords();
    let page = Page { schema, timeline, tables: model::tables(schema) };
    let mut html = Html::new();
    html.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; ");
    html.raw("script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.element("<title>", title, "</title>\n<style>\n").raw(STYLE).raw("</style>\n</head>\n<body>\n");
    sidebar(&mut html, &page, title);
    html.raw("<main>\n<header>\n").element("<h1>", title, "</h1>\n").element(
        "<p class=\"dim\">",
        about,
        "</p>\n",
    );
    counts(&mut html, &page);
    html.raw("</header>\n<p id=\"nothing\" hidden>Nothing on this page has all of these words.</p>\n");
    let with_diagrams = diagrams(&mut html, &page);
    if !page.tables.is_empty() {
        html.raw("<h2 id=\"tables\">Tables</h2>\n");
        for (number, table) in page.tables.iter().enumerate() {
            html.add(&tables::section(&page, number, !with_diagrams.contains(&table.key())));
        }
    }
    for (name, heading, kinds) in others::GROUPS {
        let mut things = others::things(&page, kinds).peekable();
        if things.peek().is_some() {
            html.raw("<h2 id=\"").raw(name).raw("\">").raw(heading).raw("</h2>\n");
        }
        for fact in things {
            html.add(&others::section(&page, fact));
        }
    }
    history::history(&mut html, &page);
    html.raw("</main>\n<script>\n").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    html.into_string()
}

fn sidebar(html: &mut Html, page: &Page<'_>, title: &str) {
    html.raw("<nav>\n<div class=\"bar\"><a class=\"title\" href=\"#\">").text(title).raw("</a>");
    html.raw("<button id=\"theme\" type=\"button\" title=\"light, dark, or as the system is\">auto</button>");
    html.raw("<button id=\"menu\" type=\"button\" aria-expanded=\"false\" aria-controls=\"contents\">contents</button></div>\n");
    html.raw("<input id=\"search\" type=\"search\" placeholder=\"Search  /\" autocomplete=\"off\" spellcheck=\"false\" ");
    html.raw(
        "aria-label=\"Search\">\n<p id=\"found\" class=\"dim\" role=\"status\"></p>\n<div id=\"contents\">\n",
    );
    let group = |html: &mut Html, id: &'static str, heading: &'static str, links: Vec<(String, String)>| {
        if links.is_empty() {
            return;
        }
        html.raw("<details open><summary><a href=\"#")
            .raw(id)
            .raw("\">")
            .raw(heading)
            .raw("</a> <span class=\"dim\">");
        html.text(links.len()).raw("</span></summary><ul>\n");
        for (anchor, name) in links {
            html.raw("<li><a href=\"#")
                .text(anchor)
                .raw("\" title=\"")
                .text(&name)
                .raw("\">")
                .text(name)
                .raw("</a></li>\n");
        }
        html.raw("</ul></details>\n");
    };
    let of_key = |key: &Key| (anchor(key), key.sql());
    group(html, "tables", "Tables", page.tables.iter().map(|table| of_key(table.key())).collect());
    for (name, heading, kinds) in others::GROUPS {
        group(html, name, heading, others::things(page, kinds).map(|fact| of_key(fact.key())).collect());
    }
    let of_step = |step: &Step| (html::anchor_of_migration(&step.stem), step.stem.clone());
    group(html, "history", "Migrations", page.timeline.steps.iter().map(|(step, _)| of_step(step)).collect());
    html.raw("</div>\n</nav>\n");
}

fn counts(html: &mut Html, page: &Page<'_>) {
    html.raw("<p class=\"counts\">");
    let columns = page.tables.iter().map(|table| table.columns.len()).sum();
    let references = page.tables.iter().map(|table| table.references.len()).sum();
    let counts: [(usize, &str, &str); 4] = [
        (page.tables.len(), "table", "tables"),
        (columns, "column", "columns"),
        (references, "foreign key", "foreign keys"),
        (page.timeline.steps.len(), "migration", "migrations"),
    ];
    for (count, one, many) in counts {
        html.raw("<span><b>")
            .text(count)
            .raw("</b> ")
            .text(if count == 1 { one } else { many })
            .raw("</span> ");
    }
    html.raw("</p>\n");
}

/// The diagram of all tables, or one for each schema that is small enough. The tables that are in one.
fn diagrams<'p>(html: &mut Html, page: &'p Page<'_>) -> Vec<&'p Key> {
    let shown: Vec<usize> =
        (0..page.tables.len()).filter(|&number| !page.tables[number].is_partition).collect();
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for &number in &shown {
        let schema = page.tables[number].key().path().first().map_or("", String::as_str);
        let group = if shown.len() <= MOST_TABLES { "" } else { schema };
        groups.entry(group).or_default().push(number);
    }
    groups.retain(|_, numbers| numbers.len() <= MOST_TABLES);
    if groups.is_empty() {
        if !shown.is_empty() {
            html.raw("<p class=\"dim\">There are too many tables for one diagram: each has its own, with its neighbours.</p>\n");
        }
        return Vec::new();
    }
    html.raw("<h2 id=\"diagram\">Diagram</h2>\n<div id=\"diagrams\">\n");
    for (schema, numbers) in &groups {
        if !schema.is_empty() {
            html.element("<h3>", schema, "</h3>\n");
        }
        let label = if schema.is_empty() { "All tables" } else { schema };
        html.raw("<div class=\"canvas\">")
            .add(&diagram::diagram(&page.tables, numbers, None, label))
            .raw("</div>\n");
    }
    html.raw("</div>\n<p class=\"legend dim\">A line goes from a foreign key to what it references. Crow's foot: many rows; ");
    html.raw("bar: one; ring: the foreign key may be null.</p>\n");
    groups.values().flatten().map(|&number| page.tables[number].key()).collect()
}

/// The thing on the page that tells of this one: itself, or what it is a part of.
fn shown_at(page: &Page<'_>, key: &Key) -> Option<Key> {
    let part = page.schema.get(key)?;
    let shown = match key.kind() {
        Kind::Default => Key::new(Kind::Column, key.path().to_vec()),
        Kind::Comment
        | Kind::Privileges
        | Kind::Inheritance
        | Kind::SequenceOwner
        | Kind::DomainConstraint => part.needs.keys().rev().find(|whole| part.is_part_of(whole))?.clone(),
        _ => key.clone(),
    };
    // Not what has no place of its own.
    let is_shown = page.schema.get(&shown).is_some() && !others::is_public(&shown);
    is_shown.then_some(shown)
}

#[cfg(test)]
mod tests;
