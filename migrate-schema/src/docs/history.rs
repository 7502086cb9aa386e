//! The migrations in their order: what each of them did, and its SQL.

use super::Page;
use super::html::{Html, anchor, anchor_of_migration};
use super::timeline::{Change, Step, What};

/// Of a script, more is not shown: rows by the thousand are not what anybody reads here.
const MOST_BYTES: usize = 100_000;

pub(super) fn history(html: &mut Html, page: &Page<'_>) {
    if page.timeline.is_empty() {
        return;
    }
    html.raw("<h2 id=\"history\">Migrations</h2>\n");
    for (step, changes) in &page.timeline.steps {
        section(html, page, step, changes);
    }
}

fn section(html: &mut Html, page: &Page<'_>, step: &Step, changes: &[Change]) {
    let (version, description) = step.stem.split_once('_').unwrap_or((&step.stem, ""));
    let anchor = anchor_of_migration(&step.stem);
    html.raw("<section class=\"thing migration\" id=\"")
        .text(&anchor)
        .raw("\" data-name=\"")
        .text(&step.stem);
    html.raw("\">\n<h3><a href=\"#")
        .text(&anchor)
        .raw("\"><span class=\"version\">")
        .text(version)
        .raw("</span> ");
    html.text(description.replace('_', " ")).raw("</a>");
    if let Some(state) = &step.state {
        html.element(" <span class=\"state\">", state, "</span>");
    }
    html.raw("</h3>\n");
    if let Some(at) = &step.applied_at {
        html.element("<p class=\"made\">applied at <time>", at, "</time></p>\n");
    }
    if let Some(note) = &step.note {
        html.element("<p class=\"made\">", note, "</p>\n");
    }
    if !changes.is_empty() {
        html.raw("<ul class=\"changes\">\n");
        for change in changes {
            line(html, page, change);
        }
        html.raw("</ul>\n");
    }
    for (what, script) in [("up", &step.up), ("down", &step.down)] {
        let Some((file, text)) = script else { continue };
        html.raw("<details class=\"sql\"><summary>").raw(what).raw(" <code class=\"dim\">").text(file);
        html.raw("</code></summary><pre><code>").text(shown(text).trim_end()).raw("</code></pre>");
        if shown(text).len() < text.len() {
            html.raw("<p class=\"dim\">The file goes on: it has ").text(text.len()).raw(" bytes.</p>");
        }
        html.raw("</details>\n");
    }
    html.raw("</section>\n");
}

fn line(html: &mut Html, page: &Page<'_>, change: &Change) {
    html.raw(match change.what {
        What::Made => "<li class=\"made-it\"><span class=\"sign\">+</span> ",
        What::Changed => "<li class=\"changed-it\"><span class=\"sign\">~</span> ",
        What::Dropped => "<li class=\"dropped-it\"><span class=\"sign\">−</span> ",
    });
    html.text(change.key.kind()).raw(" <code>");
    // What is there no more has no place to go to.
    let shown = super::shown_at(page, &change.key).filter(|_| change.what != What::Dropped);
    match shown {
        Some(key) => html.link(&anchor(&key), change.key.sql()),
        None => html.text(change.key.sql()),
    };
    html.raw("</code></li>\n");
}

/// The beginning of a script, up to the end of a line.
fn shown(text: &str) -> &str {
    if text.len() <= MOST_BYTES {
        return text;
    }
    let end = text.floor_char_boundary(MOST_BYTES);
    text[..end].rfind('\n').map_or(&text[..end], |line| &text[..line])
}
