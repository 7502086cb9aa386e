//! `explain`: the page about a code, a lint, or a hazard of a written statement.

use migrate_check::{Effect, Lint};
use migrate_runtime::cli::{Style, Terminal, paint};
use migrate_source::Code;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::{Answer, args, page};

pub(crate) fn explain(explain: &args::Explain, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let Some(what) = &explain.what else { return Ok(list(terminal)) };
    let (name, title, page) = if let Some(code) = Code::parse(what) {
        (code.as_str(), code.title().to_owned(), page::of_code(code).to_owned())
    } else if let Some(lint) = Lint::named(what) {
        (lint.name(), lint.summary().to_owned(), page::of_lint(lint))
    } else if let Some(hazard) = Effect::ALL.into_iter().find(|hazard| hazard.name() == what) {
        (hazard.name(), hazard.to_string(), page::of_hazard(hazard))
    } else {
        return Err(unknown(what));
    };
    terminal.result(&page::shown(&page));
    Ok(Answer::done(json!({ "explained": { "code": name, "title": title, "text": page } })))
}

/// Every code and every lint, a line each.
fn list(terminal: &mut Terminal) -> Answer {
    let codes = Code::ALL.iter().map(|code| (code.as_str(), code.title()));
    let lints = Lint::ALL.iter().map(|lint| (lint.name(), lint.summary()));
    let width = lints.clone().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, title) in codes.clone() {
        terminal.result(&format!("{}  {title}", paint(Style::Bold, name)));
    }
    terminal.result("");
    for (name, title) in lints.clone() {
        let pad = " ".repeat(width - name.len());
        terminal.result(&format!("{}{pad}  {title}", paint(Style::Bold, name)));
    }
    let object = |(name, title): (&str, &str)| json!({ "code": name, "title": title });
    Answer::done(json!({ "codes": codes.chain(lints).map(object).collect::<Value>() }))
}

fn unknown(what: &str) -> Failure {
    const ALL: &str = "`migrate explain` lists the codes and the lints that there are";
    let near = Code::near(what);
    if near.is_empty() {
        let meant = Lint::resembling(what).map(|lint| format!("did you mean `{}`? ", lint.name()));
        let what = format!("`{what}` is neither a code, as in M0201, nor the name of a lint");
        return Failure::new(Code::M0909, what, format!("{}{ALL}", meant.unwrap_or_default()));
    }
    let near: Vec<String> = near.iter().map(|code| format!("{code} ({})", code.title())).collect();
    let what = format!("there is no code `{what}`; near it are {}", near.join(", "));
    Failure::new(Code::M0909, what, ALL)
}
