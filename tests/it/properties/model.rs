//! The cases of the property tests, and what is to be expected of each: decided once more, and in another way than the
//! runtime decides.

mod repeatable;
mod squashed;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use migrate_runtime::{MigrationSet, Runner};
use proptest::prelude::{BoxedStrategy, Just, Strategy, prop_oneof};
use proptest::{array, option};

use crate::support::set;
use repeatable::{Repeatable, repeatable};
use squashed::Squashed;

const VERSIONS: usize = 6;

/// What the statements of a script are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Good,
    /// The second statement is another one.
    Edited,
    /// The second statement fails.
    Failing,
}

/// What is around them, which makes no difference to what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dress {
    Plain,
    Commented,
    Stepwise,
}

type Text = (Body, Dress);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Applied,
    Baseline,
    Skipped,
    /// So many statements are done.
    Failed(usize),
    Running(usize),
    Reverting,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    text: Text,
    state: State,
    is_renamed: bool,
}

/// What is special about one version.
#[derive(Clone, Copy, Debug)]
enum Twist {
    None,
    NoFile,
    NoRow,
    File(Text),
    Row(Text),
    /// The file, and the row.
    Both(Text, Row),
    Renamed,
}

#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "the options are as independent of each other")]
pub(super) struct Rules {
    pub(super) out_of_order: bool,
    changed: bool,
    missing: bool,
    deny_ahead: bool,
    /// The file, counted from 0 and around, that is the target.
    target: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    versions: Vec<(Option<Text>, Option<Row>)>,
    repeatable: [Repeatable; 2],
    /// A checkpoint stands for so many of the first versions, as they are without a twist.
    squashed: Option<usize>,
    pub(super) rules: Rules,
}

fn text() -> BoxedStrategy<Text> {
    let body = prop_oneof![4 => Just(Body::Good), 2 => Just(Body::Edited), 3 => Just(Body::Failing)];
    (body, prop_oneof![Just(Dress::Plain), Just(Dress::Commented), Just(Dress::Stepwise)]).boxed()
}

fn flag(probability: f64) -> BoxedStrategy<bool> {
    proptest::bool::weighted(probability).boxed()
}

/// Boxed, as values of this size go from hand to hand on the stack.
fn twist() -> BoxedStrategy<Twist> {
    let state = prop_oneof![
        Just(State::Baseline),
        Just(State::Skipped),
        (0..2_usize).prop_map(State::Failed),
        (0..3_usize).prop_map(State::Running),
        Just(State::Reverting),
    ];
    prop_oneof![
        24 => Just(Twist::None),
        1 => Just(Twist::NoFile),
        1 => Just(Twist::NoRow),
        6 => text().prop_map(Twist::File),
        1 => text().prop_map(Twist::Row),
        4 => (state, text(), text(), flag(0.15)).prop_map(|(state, file, text, is_renamed)| {
            Twist::Both(file, Row { text, state, is_renamed })
        }),
        1 => Just(Twist::Renamed),
    ]
    .boxed()
}

/// A set and a history that are each the first so many migrations, but for some twists.
pub(super) fn case() -> impl Strategy<Value = Case> {
    let twists = array::uniform6(twist());
    let allows = || flag(0.3);
    let rules = (allows(), allows(), allows(), flag(0.1), option::weighted(0.3, 0..VERSIONS));
    let rules = rules.prop_map(|(out_of_order, changed, missing, deny_ahead, target)| Rules {
        out_of_order,
        changed,
        missing,
        deny_ahead,
        target,
    });
    let repeatable = (repeatable(), repeatable()).prop_map(|(one, other)| [one, other]);
    let squashed = option::weighted(0.3, 2..=4_usize);
    (3..=VERSIONS, 0..=VERSIONS, twists, repeatable, squashed, rules).prop_map(
        |(files, rows, twists, repeatable, squashed, rules)| {
            let good = (Body::Good, Dress::Plain);
            let version = |(at, twist): (usize, &Twist)| {
                let file = (at < files).then_some(good);
                let row = (at < rows).then_some(Row { text: good, state: State::Applied, is_renamed: false });
                match *twist {
                    Twist::None => (file, row),
                    Twist::NoFile => (None, row),
                    Twist::NoRow => (file, None),
                    Twist::File(text) => (file.map(|_| text), row),
                    Twist::Row(text) => (file, row.map(|row| Row { text, ..row })),
                    Twist::Both(text, of_row) => (file.map(|_| text), row.map(|_| of_row)),
                    Twist::Renamed => (file, row.map(|row| Row { is_renamed: true, ..row })),
                }
            };
            let mut versions: Vec<_> = twists.iter().enumerate().map(version).collect();
            // A folder has at least one file.
            versions[0].0 = versions[0].0.or(Some(good));
            Case { versions, repeatable, squashed, rules }
        },
    )
}

/// The version that a migration of this number has: a day, so that holes are no fault of the folder.
fn stamp(number: usize) -> i64 {
    20_240_100_000_000 + 1_000_000 * i64::try_from(number).unwrap()
}

fn stem(version: i64) -> String {
    format!("{version}_m{}", version / 1_000_000 % 100)
}

/// The version that a line of an error, or a stem, begins with.
pub(super) fn version_named(line: &str) -> i64 {
    let name = line.strip_prefix("migrations/").unwrap_or(line);
    name.split_once('_').unwrap().0.parse().unwrap()
}

fn statements(version: i64, body: Body) -> [String; 2] {
    let insert = |n: usize| format!("INSERT INTO trace (version, n) VALUES ({version}, {n})");
    match body {
        Body::Good => [insert(0), insert(1)],
        Body::Edited => [insert(0), insert(2)],
        Body::Failing => [insert(0), "SELECT 1/0".to_owned()],
    }
}

fn script(version: i64, (body, dress): Text) -> String {
    let head = match dress {
        Dress::Plain => "",
        Dress::Commented => "-- a comment\n",
        Dress::Stepwise => "-- migrate: no-transaction\n",
    };
    format!("{head}{};\n", statements(version, body).join(";\n"))
}

/// The checksums of a text: itself, and its tokens. The name makes no difference.
fn checksums(text: &str) -> (String, String) {
    let set = set(&[("0001_m.sql", text)]);
    let up = set.iter().next().unwrap().up();
    (up.checksum().to_string(), up.tokens_checksum().to_string())
}

impl Case {
    /// As they would be without a checkpoint.
    fn unsquashed(&self) -> impl Iterator<Item = (i64, Option<Text>, Option<Row>)> {
        (1..).map(stamp).zip(&self.versions).map(|(version, (file, row))| (version, *file, *row))
    }

    pub(super) fn files(&self) -> Vec<(String, String)> {
        let versioned = self.numbered().filter_map(|(version, file, _)| {
            let text = format!("{}{}", self.head(version), script(version, file?));
            Some((format!("{}.sql", self.stem(version)), text))
        });
        let repeatable = self.repeatable.iter().enumerate().filter_map(|(at, one)| one.file(at));
        versioned.chain(repeatable).collect()
    }

    /// What makes the history this one, and nothing has run.
    pub(super) fn history(&self) -> String {
        let mut sql =
            "DELETE FROM trace; DELETE FROM schema_migrations; DELETE FROM schema_migrations_log;".to_owned();
        for (version, _, row) in self.unsquashed() {
            let Some(Row { text, state, is_renamed }) = row else { continue };
            let (checksum, tokens) = checksums(&script(version, text));
            let (state, done) = match state {
                State::Applied => ("applied", None),
                State::Baseline => ("baseline", None),
                State::Skipped => ("skipped", None),
                State::Failed(done) => ("failed", Some(done)),
                State::Running(done) => ("running", Some(done)),
                State::Reverting => ("reverting", Some(1)),
            };
            let first = statements(version, text.0);
            let first = first.iter().take(done.unwrap_or_default()).map(String::as_str);
            let progress = done.map_or("NULL, NULL, NULL".to_owned(), |done| {
                format!("{done}, '{}', 'it failed'", migrate_source::tokens_checksum(first))
            });
            let stem = stem(version);
            let (_, name) = stem.split_once('_').unwrap();
            let name = if is_renamed { "other" } else { name };
            let _ = write!(
                sql,
                "INSERT INTO schema_migrations (version, description, checksum, tokens_checksum, state, applied_at, \
                 statements_done, done_checksum, error) \
                 VALUES ({version}, '{name}', '{checksum}', '{tokens}', '{state}', now(), {progress});"
            );
        }
        for (at, one) in self.repeatable.iter().enumerate() {
            sql += &one.row(at, self.newest_file());
        }
        sql
    }

    pub(super) fn runner<'a>(&self, set: &'a MigrationSet) -> Runner<'a> {
        let mut runner = Runner::new(set);
        let Rules { out_of_order, changed, missing, deny_ahead, .. } = self.rules;
        if out_of_order {
            runner = runner.allow_out_of_order(..);
        }
        if changed {
            runner = runner.allow_changed(..);
        }
        if missing {
            runner = runner.allow_missing(..);
        }
        if deny_ahead {
            runner = runner.deny_ahead();
        }
        match self.target() {
            Some(target) => runner.target(target),
            None => runner,
        }
    }

    pub(super) fn target(&self) -> Option<i64> {
        let files: Vec<i64> =
            self.numbered().filter(|(_, file, _)| file.is_some()).map(|(version, ..)| version).collect();
        self.rules.target.map(|at| files[at % files.len()])
    }

    fn newest_file(&self) -> i64 {
        self.numbered().filter(|(_, file, _)| file.is_some()).map(|(version, ..)| version).max().unwrap()
    }

    pub(super) fn highest_row(&self) -> i64 {
        self.numbered().filter(|(_, _, row)| row.is_some()).map(|(version, ..)| version).max().unwrap_or(0)
    }

    pub(super) fn has_row(&self, version: i64) -> bool {
        self.numbered().any(|(of, _, row)| of == version && row.is_some())
    }

    /// Versions that are in the history and above every file.
    pub(super) fn ahead(&self) -> Vec<i64> {
        let newest = self.newest_file();
        self.numbered()
            .filter(|(version, _, row)| *version > newest && row.is_some())
            .map(|(version, ..)| version)
            .collect()
    }

    /// The versions of which history and files say different things, and nobody has allowed it.
    pub(super) fn contradictions(&self) -> BTreeSet<i64> {
        let (newest, highest, rules) = (self.newest_file(), self.highest_row(), self.rules);
        let contradicts = |(version, file, row): &(i64, Option<Text>, Option<Row>)| match (file, row) {
            (None, None) => false,
            (Some(_), None) => *version < highest && !rules.out_of_order,
            (None, Some(_)) if *version > newest => rules.deny_ahead,
            (None, Some(_)) => !rules.missing,
            (Some((body, dress)), Some(row)) => match row.state {
                _ if row.is_renamed && row.is_finished() => !rules.changed,
                _ if row.is_renamed => true,
                State::Applied | State::Baseline | State::Skipped => *body != row.text.0 && !rules.changed,
                State::Reverting => true,
                State::Failed(done) | State::Running(done) => {
                    *dress != Dress::Stepwise || done > 1 && *body != row.text.0
                }
            },
        };
        // Where it stands for more than there is, its absence is nothing else.
        let is_other = |version: &i64| self.checkpoint().is_none_or(|of| of != (*version, Squashed::Behind));
        let found = self.numbered().filter(contradicts).map(|(version, ..)| version).filter(is_other);
        found.chain(self.contradicted_checkpoint()).collect()
    }

    /// The stems of what is to be applied, where nothing contradicts.
    pub(super) fn steps(&self) -> Vec<String> {
        let within = |version: i64| self.target().is_none_or(|target| version <= target);
        let is_pending = |row: Option<Row>| row.is_none_or(|row| !row.is_finished());
        let versioned = self
            .numbered()
            .filter(|(version, file, row)| file.is_some() && is_pending(*row) && within(*version));
        let mut steps: Vec<String> = versioned.map(|(version, ..)| self.stem(version)).collect();
        if within(self.newest_file()) && self.ahead().is_empty() {
            let runs = self.repeatable.iter().enumerate().filter(|(_, one)| one.runs());
            steps.extend(runs.map(|(at, _)| format!("R_r{at}")));
        }
        steps
    }

    /// The newest of the set that the database has, after a run that came to its end.
    pub(super) fn newest_after(&self) -> Option<i64> {
        let within = |version: i64| self.target().is_none_or(|target| version <= target);
        let has = |row: Option<Row>, version| row.is_some_and(|row| row.is_finished()) || within(version);
        self.numbered()
            .filter(|(version, file, row)| file.is_some() && has(*row, *version))
            .map(|(version, ..)| version)
            .max()
    }

    /// Whether a statement was run before, as the history has it.
    pub(super) fn is_done(&self, version: i64, statement: usize) -> bool {
        let row = self.numbered().find(|(of, ..)| *of == version).and_then(|(_, _, row)| row);
        row.is_some_and(|row| match row.state {
            State::Failed(done) | State::Running(done) => {
                done > usize::from(statement > 0)
                    && statement != if row.text.0 == Body::Edited { 1 } else { 2 }
            }
            _ => true,
        })
    }

    /// Whether its second statement fails, and is to be run.
    pub(super) fn fails(&self, version: i64) -> bool {
        self.numbered()
            .any(|(of, file, _)| of == version && file.is_some_and(|(body, _)| body == Body::Failing))
    }

    pub(super) fn is_stepwise(&self, version: i64) -> bool {
        self.numbered()
            .any(|(of, file, _)| of == version && file.is_some_and(|(_, dress)| dress == Dress::Stepwise))
    }
}

impl Row {
    fn is_finished(&self) -> bool {
        matches!(self.state, State::Applied | State::Baseline | State::Skipped)
    }
}
