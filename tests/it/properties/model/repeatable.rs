//! Repeatable migrations: what the file and the row of one have, and whether it is to run.

use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use super::checksums;

/// There are two texts, of which the new one has replaced the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeatable {
    /// Whether the file has the new text.
    file: Option<bool>,
    /// Whether the row has, and what it is bound to.
    row: Option<(bool, Bond)>,
}

/// What the row of a repeatable migration is bound to.
#[derive(Clone, Copy, Debug)]
enum Bond {
    /// Nothing, as after a revert.
    None,
    /// A set that ends before this one, where it ends, or after it.
    Older,
    Same,
    Newer,
}

pub(super) fn repeatable() -> impl Strategy<Value = Repeatable> {
    let bond = prop_oneof![
        1 => Just(Bond::None),
        1 => Just(Bond::Older),
        2 => Just(Bond::Same),
        1 => Just(Bond::Newer),
    ];
    let row = option::of((any::<bool>(), bond));
    (any::<Option<bool>>(), row).prop_map(|(file, row)| Repeatable { file, row })
}

fn script(at: usize, is_new: bool) -> String {
    format!("INSERT INTO trace (version, n) VALUES (0, {});", 2 * at + usize::from(is_new))
}

impl Repeatable {
    /// The name and the text of the file of this number.
    pub(super) fn file(self, at: usize) -> Option<(String, String)> {
        Some((format!("R_r{at}.sql"), script(at, self.file?)))
    }

    /// What makes its row, where the set ends at this version.
    pub(super) fn row(self, at: usize, newest: i64) -> String {
        let Some((is_new, bond)) = self.row else {
            return String::new();
        };
        let (checksum, tokens) = checksums(&script(at, is_new));
        let superseded = if is_new { checksums(&script(at, false)).0 } else { String::new() };
        let bound = match bond {
            Bond::None => "NULL".to_owned(),
            Bond::Older => (newest - 1).to_string(),
            Bond::Same => newest.to_string(),
            Bond::Newer => (newest + 1).to_string(),
        };
        format!(
            "INSERT INTO schema_migrations (version, description, checksum, tokens_checksum, state, applied_at, \
             set_version, superseded) \
             VALUES (0, 'r{at}', '{checksum}', '{tokens}', 'applied', now(), {bound}, '{superseded}');"
        )
    }

    /// Whether it is to run on a database that is not ahead.
    pub(super) fn runs(self) -> bool {
        match (self.file, self.row) {
            (Some(_), None | Some((_, Bond::None))) => true,
            (Some(file), Some((row, _))) if file == row => false,
            (None, _) | (Some(_), Some((_, Bond::Newer))) => false,
            (Some(_), Some((_, Bond::Older))) => true,
            // Only the older text is known to be older.
            (Some(file), Some((_, Bond::Same))) => file,
        }
    }
}
