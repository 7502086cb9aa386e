//! What is printed of a fleet in the end, for people and for programs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cli::outcome::milliseconds;
use crate::cli::terminal::{Style, Terminal, paint, printable};
use crate::cli::words::Words;
use crate::fleet::{FleetReport, Outcome};
use crate::plan::count;

/// The end of a rollout: the table, and in one line what came of it.
pub(super) fn table(report: &FleetReport, words: Words, terminal: &mut Terminal) {
    terminal.result(&words.say(&printable(&report.to_string())));
}

/// Who stands where, and who is in trouble.
pub(super) fn skew(report: &FleetReport, words: Words, terminal: &mut Terminal) {
    let skew = report.skew();
    let stem = |stem: Option<&str>| stem.unwrap_or("none of these migrations").to_owned();
    let width = skew.keys().map(|key| stem(*key).len()).max().unwrap_or_default();
    for (key, number) in &skew {
        terminal.result(&format!("{:width$}  {}", paint_to(width, &stem(*key)), count(*number, "tenant")));
    }
    for outcome in [Outcome::Behind, Outcome::Ahead] {
        let slugs = report.tenants().iter().filter(|tenant| tenant.outcome() == outcome);
        let slugs: Vec<&str> = slugs.map(crate::fleet::TenantReport::slug).collect();
        if !slugs.is_empty() {
            terminal.result(&printable(&format!("{outcome}: {}", named(&slugs, 20))));
        }
    }
    for tenant in report.tenants().iter().filter(|tenant| tenant.outcome().is_trouble()) {
        let why = tenant.error().map(|error| format!(": {}", words.say(error))).unwrap_or_default();
        let line = printable(&format!("{}{why}", tenant.outcome()));
        terminal.result(&format!("{} {}  {line}", paint(Style::Bad, "✗"), paint(Style::Bold, tenant.slug())));
        for note in tenant.notes() {
            terminal.result(&format!("    {}", printable(note)));
        }
    }
    terminal.result(&report.to_summary());
}

/// Some of them by name, and how many more there are.
fn named(slugs: &[&str], most: usize) -> String {
    let more = slugs.len().saturating_sub(most);
    let list = slugs[..slugs.len() - more].join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}

fn paint_to(width: usize, text: &str) -> String {
    let pad = " ".repeat(width.saturating_sub(text.len()));
    format!("{}{pad}", paint(Style::Bold, text))
}

/// What would be applied to whom, those together who are alike.
pub(super) fn plan(report: &FleetReport, words: Words, terminal: &mut Terminal) {
    let mut groups = BTreeMap::<_, Vec<&str>>::new();
    for tenant in report.tenants().iter().filter(|tenant| tenant.outcome() == Outcome::Behind) {
        groups.entry((tenant.from(), tenant.to(), tenant.migrations())).or_default().push(tenant.slug());
    }
    for ((from, to, migrations), slugs) in groups {
        let line = format!(
            "{} from {} to {}: {} ({})",
            count(migrations, "migration"),
            from.unwrap_or("nothing"),
            to.unwrap_or("where they are"),
            count(slugs.len(), "tenant"),
            named(&slugs, 5),
        );
        terminal.result(&printable(&line));
    }
    let is_trouble = |outcome: Outcome| outcome.is_trouble();
    for tenant in report.tenants().iter().filter(|tenant| is_trouble(tenant.outcome())) {
        let why = tenant.error().map(|error| format!(": {}", words.say(error))).unwrap_or_default();
        terminal.result(&printable(&format!("✗ {} {}{why}", tenant.slug(), tenant.outcome())));
    }
    terminal.result(&report.to_summary());
}

/// What programs get at the end; the tenants have had a line each.
pub(super) fn object(report: &FleetReport) -> Value {
    let counts =
        report.counts().into_iter().map(|(outcome, number)| (outcome.key().to_owned(), json!(number)));
    let skew =
        report.skew().into_iter().map(|(stem, number)| json!({ "migration": stem, "tenants": number }));
    let not_begun = report.tenants().iter().filter(|tenant| tenant.outcome() == Outcome::NotBegun);
    json!({
        "started": report.started(),
        "finished": report.finished(),
        "operator": report.operator(),
        "version": report.version(),
        "newest": report.newest(),
        "applied": report.applied(),
        "tenants": report.tenants().len(),
        "counts": counts.collect::<serde_json::Map<_, _>>(),
        "skew": skew.collect::<Vec<_>>(),
        "not_begun": not_begun.map(crate::fleet::TenantReport::slug).collect::<Vec<_>>(),
        "skipped": report.skipped(),
        "stopped": report.stopped(),
        "milliseconds": milliseconds(report.duration()),
    })
}

/// How it ends: `is_told` by Ctrl-C; with 2 for who is behind, if somebody wants that.
pub(super) fn exit(report: &FleetReport, is_told: bool, wants_pending: bool) -> Exit {
    match () {
        () if is_told => Exit::Interrupted,
        () if !report.is_well() => Exit::Error,
        () if wants_pending && report.count(Outcome::Behind) > 0 => Exit::Pending,
        () => Exit::Done,
    }
}
