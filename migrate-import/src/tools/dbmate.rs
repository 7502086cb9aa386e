//! dbmate: `<version>_<name>.sql` with `-- migrate:up` and `-- migrate:down` in it, each with `transaction:false` where it is
//! to run without one. Its table has the version, and no checksum.

use crate::draft::{Draft, Drafts};
use crate::files::Input;
use crate::names;
use crate::note::Notes;
use crate::sections::{self, Mark};

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let mut migrations = Vec::new();
    for file in files {
        let (version, rest) = names::digits(names::file_name(&file.path));
        let Some(stem) = rest.strip_suffix(".sql").filter(|_| !version.is_empty()) else { continue };
        let sections = sections::cut(&file.path, &file.text, mark, notes);
        let Some(up) = sections.up else {
            let what = "it has no `-- migrate:up`, without which dbmate refuses it: left out";
            notes.attention(&file.path, None, what);
            continue;
        };
        migrations.push(Draft {
            keys: vec![version.to_owned()],
            version: version.to_owned(),
            description: stem.strip_prefix('_').unwrap_or(stem).to_owned(),
            up,
            down: sections.down,
            checksums: Vec::new(),
        });
    }
    // By their names, as texts: so does dbmate.
    migrations.sort_by(|a, b| names::file_name(&a.up.from).cmp(names::file_name(&b.up.from)));
    Drafts { migrations, repeatables: Vec::new() }
}

fn mark(line: &str) -> Option<Mark> {
    let directive = line.strip_prefix("--")?.trim_start().strip_prefix("migrate:")?;
    let mut words = directive.split_whitespace();
    let section = words.next()?;
    let no_transaction = words.clone().any(|word| word == "transaction:false");
    let is_known = words.all(|word| matches!(word, "transaction:false" | "transaction:true"));
    Some(match section {
        "up" if is_known => Mark::Up { no_transaction },
        "down" if is_known => Mark::Down { no_transaction },
        _ => Mark::Unknown,
    })
}
