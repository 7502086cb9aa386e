//! Which migrations stay and which move: by what is sealed, and by what else is known of them. Decisions only.

use crate::renumber::RenumberError;

/// What is known of migrations beside their files, by version and description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Those of the branch that the others are to follow. `None`: it is not known.
    pub upstream: Option<Vec<(i64, String)>>,
    /// Those that a database has applied. `None`: none was asked.
    pub applied: Option<Vec<(i64, String)>>,
    /// The database is production's: what it has does not move, whatever the branch says.
    pub is_production: bool,
    /// A migration that is named moves although the branch or a database of development has it.
    pub moves_known: bool,
}

/// A migration of the folder, as far as it is decided about here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) stem: &'a str,
    pub(super) version: i64,
    pub(super) description: &'a str,
    /// It is sealed, imported, or a checkpoint.
    pub(super) is_fixed: bool,
}

impl Evidence {
    fn has(list: Option<&Vec<(i64, String)>>, one: &Known<'_>) -> bool {
        list.is_some_and(|list| {
            list.iter()
                .any(|(version, description)| *version == one.version && description == one.description)
        })
    }

    fn is_upstream(&self, one: &Known<'_>) -> bool {
        Self::has(self.upstream.as_ref(), one)
    }

    fn is_applied(&self, one: &Known<'_>) -> bool {
        Self::has(self.applied.as_ref(), one)
    }

    /// Whether the branch or the database has it.
    pub(super) fn knows(&self, one: &Known<'_>) -> bool {
        self.is_upstream(one) || self.is_applied(one)
    }
}

/// Whether a migration that was named may move.
///
/// Of several with one version that are all upstream, the branch says nothing; where only another one is upstream, a database
/// of development has one's own.
///
/// # Errors
///
/// The branch or the database has it under its version.
pub(super) fn named_may_move(
    one: &Known<'_>,
    migrations: &[Known<'_>],
    evidence: &Evidence,
) -> Result<(), RenumberError> {
    let stem = one.stem.to_owned();
    if evidence.is_production && evidence.is_applied(one) {
        return Err(RenumberError::InProduction { stem });
    }
    let is_twin = |other: &&Known<'_>| other.version == one.version && other.stem != one.stem;
    let twin_is_upstream = migrations.iter().filter(is_twin).any(|twin| evidence.is_upstream(twin));
    match () {
        () if evidence.moves_known || twin_is_upstream => Ok(()),
        () if evidence.is_upstream(one) => Err(RenumberError::Upstream { stem }),
        () if evidence.is_applied(one) => Err(RenumberError::Applied { stem }),
        () => Ok(()),
    }
}

/// For each of the migrations, which are in their order, whether it stays.
///
/// What is upstream stays, where that tells some from others. Otherwise what the database has stays: on a branch of one's own,
/// a database for development has one's own drafts. Without a lock file, nothing is a draft that is not told apart so.
///
/// # Errors
///
/// Of several with one version, nothing says which stays; or one would move that production has.
pub(super) fn who_stays(
    migrations: &[Known<'_>],
    evidence: &Evidence,
    has_lock: bool,
) -> Result<Vec<bool>, RenumberError> {
    let drafts = || migrations.iter().filter(|one| !one.is_fixed);
    let tells =
        |is_known: &dyn Fn(&Known<'_>) -> bool| drafts().any(is_known) && drafts().any(|one| !is_known(one));
    let upstream = |one: &Known<'_>| evidence.is_upstream(one);
    let applied = |one: &Known<'_>| evidence.is_applied(one);
    let stays: &dyn Fn(&Known<'_>) -> bool = if tells(&upstream) { &upstream } else { &applied };
    let mut decided: Vec<bool> = migrations.iter().map(|one| one.is_fixed || stays(one)).collect();
    for at in 0..migrations.len() {
        let twins: Vec<usize> = (0..migrations.len())
            .filter(|other| migrations[*other].version == migrations[at].version)
            .collect();
        if twins.len() < 2 || twins[0] != at {
            continue;
        }
        if twins.iter().any(|twin| migrations[*twin].is_fixed) {
            for twin in twins {
                decided[twin] = migrations[twin].is_fixed;
            }
            continue;
        }
        if twins.iter().filter(|twin| decided[**twin]).count() == 1 {
            continue;
        }
        let first: Vec<usize> =
            twins.iter().copied().filter(|twin| evidence.is_applied(&migrations[*twin])).collect();
        let [first] = *first else {
            let stems = twins.iter().map(|twin| migrations[*twin].stem.to_owned()).collect();
            return Err(RenumberError::WhichOne { stems });
        };
        for twin in twins {
            decided[twin] = twin == first;
        }
    }
    if !has_lock && !migrations.iter().any(|one| evidence.knows(one)) {
        // Nothing tells drafts from what is applied somewhere but their place.
        let last = migrations.iter().filter(|one| one.is_fixed).map(|one| one.version).max();
        for (one, stays) in migrations.iter().zip(&mut decided) {
            *stays |= last.is_none_or(|last| one.version > last);
        }
    } else if !has_lock && !must_move(migrations, &decided) {
        decided.fill(true);
    }
    let moved = migrations.iter().zip(&decided).find(|(one, stays)| !**stays && applied(one));
    match moved {
        Some((one, _)) if evidence.is_production => {
            Err(RenumberError::InProduction { stem: one.stem.to_owned() })
        }
        _ => Ok(decided),
    }
}

/// Whether one that does not stay comes before one that does, or has its version.
fn must_move(migrations: &[Known<'_>], stays: &[bool]) -> bool {
    let with = |stays_wanted: bool| {
        migrations
            .iter()
            .zip(stays)
            .filter(move |(_, stays)| **stays == stays_wanted)
            .map(|(one, _)| one.version)
    };
    with(true).max().is_some_and(|last| with(false).any(|version| version <= last))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Case {
        /// A `!` marks what is sealed.
        folder: &'static str,
        upstream: Option<&'static str>,
        applied: Option<&'static str>,
        has_lock: bool,
        /// Those that move, or the beginning of the error.
        expected: &'static str,
    }

    fn list(text: &str) -> Vec<(i64, String)> {
        let parse = |stem: &str| {
            let (version, description) = stem.split_once('_').expect("a stem");
            (version.parse().expect("a number"), description.to_owned())
        };
        text.split_whitespace().map(parse).collect()
    }

    fn moved(case: &Case, is_production: bool) -> String {
        let known = |text: &'static str| {
            let stem = text.trim_start_matches('!');
            let (version, description) = stem.split_once('_').expect("a stem");
            let version = version.parse().expect("a number");
            Known { stem, version, description, is_fixed: text.starts_with('!') }
        };
        let migrations: Vec<Known<'_>> = case.folder.split_whitespace().map(known).collect();
        let evidence = Evidence {
            upstream: case.upstream.map(list),
            applied: case.applied.map(list),
            is_production,
            ..Evidence::default()
        };
        match who_stays(&migrations, &evidence, case.has_lock) {
            Ok(stays) => {
                let moved = migrations.iter().zip(stays).filter(|(_, stays)| !stays);
                moved.map(|(one, _)| one.stem).collect::<Vec<_>>().join(" ")
            }
            Err(RenumberError::WhichOne { stems }) => format!("which of {}", stems.join(" ")),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_upstream_or_applied_stays_whatever_the_alphabet_says() {
        let case = |folder, upstream, applied, has_lock, expected| Case {
            folder,
            upstream,
            applied,
            has_lock,
            expected,
        };
        for case in [
            // Two drafts with one version: the one that was there first is the second by the alphabet.
            case("!1_a 2_plans 2_teams", None, None, true, "which of 2_plans 2_teams"),
            case("!1_a 2_plans 2_teams", Some("1_a 2_teams"), None, true, "2_plans"),
            case("!1_a 2_plans 2_teams", Some("1_a 2_plans"), None, true, "2_teams"),
            case("!1_a 2_plans 2_teams", None, Some("1_a 2_teams"), true, "2_plans"),
            // The database for development has one's own.
            case("!1_a 2_plans 2_teams", Some("1_a 2_teams"), Some("1_a 2_plans"), true, "2_plans"),
            // All of it is upstream, or nothing: then the database says it, or nothing does.
            case("!1_a 2_plans 2_teams", Some("1_a 2_plans 2_teams"), None, true, "which of 2_plans 2_teams"),
            case("!1_a 2_plans 2_teams", Some("1_a 2_plans 2_teams"), Some("2_teams"), true, "2_plans"),
            case("!1_a 2_plans 2_teams", Some("1_a"), None, true, "which of 2_plans 2_teams"),
            case("!1_a 2_plans 2_teams", Some("1_a"), Some("2_teams"), true, "2_plans"),
            case("!1_a 2_plans 2_teams", None, Some("2_plans 2_teams"), true, "which of 2_plans 2_teams"),
            case("!1_a 2_x 2_y 2_z", Some("2_y"), None, true, "2_x 2_z"),
            // The same without a lock file.
            case("1_a 2_plans 2_teams", None, None, false, "which of 2_plans 2_teams"),
            case("1_a 2_plans 2_teams 3_more", Some("1_a 2_teams"), None, false, "2_plans 3_more"),
            case("1_a 2_plans 2_teams", None, Some("1_a 2_teams"), false, "2_plans"),
            // What is sealed stays without a word; drafts go behind it.
            case("!1_a !2_b 2_c 3_d", None, None, true, "2_c 3_d"),
            case("!1_a !2_b 2_c", None, Some("1_a 2_c"), true, "2_c"),
            // One that comes before what is applied, or upstream.
            case("10_late 20_b", None, Some("20_b"), false, "10_late"),
            case("10_late 20_b", Some("20_b"), None, false, "10_late"),
            case("!5_a 10_late 20_b", None, Some("5_a 20_b"), true, "10_late"),
            // Without a lock file, what is imported is fixed, and what is behind it in its place may be applied.
            case("!1_a !3_c 3_x 4_d", None, None, false, "3_x"),
            case("!10_a !30_c 20_late 40_d", None, Some("90_z"), false, "20_late"),
            // Nothing is in a wrong place, or nothing is known.
            case("1_a 2_b 4_c", None, Some("1_a"), false, ""),
            case("1_a 2_b", None, None, false, ""),
            case("1_a 2_b", Some(""), Some(""), false, ""),
        ] {
            assert_eq!(moved(&case, false), case.expected, "{}", case.folder);
        }
    }

    #[test]
    fn what_production_has_does_not_move() {
        let case = Case {
            folder: "!1_a 2_plans 2_teams",
            upstream: Some("1_a 2_teams"),
            applied: Some("1_a 2_plans"),
            has_lock: true,
            expected: "",
        };
        assert!(moved(&case, true).starts_with("`2_plans` would move"), "{}", moved(&case, true));
        let agreed = Case { applied: Some("1_a 2_teams"), ..case };
        assert_eq!(moved(&agreed, true), "2_plans");
    }
}
