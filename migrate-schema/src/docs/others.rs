//! Sections for what is no table: views, types, functions, and whatever else a schema has.

use std::collections::BTreeSet;

use super::Page;
use super::html::{Html, anchor};
use super::parts;
use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;

/// What the page has after the tables: an anchor, a heading, and the kinds.
pub(super) const GROUPS: [(&str, &str, &[Kind]); 5] = [
    ("views", "Views", &[Kind::View, Kind::MaterializedView]),
    ("types", "Types", &[Kind::Enum, Kind::Domain, Kind::Composite, Kind::Range]),
    ("functions", "Functions", &[Kind::Function, Kind::Procedure, Kind::Aggregate]),
    ("sequences", "Sequences", &[Kind::Sequence]),
    // Whatever else there is.
    ("others", "Others", &[]),
];

/// What is told with what it is a part of, or in a section of its own above.
const WITH_OTHERS: [Kind; 16] = [
    Kind::Table,
    Kind::ForeignTable,
    Kind::Column,
    Kind::Default,
    Kind::Inheritance,
    Kind::SequenceOwner,
    Kind::DomainConstraint,
    Kind::Constraint,
    Kind::Index,
    Kind::ReplicaIdentity,
    Kind::Statistics,
    Kind::Trigger,
    Kind::Rule,
    Kind::Policy,
    Kind::Privileges,
    Kind::Comment,
];

/// The things of a group.
pub(super) fn things<'s>(page: &Page<'s>, kinds: &'static [Kind]) -> impl Iterator<Item = &'s Fact> {
    let is_elsewhere =
        |kind: Kind| WITH_OTHERS.contains(&kind) || GROUPS.iter().any(|(_, _, kinds)| kinds.contains(&kind));
    page.schema.facts().filter(move |fact| {
        let kind = fact.key().kind();
        let is_one = if kinds.is_empty() { !is_elsewhere(kind) } else { kinds.contains(&kind) };
        is_one && !is_public(fact.key())
    })
}

/// `public` is there whatever anybody does, and says nothing.
pub(super) fn is_public(key: &Key) -> bool {
    key.kind() == Kind::Schema && key.leaf() == "public"
}

pub(super) fn section(page: &Page<'_>, fact: &Fact) -> Html {
    let key = fact.key();
    let mut html = Html::new();
    parts::head(&mut html, page, key, &key.sql());
    match key.kind() {
        Kind::View | Kind::MaterializedView => view(&mut html, page, fact),
        Kind::Function | Kind::Procedure => function(&mut html, page, fact),
        Kind::Enum => {
            html.raw("<ul class=\"values\">");
            for value in fact.list("values") {
                html.element("<li><code>", value, "</code></li>");
            }
            html.raw("</ul>\n");
        }
        _ => {
            let mut attributes = Html::new();
            parts::attributes(&mut attributes, fact, &[]);
            if !attributes.is_empty() {
                html.raw("<div class=\"flags\">").add(&attributes).raw("</div>\n");
            }
            let checks: Vec<&Fact> = page.schema.parts(key, Kind::DomainConstraint).collect();
            parts::defined(&mut html, page, "Checks", &checks);
            if let Some(owner) = page.schema.find(Kind::SequenceOwner, key.path()) {
                html.element(
                    "<p><span class=\"dim\">belongs to</span> <code>",
                    owner.text("column"),
                    "</code></p>\n",
                );
            }
        }
    }
    parts::privileges(&mut html, page, key);
    let users = [
        Kind::Column,
        Kind::Default,
        Kind::Trigger,
        Kind::View,
        Kind::MaterializedView,
        Kind::Domain,
        Kind::Function,
        Kind::Constraint,
        Kind::Index,
        Kind::Policy,
        Kind::EventTrigger,
    ];
    if key.kind() != Kind::Schema && key.kind() != Kind::Extension {
        html.add(&used_by(page, fact, &users));
    }
    html.raw("</section>\n");
    html
}

/// Who uses it. A default is described with its column.
fn used_by(page: &Page<'_>, fact: &Fact, kinds: &[Kind]) -> Html {
    // Its own parts are no users.
    let users = page.schema.dependents(fact.key()).filter(|user| !user.is_part_of(fact.key())).map(Fact::key);
    let shown = users.filter(|user| kinds.contains(&user.kind())).map(|user| match user.kind() {
        Kind::Default => Key::new(Kind::Column, user.path().to_vec()),
        _ => user.clone(),
    });
    let users: BTreeSet<Key> = shown.filter(|user| page.schema.get(user).is_some()).collect();
    let mut html = Html::new();
    for user in users {
        html.raw(if html.is_empty() {
            "<p class=\"uses\"><span class=\"dim\">used by</span> "
        } else {
            ", "
        });
        html.raw("<span class=\"dim\">").text(user.kind()).raw("</span> <code>");
        html.link(&anchor(&user), user.sql()).raw("</code>");
    }
    if !html.is_empty() {
        html.raw("</p>\n");
    }
    html
}

fn view(html: &mut Html, page: &Page<'_>, fact: &Fact) {
    let columns = fact.list("columns");
    if !columns.is_empty() {
        html.raw("<ul class=\"values\">");
        for column in columns {
            html.element("<li><code>", column, "</code></li>");
        }
        html.raw("</ul>\n");
    }
    html.element("<pre><code>", fact.text("definition"), "</code></pre>\n");
    let mut attributes = Html::new();
    parts::attributes(&mut attributes, fact, &["definition", "columns"]);
    if !attributes.is_empty() {
        html.raw("<div class=\"flags\">").add(&attributes).raw("</div>\n");
    }
    let reads = [Kind::Table, Kind::ForeignTable, Kind::View, Kind::MaterializedView, Kind::Function];
    html.add(&parts::uses(page, fact, &reads));
    let of = |kind: Kind| -> Vec<&Fact> { page.schema.parts(fact.key(), kind).collect() };
    parts::defined(html, page, "Indexes", &of(Kind::Index));
    parts::defined(html, page, "Triggers", &of(Kind::Trigger));
    parts::defined(html, page, "Rules", &of(Kind::Rule));
    parts::defined(html, page, "Statistics", &of(Kind::Statistics));
}

fn function(html: &mut Html, page: &Page<'_>, fact: &Fact) {
    if let Some(result) = fact.get("result") {
        html.raw("<p><code>").text(fact.key().sql()).raw(" → ").text(result).raw("</code></p>\n");
    }
    html.raw("<details><summary>Definition</summary><pre><code>").text(fact.text("definition").trim_end());
    html.raw("</code></pre></details>\n");
    let used = [
        Kind::Table,
        Kind::View,
        Kind::MaterializedView,
        Kind::Function,
        Kind::Enum,
        Kind::Domain,
        Kind::Composite,
    ];
    html.add(&parts::uses(page, fact, &used));
}
