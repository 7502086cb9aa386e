//! The verb `adopt`: what is to be recorded is shown, then somebody may be asked, then it is recorded.

use serde_json::json;

use super::confirm::confirm;
use super::consent::refusal;
use super::outcome::Outcome;
use super::terminal::{Style, Terminal, paint};
use super::verbs::Scene;
use super::work::{Ended, carry_out};
use crate::adoption::Adoption;

impl Scene<'_, '_> {
    pub(super) async fn adopt(self, is_dry_run: bool) -> Outcome {
        let Self { database, target, runner, terminal, .. } = self;
        let ended = carry_out(terminal, database.url(), runner.clone(), async |runner, client, _| {
            runner.preview_adopt(client).await
        })
        .await;
        let adoption = match ended {
            Ended::Done(adoption) => adoption,
            ended => return Outcome::of(ended, |_| Outcome::done()),
        };
        show(&adoption, terminal);
        if is_dry_run || adoption.records().is_empty() {
            terminal.result(&adoption.to_string());
            return told(&adoption);
        }
        let consent = confirm("adopt", database, target, terminal).await;
        if let Some(refusal) = refusal(consent, terminal) {
            return refusal;
        }
        let ended =
            carry_out(terminal, database.url(), runner, async |runner, client, _| runner.adopt(client).await)
                .await;
        Outcome::of(ended, |adoption| {
            terminal.done(&format!("{} {adoption}", paint(Style::Good, "✓")));
            let next = "`migrate status`; from now on `migrate up`, and no longer the other tool";
            terminal.note(&format!("{} {next}", paint(Style::Bold, "next:")));
            told(&adoption)
        })
    }
}

fn told(adoption: &Adoption) -> Outcome {
    let stems: Vec<&str> = adoption.records().iter().map(crate::Adopted::stem).collect();
    Outcome::done()
        .with("tool", json!(adoption.tool()))
        .with("records", json!(stems))
        .with("pending", json!(adoption.pending()))
        .with("warnings", json!(adoption.warnings()))
        .with("recorded", json!(adoption.is_done()))
}

fn show(adoption: &Adoption, terminal: &mut Terminal) {
    for record in adoption.records() {
        let proof = match record.is_same() {
            Some(true) => "the same checksum",
            Some(false) => "another checksum",
            None => "no checksum kept",
        };
        terminal.result(&format!("  {}  applied as {}, {proof}", record.stem(), record.from()));
    }
    if !adoption.records().is_empty() {
        adoption.pending().iter().for_each(|stem| terminal.result(&format!("  {stem}  pending")));
    }
    for warning in adoption.warnings() {
        terminal.note(&format!("{} {warning}", paint(Style::Warning, "warning:")));
    }
}
