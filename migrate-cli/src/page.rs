//! The pages about the codes: `errors/M0101.md` beside this crate's sources, which are inside the binary. A code without a
//! page does not compile.

use std::fmt::Write as _;

use migrate_check::{Effect, Level, Lint};
use migrate_runtime::cli::{Style, paint};
use migrate_source::Code;

macro_rules! pages {
    ($($code:ident $title:literal)+) => {
        /// The page about a code, in Markdown.
        pub fn of_code(code: Code) -> &'static str {
            match code {
                $(Code::$code => include_str!(concat!("../errors/", stringify!($code), ".md")),)+
                // The list is that of the very enum, which other crates must not know to be complete.
                _ => "",
            }
        }
    };
}

migrate_source::with_codes!(pages);

/// The page about a lint, in Markdown: what LINTS.md says of it.
pub(crate) fn of_lint(lint: &Lint) -> String {
    let level = match lint.level() {
        Level::Allow => "allowed by default",
        Level::Warn => "a warning by default",
        Level::Deny => "denied by default",
    };
    let mut page = format!("# {}: {}\n\n", lint.name(), lint.summary());
    let _ = write!(page, "A lint, {level}. {}\n\nInstead: {}.\n", lint.why(), lint.instead());
    if !lint.sql().is_empty() {
        let _ = write!(page, "\n```sql\n{}\n```\n", lint.sql());
    }
    if !lint.manual().is_empty() {
        let _ = write!(page, "\nPostgreSQL's manual: {}.\n", lint.manual());
    }
    page
}

/// The page about what a statement may do, in Markdown.
pub(crate) fn of_hazard(hazard: Effect) -> String {
    let mut page = format!("# {}: {hazard}\n\n", hazard.name());
    let _ = writeln!(page, "A hazard of a written statement. The way around: {}.", hazard.instead());
    let lints: Vec<&str> =
        Lint::ALL.iter().filter(|lint| lint.effects().contains(&hazard)).map(|lint| lint.name()).collect();
    if !lints.is_empty() {
        let _ = writeln!(page, "\nLints that speak of it: {}.", lints.join(", "));
    }
    page
}

/// A page as a terminal shows it: the title in bold, code indented, and no marks around it.
pub(crate) fn shown(page: &str) -> String {
    let mut text = String::new();
    let mut is_code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if is_code && line.is_empty() {
            text.push('\n');
        } else if is_code {
            let _ = writeln!(text, "    {line}");
        } else if let Some(title) = line.strip_prefix("# ") {
            let _ = writeln!(text, "{}", paint(Style::Bold, title));
        } else {
            let _ = writeln!(text, "{line}");
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_marks() {
        let shown =
            shown("# M0000: title\n\nText with `code`.\n\n```sql\nSELECT 1;\n\nSELECT 2;\n```\n\nMore.\n");
        assert_eq!(
            shown,
            "\u{1b}[1mM0000: title\u{1b}[0m\n\nText with `code`.\n\n    SELECT 1;\n\n    SELECT 2;\n\nMore."
        );
    }
}
