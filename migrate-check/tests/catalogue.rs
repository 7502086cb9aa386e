//! `LINTS.md` says what the catalogue says.
//!
//! `cargo test -p migrate-check --test catalogue -- bless --ignored` writes it anew; read the difference.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;

use migrate_check::{Effect, Level, Lint};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../LINTS.md");

const HEAD: &str = "# Lints

What is dangerous on a database that is in use, although it is SQL. `-- migrate: allow <lint>, <reason>` in the line
before a statement says that it is meant. `migrate.toml`, in the folder of the migrations, says what is made of a lint:

```toml
[lints]
drop-table = \"deny\"      # does not compile
json-column = \"allow\"    # nothing
drop-constraint = \"warn\" # `migrate lint` shows it
warnings = \"deny\"        # all those that warn by default and are not named here
```

A table that the same migration creates is nobody's yet: its indexes, constraints and columns are no hazards. With
`IF NOT EXISTS` or `OR REPLACE` it may have been there before, unless the migration has dropped it. Nor is a
view, function or trigger that the same transaction drops and creates again. With a lock file, what a draft creates is
nobody's to the drafts after it either, and sealed migrations are not looked at. Of what is in a `.down.sql`, dropping and
renaming are what a down is for: `down-loses-data` speaks of it, the other lints of drops and names do not. Each statement
is looked at by its text, and by what the files before it say of types, constraints, partitions and functions. What a function
or a `DO` block does inside is not looked at, nor is what the database holds.

";

const HAZARDS: &str = "# Hazards of a statement

`generate` writes above each statement what it does beside what it is for. It judges a statement by the lints of this page, and
knows from the catalog what a lint has to infer from the files: the types of columns, the constraints that are valid, the
partitions, the volatility of functions. The words in the first column are those of its output.

| Hazard | The statement | The way around | Lints that speak of it |
|---|---|---|---|
";

/// What other tools find, and what finds it here.
const PEERS: &str = include_str!("peers.md");

fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| Lint | Default | What it finds |\n|---|---|---|\n");
    for lint in Lint::ALL {
        let name = lint.name();
        writeln!(page, "| [{name}](#{name}) | {} | {} |", lint.level(), lint.summary()).unwrap();
    }
    for lint in Lint::ALL {
        let by_default = if lint.level() == Level::Allow { " Allowed by default." } else { "" };
        write!(page, "\n## {}\n\n{}.{by_default}\n\n", lint.name(), capitalized(lint.summary())).unwrap();
        writeln!(page, "{}\n\nInstead: {}.", lint.why(), lint.instead()).unwrap();
        if !lint.sql().is_empty() {
            write!(page, "\n```sql\n{}\n```\n", lint.sql()).unwrap();
        }
        if !lint.manual().is_empty() {
            writeln!(page, "\nPostgreSQL's manual: {}.", lint.manual()).unwrap();
        }
    }
    page.push('\n');
    page.push_str(HAZARDS);
    for effect in Effect::ALL {
        let lints = Lint::ALL.iter().filter(|lint| lint.effects().contains(&effect));
        let links: Vec<String> = lints.map(|lint| format!("[{0}](#{0})", lint.name())).collect();
        let (name, instead) = (effect.name(), effect.instead());
        writeln!(page, "| `{name}` | {effect} | {instead} | {} |", links.join(", ")).unwrap();
    }
    page.push('\n');
    page.push_str(PEERS);
    page
}

#[test]
fn what_is_said_to_find_it_exists() {
    let in_backticks = |cell: &'static str| cell.split('`').skip(1).step_by(2);
    let cells = PEERS.lines().filter_map(|line| line.strip_suffix(" |")?.rsplit_once(" | "));
    let names: Vec<&str> =
        cells.flat_map(|(_, cell)| in_backticks(cell)).filter(|name| *name != "DO").collect();
    assert!(names.len() > 60, "{names:?}");
    for name in names {
        assert!(Lint::named(name).is_some(), "{name}");
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[test]
fn each_hazard_that_a_text_shows_has_a_lint() {
    let speaks = |effect| Lint::ALL.iter().any(|lint| lint.effects().contains(&effect));
    for effect in Effect::ALL {
        assert!(speaks(effect) || effect.is_beyond_text(), "no lint speaks of {}", effect.name());
    }
}

#[test]
fn the_page_is_that_of_the_catalogue() {
    assert_eq!(std::fs::read_to_string(PAGE).unwrap_or_default(), page());
}

#[test]
#[ignore = "writes the page instead of checking it"]
fn bless() {
    std::fs::write(PAGE, page()).unwrap();
}
