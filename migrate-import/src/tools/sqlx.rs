//! sqlx: `<version>_<description>.sql`, or `.up.sql` and `.down.sql`. A file that begins with `-- no-transaction` runs
//! without one. Its table has the version and the SHA-384 of the up.

use crate::checksums;
use crate::draft::Drafts;
use crate::files::Input;
use crate::names::{self, Direction};
use crate::note::Notes;
use crate::pairs::{self, Half};
use crate::script::Script;

const NO_TRANSACTION: &str = "-- no-transaction";

pub(super) fn gather(files: &[Input], notes: &mut Notes) -> Drafts {
    let mut halves: Vec<Half> = files.iter().filter_map(half).collect();
    halves.sort_by(|a, b| names::by_number(&a.version, &b.version));
    pairs::join(halves, |version| names::number(version).to_owned(), notes)
}

fn half(file: &Input) -> Option<Half> {
    let (folder, name) = names::split(&file.path);
    let (stem, direction) = names::ending(name)?;
    let (version, description) = stem.split_once('_')?;
    let is_version = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    // Folders below are not looked into.
    (is_version && folder.is_empty()).then(|| Half {
        version: version.to_owned(),
        description: description.to_owned(),
        direction: direction.unwrap_or(Direction::Up),
        script: script(file),
        checksums: vec![checksums::sha384(&file.text)],
    })
}

fn script(file: &Input) -> Script {
    let mut script = Script::whole(&file.path, &file.text);
    if file.text.starts_with(NO_TRANSACTION) {
        let end = file.text.lines().next().map_or(0, str::len);
        // What else is in the line stays a comment.
        let end = if file.text[..end].trim_end() == NO_TRANSACTION { end } else { 0 };
        script.cut(0..end);
        script.no_transaction = true;
    }
    script
}
