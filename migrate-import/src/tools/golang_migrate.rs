//! golang-migrate: `<version>_<title>.up.<ending>` and `.down.<ending>`, the version a number. Its table has the newest
//! version only. It has no migrations in Go: what is called otherwise is no migration.
//!
//! What names its files alike is taken too: `V0001.Title.up.sql`; a dialect before the direction, of which the one of
//! PostgreSQL wins; and `autocommit` before it, which is no transaction.

use crate::draft::Drafts;
use crate::files::Input;
use crate::names::{self, Direction};
use crate::note::Notes;
use crate::pairs::{self, Half};
use crate::script::Script;

/// Databases by which a name may be told from that of another database's file.
const OURS: [&str; 4] = ["postgres", "postgresql", "pg", "pgx"];
const OTHERS: [&str; 9] =
    ["mysql", "mariadb", "sqlite", "sqlite3", "cockroach", "cockroachdb", "mssql", "sqlserver", "spanner"];

struct Named<'a> {
    file: &'a Input,
    version: &'a str,
    description: &'a str,
    direction: Direction,
    dialect: Option<&'a str>,
    autocommit: bool,
}

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let named: Vec<Named<'_>> = files.iter().filter_map(parse).collect();
    let mut halves = Vec::new();
    for one in &named {
        if one.dialect.is_some_and(|dialect| OTHERS.contains(&dialect)) {
            notes.left_out(&one.file.path, "it is for another database: left out");
            continue;
        }
        let better = named.iter().find(|other| {
            one.dialect.is_none()
                && other.dialect.is_some_and(|dialect| OURS.contains(&dialect))
                && (other.version, other.direction) == (one.version, one.direction)
        });
        if let Some(better) = better {
            let what = format!("{} is the one for PostgreSQL: this one was left out", better.file.path);
            notes.left_out(&one.file.path, what);
            continue;
        }
        halves.push(Half {
            version: one.version.to_owned(),
            description: one.description.to_owned(),
            direction: one.direction,
            script: Script::whole(&one.file.path, &one.file.text).no_transaction(one.autocommit),
            checksums: Vec::new(),
        });
    }
    halves.sort_by(|a, b| names::by_number(&a.version, &b.version));
    pairs::join(halves, |version| names::number(version).to_owned(), notes)
}

fn parse(file: &Input) -> Option<Named<'_>> {
    let (stem, direction) = direction(names::file_name(&file.path))?;
    let stem = stem.strip_prefix(['V', 'v']).unwrap_or(stem);
    let (version, rest) = names::digits(stem);
    let mut description = rest.strip_prefix(['_', '.', '-'])?;
    let (mut dialect, mut autocommit) = (None, false);
    while let Some((before, last)) = description.rsplit_once('.') {
        match last {
            "autocommit" => autocommit = true,
            _ if OURS.contains(&last) || OTHERS.contains(&last) => dialect = Some(last),
            _ => break,
        }
        description = before;
    }
    let named = Named { file, version, description, direction, dialect, autocommit };
    (!version.is_empty()).then_some(named)
}

/// What stands before the last `.up.` or `.down.`, and which of the two it is.
fn direction(name: &str) -> Option<(&str, Direction)> {
    let up = name.rfind(".up.").map(|at| (at, Direction::Up));
    let (at, direction) = up.max(name.rfind(".down.").map(|at| (at, Direction::Down)))?;
    Some((&name[..at], direction))
}
