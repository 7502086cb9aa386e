//! node-pg-migrate: `<version>_<name>.js` and the like, which are code, and `.sql` with `-- Up Migration` and
//! `-- Down Migration` in it. Its table has the name without its ending, and no checksum.

use crate::dates;
use crate::draft::{Draft, Drafts};
use crate::files::Input;
use crate::names;
use crate::note::Notes;
use crate::script::Script;
use crate::sections::{self, Mark};

const CODE: [&str; 6] = [".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"];

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let mut migrations = Vec::new();
    for file in files {
        let name = names::file_name(&file.path);
        let (version, rest) = names::digits(name);
        if version.is_empty() || !rest.starts_with(['_', '-']) {
            continue;
        }
        if CODE.iter().any(|ending| name.ends_with(ending)) {
            let what = format!(
                "it is code and cannot be converted: `node-pg-migrate up --dry-run` on an empty database prints its SQL; put \
                 it into a file of the same name that ends with `.sql`, below `{UP}`, and import again"
            );
            notes.attention(&file.path, None, what);
            continue;
        }
        let Some(stem) = rest.strip_suffix(".sql") else { continue };
        let mut sections = sections::cut(&file.path, &file.text, mark, notes);
        // Without a mark for it, everything before the way back is the way there.
        let is_unmarked = sections.up.is_none();
        let up = sections.up.take().unwrap_or_else(|| before_down(file));
        if is_unmarked && sections.down.is_some() {
            notes.changed(
                &file.path,
                None,
                format!("it has no `{UP}`: what comes before its down is its up"),
            );
        }
        migrations.push(Draft {
            keys: vec![name.strip_suffix(".sql").unwrap_or(name).to_owned()],
            version: version.to_owned(),
            description: stem[1..].to_owned(),
            up,
            down: sections.down,
            checksums: Vec::new(),
        });
    }
    migrations.sort_by(|a, b| moment(&a.version).cmp(&moment(&b.version)).then_with(|| a.keys.cmp(&b.keys)));
    Drafts { migrations, repeatables: Vec::new() }
}

/// The number of a version: of one with 17 digits, which is a date with milliseconds, those since 1970, as others have.
fn moment(version: &str) -> i128 {
    let date = || dates::seconds(version.get(..14)?.parse().ok()?);
    match (version.len(), date()) {
        (17, Some(seconds)) => i128::from(seconds) * 1000 + version[14..].parse::<i128>().unwrap_or_default(),
        _ => version.parse().unwrap_or(i128::MAX),
    }
}

const UP: &str = "-- Up Migration";

fn before_down(file: &Input) -> Script {
    let mut script = Script::empty(&file.path);
    let lines = crate::script::numbered(&file.text);
    lines.take_while(|(_, line)| mark(line).is_none()).for_each(|(number, line)| script.push(number, line));
    script
}

/// A comment of which the first words are `up migration` or `down migration`.
fn mark(line: &str) -> Option<Mark> {
    let comment = line.trim_start().strip_prefix("--")?;
    let words = comment.trim_start_matches(|c: char| c == '-' || c.is_whitespace()).to_ascii_lowercase();
    let is = |direction: &str| {
        let rest = words.strip_prefix(direction).unwrap_or_default();
        rest.starts_with(char::is_whitespace) && rest.trim_start().starts_with("migration")
    };
    match () {
        () if is("up") => Some(Mark::Up { no_transaction: false }),
        () if is("down") => Some(Mark::Down { no_transaction: false }),
        () => None,
    }
}
