//! The cases in which the set begins with a checkpoint: what is to be expected of it.

use super::{Body, Case, Dress, Row, State, Text, checksums, script, stamp, stem};

/// What a checkpoint is to a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Squashed {
    /// There is nothing of what it stands for.
    Pending,
    Recorded,
    /// There is something else in the place of that.
    Other,
    /// There is a part of it, or not all of it is finished.
    Behind,
}

impl Case {
    /// Files and rows; what a checkpoint stands for is one of them, which is recorded or not.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (i64, Option<Text>, Option<Row>)> {
        let good = (Body::Good, Dress::Plain);
        let row = Row { text: good, state: State::Applied, is_renamed: false };
        let is_recorded = matches!(self.checkpoint(), Some((_, Squashed::Recorded | Squashed::Other)));
        let version = self.squashed.map_or(0, stamp);
        self.unsquashed().filter(move |(of, ..)| *of >= version).map(move |(of, file, found)| {
            if of == version { (of, Some(good), is_recorded.then_some(row)) } else { (of, file, found) }
        })
    }

    /// The version of the checkpoint, and what it is to the history.
    pub(super) fn checkpoint(&self) -> Option<(i64, Squashed)> {
        let count = self.squashed?;
        let rows: Vec<Option<Row>> = self.unsquashed().take(count).map(|(_, _, row)| row).collect();
        let found = || rows.iter().flatten();
        let is_as_squashed = |row: &&Row| row.text.0 == Body::Good && !row.is_renamed;
        let what = match () {
            () if found().next().is_none() => Squashed::Pending,
            () if rows[count - 1].is_none() || found().any(|row| !row.is_finished()) => Squashed::Behind,
            () if found().filter(is_as_squashed).count() == count => Squashed::Recorded,
            () => Squashed::Other,
        };
        Some((stamp(count), what))
    }

    pub(super) fn stem(&self, version: i64) -> String {
        match self.squashed {
            Some(count) if stamp(count) == version => format!("{version}_checkpoint"),
            _ => stem(version),
        }
    }

    /// What stands at the head of a file.
    pub(super) fn head(&self, version: i64) -> String {
        let Some(count) = self.squashed.filter(|count| stamp(*count) == version) else {
            return String::new();
        };
        let mut digest = migrate_source::HistoryDigest::default();
        for version in (1..=count).map(stamp) {
            let (_, tokens) = checksums(&script(version, (Body::Good, Dress::Plain)));
            digest.add(version, stem(version).split_once('_').unwrap().1, &tokens);
        }
        format!("-- migrate: checkpoint {}\n", digest.so_far().unwrap())
    }

    /// Its version, where the run must say that it contradicts.
    pub(super) fn contradicted_checkpoint(&self) -> Option<i64> {
        let contradicts = |what| match what {
            Squashed::Other => !self.rules.changed,
            what => what == Squashed::Behind,
        };
        self.checkpoint().filter(|(_, what)| contradicts(*what)).map(|(version, _)| version)
    }
}
