//! A report as one page of HTML that needs no network: how the tenants are spread, and a table that can be searched.

use std::fmt::Write as _;

use super::outcome::Outcome;
use super::report::{FleetReport, TenantReport};
use crate::report::milliseconds;

const STYLE: &str = "\
:root{color-scheme:light dark;--fg:#1c1e21;--dim:#667;--bg:#fff;--line:#ddd;--good:#18794e;--warn:#9a6700;--bad:#c62a2f;--row:#f6f7f9}\
@media(prefers-color-scheme:dark){:root{--fg:#e6e8eb;--dim:#9aa4b2;--bg:#15171a;--line:#333840;--good:#4cc38a;--warn:#e2b340;--bad:#ff6369;--row:#1d2025}}\
*{box-sizing:border-box}body{margin:0 auto;max-width:76rem;padding:1.5rem;font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg)}\
h1{font-size:1.4rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:1.25rem 0 0}p{margin:.25rem 0 1rem;color:var(--dim)}.stop{color:var(--bad);font-weight:600}\
.bar{display:flex;height:1.1rem;border-radius:.3rem;overflow:hidden;margin:1rem 0 .5rem}.bar i{display:block}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:1rem 0}dt{color:var(--dim)}dd{margin:0}\
.keys{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;list-style:none}.keys b{font-variant-numeric:tabular-nums}\
input{width:100%;max-width:24rem;padding:.4rem .6rem;font:inherit;color:inherit;background:var(--row);border:1px solid var(--line);border-radius:.3rem;margin:1rem 0}\
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}\
th{color:var(--dim);font-weight:500}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}code,pre{font:13px/1.45 ui-monospace,monospace}\
pre{margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere;color:var(--dim)}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}\
@media(max-width:44rem){thead{display:none}tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}\
tr[hidden]{display:none}td{display:inline-block;border:0;padding:.1rem .75rem .1rem 0}td:last-child{display:block}}\
.bg-good{background:var(--good)}.bg-warn{background:var(--warn)}.bg-bad{background:var(--bad)}.bg-dim{background:var(--dim)}";

const SCRIPT: &str = "\
const f=document.querySelector('input');f.addEventListener('input',()=>{const q=f.value.toLowerCase();\
for(const r of document.querySelectorAll('tbody tr'))r.hidden=!r.textContent.toLowerCase().includes(q)})";

impl FleetReport {
    /// The report as a page of HTML: one file, light and dark, whose table can be searched.
    pub fn to_html(&self) -> String {
        let mut page = String::new();
        // Writing to a `String` cannot fail.
        let _ = self.page(&mut page);
        page
    }

    fn page(&self, page: &mut String) -> std::fmt::Result {
        let title = format!("Fleet: {}", escape(self.verb()));
        write!(
            page,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\
             <body><h1>{title}</h1><p>{}</p>",
            escape(self.to_summary().lines().next().unwrap_or_default()),
        )?;
        self.facts(page)?;
        if let Some(why) = self.stopped() {
            write!(page, "<p class=\"stop\">Stopped: {}</p>", escape(why))?;
        }
        self.bar(page)?;
        let skew = self.skew();
        if !skew.is_empty() {
            page.push_str("<h2>Tenants by newest migration</h2><ul class=\"keys\">");
            for (stem, number) in skew {
                let stem = stem.unwrap_or("none of these migrations");
                write!(page, "<li><b>{number}</b> <code>{}</code></li>", escape(stem))?;
            }
            page.push_str("</ul>");
        }
        page.push_str(
            "<input type=\"search\" placeholder=\"Search tenants, errors, migrations\" aria-label=\"Search\">\
             <div class=\"scroll\"><table><thead><tr><th>tenant</th><th>database</th><th>wave</th><th>from</th><th>to</th>\
             <th>time</th><th>schema check</th><th>result</th></tr></thead><tbody>",
        );
        // Who has to be looked after comes first.
        let (troubled, well): (Vec<_>, Vec<_>) =
            self.tenants().iter().partition(|tenant| tenant.outcome().is_trouble());
        for tenant in troubled.into_iter().chain(well) {
            row(page, tenant)?;
        }
        page.push_str("</tbody></table></div>");
        if !self.skipped().is_empty() {
            let skipped: Vec<String> = self
                .skipped()
                .iter()
                .map(|one| format!("{} ({})", escape(one.slug()), escape(one.database_type())))
                .collect();
            write!(page, "<p>Skipped as not PostgreSQL: {}</p>", skipped.join(", "))?;
        }
        writeln!(page, "<script>{SCRIPT}</script></body></html>")
    }

    /// When, by whom, with what.
    fn facts(&self, page: &mut String) -> std::fmt::Result {
        let count = |number: usize| number.to_string();
        let facts = [
            ("Started", self.started().to_owned()),
            ("Finished", self.finished().to_owned()),
            ("Run by", self.operator().to_owned()),
            ("Version", format!("migrate {}", self.version())),
            ("Newest migration", self.newest().unwrap_or("none").to_owned()),
            ("Tenants", count(self.tenants().len())),
            ("Skipped", count(self.skipped().len())),
            ("Migrations applied", count(self.applied())),
        ];
        page.push_str("<dl>");
        for (name, value) in facts {
            write!(page, "<dt>{name}</dt><dd>{}</dd>", escape(&value))?;
        }
        page.push_str("</dl>");
        Ok(())
    }

    fn bar(&self, page: &mut String) -> std::fmt::Result {
        page.push_str("<div class=\"bar\">");
        for (outcome, number) in self.counts() {
            write!(
                page,
                "<i class=\"bg-{}\" style=\"flex:{number}\" title=\"{number} {outcome}\"></i>",
                class(outcome)
            )?;
        }
        page.push_str("</div><ul class=\"keys\">");
        for (outcome, number) in self.counts() {
            write!(page, "<li class=\"{}\"><b>{number}</b> {outcome}</li>", class(outcome))?;
        }
        page.push_str("</ul>");
        Ok(())
    }
}

fn row(page: &mut String, tenant: &TenantReport) -> std::fmt::Result {
    let stem = |stem: Option<&str>| {
        stem.map_or_else(|| "–".to_owned(), |stem| format!("<code>{}</code>", escape(stem)))
    };
    let check = tenant.check().map_or_else(|| "–".to_owned(), |check| check.to_string());
    let (wave, time) = match tenant.wave() {
        0 => ("–".to_owned(), "–".to_owned()),
        wave => (wave.to_string(), milliseconds(tenant.duration())),
    };
    write!(
        page,
        "<tr><td><b>{}</b></td><td>{}<br><small>{}</small></td><td class=\"n\">{wave}</td><td>{}</td><td>{}</td>\
         <td class=\"n\">{time}</td><td>{check}</td><td><span class=\"{}\">{}</span>",
        escape(tenant.slug()),
        escape(tenant.database()),
        escape(tenant.server()),
        stem(tenant.from()),
        stem(tenant.to()),
        class(tenant.outcome()),
        tenant.outcome(),
    )?;
    if tenant.attempts() > 1 {
        write!(page, " at attempt {}", tenant.attempts())?;
    }
    for text in tenant.details().into_iter().chain(tenant.notes().iter().map(String::as_str)) {
        write!(page, "<pre>{}</pre>", escape(text))?;
    }
    page.push_str("</td></tr>");
    Ok(())
}

/// What colour it has.
fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Current | Outcome::Applied => "good",
        Outcome::Behind | Outcome::Ahead => "warn",
        Outcome::NotBegun => "dim",
        Outcome::Drifted | Outcome::Changed | Outcome::Failed | Outcome::Unreachable => "bad",
    }
}

/// A text as it stands in HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
