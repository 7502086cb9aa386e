//! A section for each table: columns, keys, foreign keys both ways, indexes, and whatever else is on it.

use super::Page;
use super::diagram;
use super::html::{Html, anchor};
use super::model::{Reference, Table};
use super::parts;
use crate::fact::Fact;
use crate::key::{Key, qualified};
use crate::kind::Kind;

/// More than these around one table are not drawn.
const MOST_NEIGHBOURS: usize = 30;

pub(super) fn section(page: &Page<'_>, number: usize, with_diagram: bool) -> Html {
    let table = &page.tables[number];
    let key = table.key();
    let mut html = Html::new();
    parts::head(&mut html, page, key, &key.sql());
    let own: &[&str] = &["row_security", "force_row_security"];
    let mut flags = Html::new();
    parts::attributes(&mut flags, table.fact, own);
    if table.fact.has("row_security") {
        let forced = table.fact.has("force_row_security");
        flags.raw("<div class=\"attribute\">row security is on");
        flags.raw(if forced { ", also for the owner</div>" } else { "</div>" });
    }
    if !flags.is_empty() {
        html.raw("<div class=\"flags\">").add(&flags).raw("</div>\n");
    }
    inheritance(&mut html, page, key);
    if with_diagram {
        let neighbours = diagram::neighbours(&page.tables, number);
        if neighbours.len() > 1 && neighbours.len() <= MOST_NEIGHBOURS {
            let label = format!("{} and what it is linked with", key.sql());
            html.raw("<div class=\"canvas\">");
            html.add(&diagram::diagram(&page.tables, &neighbours, Some(number), &label)).raw("</div>\n");
        }
    }
    columns(&mut html, page, table);
    parts::defined(&mut html, page, "Keys", &table.keys);
    references(&mut html, page, table);
    referenced_by(&mut html, page, number);
    parts::defined(&mut html, page, "Indexes", &table.indexes);
    parts::defined(&mut html, page, "Checks", &table.checks);
    let of = |kind: Kind| -> Vec<&Fact> { page.schema.parts(key, kind).collect() };
    parts::defined(&mut html, page, "Triggers", &of(Kind::Trigger));
    parts::defined(&mut html, page, "Policies", &of(Kind::Policy));
    parts::defined(&mut html, page, "Rules", &of(Kind::Rule));
    parts::defined(&mut html, page, "Statistics", &of(Kind::Statistics));
    parts::defined(&mut html, page, "Replica identity", &of(Kind::ReplicaIdentity));
    parts::privileges(&mut html, page, key);
    html.add(&parts::used_by(
        page,
        key,
        &[Kind::View, Kind::MaterializedView, Kind::Function, Kind::Procedure],
    ));
    html.raw("</section>\n");
    html
}

fn columns(html: &mut Html, page: &Page<'_>, table: &Table<'_>) {
    let primary = table.primary();
    let row = |column: &&Fact| {
        let key = column.key();
        let name = key.leaf();
        let mut row = Html::new();
        row.raw("<td class=\"n\" id=\"").text(anchor(key)).raw("\"><code>").text(name).raw("</code>");
        if primary.iter().any(|column| column == name) {
            row.raw(" <span class=\"badge\">PK</span>");
        }
        for reference in
            table.references.iter().filter(|reference| reference.columns.iter().any(|column| column == name))
        {
            if let Some(to) = reference.to {
                row.raw(" <a class=\"badge\" href=\"#").text(anchor(page.tables[to].key())).raw("\">FK</a>");
            }
        }
        if let Some(comment) = super::model::comment(page.schema, key) {
            row.element("<div class=\"comment\">", comment, "</div>");
        }
        row.raw("</td><td>").add(&type_of(page, column)).raw("</td><td>");
        row.raw(if column.has("not_null") { "no" } else { "<span class=\"dim\">yes</span>" })
            .raw("</td><td>");
        default(&mut row, page, column);
        row.raw("</td>");
        parts::authors_cell(&mut row, page, key);
        row
    };
    let rows: Vec<Html> = table.columns.iter().map(row).collect();
    parts::table(html, page, "Columns", "<th>Column</th><th>Type</th><th>Null</th><th>Default</th>", &rows);
}

/// The type, linked to where it is described.
fn type_of(page: &Page<'_>, column: &Fact) -> Html {
    let kinds = [Kind::Enum, Kind::Domain, Kind::Composite, Kind::Range];
    let own = column.needs.keys().find(|key| kinds.contains(&key.kind()) && page.schema.get(key).is_some());
    let mut html = Html::new();
    html.raw("<code>");
    match own {
        Some(key) => html.link(&anchor(key), column.text("type")),
        None => html.text(column.text("type")),
    };
    html.raw("</code>");
    for (name, word) in
        [("collation", "collation "), ("storage", "storage "), ("compression", "compression ")]
    {
        if let Some(value) = column.get(name) {
            html.raw("<div class=\"attribute\"><span class=\"dim\">")
                .raw(word)
                .raw("</span>")
                .text(value)
                .raw("</div>");
        }
    }
    html
}

fn default(row: &mut Html, page: &Page<'_>, column: &Fact) {
    if let Some(identity) = column.get("identity") {
        row.raw("<span class=\"dim\">identity</span> ").text(identity.to_lowercase());
        row.raw(" ").element("<code>", column.text("identity_options"), "</code>");
    }
    if let Some(expression) = column.get("generated") {
        row.element("<span class=\"dim\">generated</span> <code>", expression, "</code>");
        row.raw(" ").text(column.text("generated_kind"));
    }
    if let Some(default) = page.schema.find(Kind::Default, column.key().path()) {
        row.element("<code>", default.text("expression"), "</code>");
    }
}

/// A list of columns as SQL has it.
fn names(columns: &[String]) -> String {
    format!("({})", columns.join(", "))
}

fn references(html: &mut Html, page: &Page<'_>, table: &Table<'_>) {
    let row = |reference: &Reference<'_>| {
        let mut row = Html::new();
        parts::name_cell(&mut row, page, reference.fact.key());
        row.element("<td><code>", names(&reference.columns), "</code> → <code>");
        match reference.to {
            Some(to) => row.link(&anchor(page.tables[to].key()), page.tables[to].key().sql()),
            None => row.text(reference.fact.text("_references")),
        };
        row.text(names(&reference.to_columns)).raw("</code>");
        let definition = reference.fact.text("definition");
        let rest = definition.rfind(')').map_or("", |end| definition[end + 1..].trim());
        row.raw(" <span class=\"dim\">").text(rest).raw("</span></td>");
        parts::authors_cell(&mut row, page, reference.fact.key());
        row
    };
    let rows: Vec<Html> = table.references.iter().map(row).collect();
    parts::table(html, page, "References", "<th>Foreign key</th><th>Columns</th>", &rows);
}

fn referenced_by(html: &mut Html, page: &Page<'_>, number: usize) {
    let mut rows = Vec::new();
    for other in &page.tables {
        for reference in other.references.iter().filter(|reference| reference.to == Some(number)) {
            let mut row = Html::new();
            row.raw("<td><code>").link(&anchor(other.key()), other.key().sql()).raw("</code></td><td><code>");
            row.text(names(&reference.columns)).raw("</code> → <code>").text(names(&reference.to_columns));
            row.raw("</code> <span class=\"dim\">by</span> <code>");
            row.link(&anchor(reference.fact.key()), reference.fact.key().leaf()).raw("</code></td>");
            parts::authors_cell(&mut row, page, reference.fact.key());
            rows.push(row);
        }
    }
    parts::table(html, page, "Referenced by", "<th>Table</th><th>Columns</th>", &rows);
}

/// Of whom it is a partition or a child, and who are its own.
fn inheritance(html: &mut Html, page: &Page<'_>, key: &Key) {
    let of_kind = page.schema.facts().filter(|fact| fact.key().kind() == Kind::Inheritance);
    let named = |path: &[String]| {
        let table = page.tables.iter().find(|table| table.key().path() == path);
        let mut html = Html::new();
        match table {
            Some(table) => html.raw("<code>").link(&anchor(table.key()), table.key().sql()).raw("</code>"),
            None => html.element("<code>", qualified(path), "</code>"),
        };
        html
    };
    let mut children = Html::new();
    for fact in of_kind {
        let path = fact.key().path();
        let (Some(child), Some(parent)) = (path.get(..2), path.get(2..4)) else { continue };
        let bound = fact.text("bound");
        if child == key.path() {
            html.raw(if fact.has("bound") { "<p>A partition of " } else { "<p>Inherits from " });
            html.add(&named(parent)).raw(" ").element("<code>", bound, "</code></p>\n");
        } else if parent == key.path() {
            children.raw("<li>").add(&named(child)).raw(" ").element(
                "<code class=\"dim\">",
                bound,
                "</code></li>\n",
            );
        }
    }
    if !children.is_empty() {
        html.raw("<details class=\"children\"><summary>Partitions and children</summary><ul>\n");
        html.add(&children).raw("</ul></details>\n");
    }
}
