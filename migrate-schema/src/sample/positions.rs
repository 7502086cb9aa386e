//! Where sequences stand: what they gave out is not given out again.

use super::declared::Declared;
use super::names::renamed;
use super::session::Session;
use super::text::literal;
use crate::error::Error;
use crate::kind::Kind;
use crate::rename::Rename;

/// Where a sequence stands.
#[derive(Clone, Debug)]
pub(super) struct Position {
    pub(super) path: Vec<String>,
    /// The columns that get their values from it.
    pub(super) users: Vec<Vec<String>>,
    /// What it gives out next, if it has that.
    pub(super) next: i128,
    increment: i128,
    bounds: (i128, i128),
    cycles: bool,
    /// `last_value` and `is_called`.
    stands: Option<(String, bool)>,
    /// The value in its columns that is farthest on.
    farthest: Option<i128>,
}

/// A sequence that gives something out again.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) sequence: Vec<String>,
    pub(super) user: Option<Vec<String>>,
    /// What it gives out next, and what was given out last.
    pub(super) next: i128,
    pub(super) given: i128,
}

/// Reads where all sequences stand.
pub(super) async fn positions(session: Session<'_>) -> Result<Vec<Position>, Error> {
    let mut positions = Vec::new();
    for row in session.rows(include_str!("positions.sql")).await? {
        let number = |at: usize| row.get(at).and_then(|text| text.parse::<i128>().ok()).unwrap_or_default();
        let path: Vec<String> =
            row.get(0).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let users: Vec<Vec<String>> =
            row.get(5).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let position = Position {
            path,
            users,
            next: 0,
            increment: number(1),
            bounds: (number(2), number(3)),
            cycles: row.get(4) == Some("t"),
            stands: None,
            farthest: None,
        };
        positions.push(position);
    }
    let stands = positions
        .iter()
        .enumerate()
        .map(|(at, position)| format!("SELECT {at}, last_value, is_called FROM {}", position.path.join(".")));
    for row in session.each(&stands.collect::<Vec<_>>()).await? {
        let (Some(position), Some(last)) = (numbered(&mut positions, &row), row.get(1)) else { continue };
        let called = row.get(2) == Some("t");
        position.next =
            last.parse::<i128>().unwrap_or_default() + if called { position.increment } else { 0 };
        position.stands = Some((last.to_owned(), called));
    }
    let values = positions.iter().enumerate().flat_map(|(at, position)| {
        let which = if position.increment > 0 { "max" } else { "min" };
        position.users.iter().filter_map(move |user| {
            let [schema, table, column] = user.as_slice() else { return None };
            Some(format!("SELECT {at}, {which}({column})::numeric FROM {schema}.{table}"))
        })
    });
    for row in session.each(&values.collect::<Vec<_>>()).await? {
        let value = row.get(1).and_then(|value| value.parse::<i128>().ok());
        let (Some(position), Some(value)) = (numbered(&mut positions, &row), value) else { continue };
        let farther = |other: i128| if position.increment > 0 { other.max(value) } else { other.min(value) };
        position.farthest = Some(position.farthest.map_or(value, farther));
    }
    // Not of whoever may not read it.
    positions.retain(|position| position.stands.is_some());
    Ok(positions)
}

/// The one that a row is about.
fn numbered<'p>(
    positions: &'p mut [Position],
    row: &tokio_postgres::SimpleQueryRow,
) -> Option<&'p mut Position> {
    positions.get_mut(row.get(0)?.parse::<usize>().ok()?)
}

/// Gives out a few values that nothing keeps, as of rows that were deleted.
pub(super) async fn advance(session: Session<'_>, positions: &[Position]) -> Result<(), Error> {
    let next = |position: &Position| {
        let name = literal(Some(&position.path.join(".")));
        vec![format!("SELECT max(nextval({name})) FROM generate_series(1, 3)")]
    };
    session.first_taken(&positions.iter().map(next).collect::<Vec<_>>(), usize::MAX / 2).await?;
    Ok(())
}

/// Puts sequences back to where they stood.
pub(super) async fn put_back(session: Session<'_>, positions: &[Position]) -> Result<(), Error> {
    let set = |position: &Position| {
        let name = literal(Some(&position.path.join(".")));
        let (last, called) = position.stands.as_ref()?;
        Some(vec![format!("SELECT setval({name}, {last}, {called})")])
    };
    session.first_taken(&positions.iter().filter_map(set).collect::<Vec<_>>(), usize::MAX / 2).await?;
    Ok(())
}

/// The first sequence that gives something out again, of those of the one list that are in the other, whatever they are
/// called there: they have the same name, or the same column gets its values from them.
pub(super) fn given_again(
    before: &[Position],
    now: &[Position],
    renames: &[Rename],
    declared: &Declared,
) -> Option<Again> {
    now.iter().find_map(|position| {
        let again = |given: i128| Again {
            sequence: position.path.clone(),
            user: position.users.first().cloned(),
            next: position.next,
            given,
        };
        let mut follows = false;
        for earlier in before.iter().filter(|earlier| earlier.becomes(position, now, renames)) {
            follows = true;
            let is_declared = declared.has_sequence(&earlier.path) || declared.has_sequence(&position.path);
            let is_same_way = position.increment.signum() == earlier.increment.signum();
            if let Some(given) = earlier.given().filter(|_| is_same_way && !is_declared)
                && position.gives_again(given)
            {
                return Some(again(given));
            }
        }
        // One that is new goes on behind the values that are there.
        let is_declared = declared.has_sequence(&position.path);
        let farthest = position.farthest.filter(|_| !follows && !is_declared)?;
        position.gives_again(farthest).then(|| again(farthest))
    })
}

/// Those that one of the others goes on with: not where it has other bounds, and starts again within these.
pub(super) fn followed(before: &[Position], now: &[Position], renames: &[Rename]) -> Vec<Position> {
    let goes_on = |earlier: &Position, position: &Position| {
        earlier.becomes(position, now, renames) && earlier.given().is_none_or(|given| position.has(given))
    };
    let is_followed = |earlier: &&Position| now.iter().any(|position| goes_on(earlier, position));
    before.iter().filter(is_followed).cloned().collect()
}

impl Position {
    /// Whether it counts for one of the same columns; or has the same name, unless its columns have their numbers from others.
    fn becomes(&self, other: &Self, now: &[Self], renames: &[Rename]) -> bool {
        let users: Vec<Vec<String>> =
            self.users.iter().map(|user| renamed(Kind::Column, user, renames)).collect();
        let counts_for = |position: &Self| position.users.iter().any(|user| users.contains(user));
        counts_for(other)
            || renamed(Kind::Sequence, &self.path, renames) == other.path && !now.iter().any(counts_for)
    }

    /// What it gave out last.
    fn given(&self) -> Option<i128> {
        let (last, called) = self.stands.as_ref()?;
        last.parse().ok().filter(|_| *called)
    }

    fn has(&self, value: i128) -> bool {
        self.bounds.0 <= value && value <= self.bounds.1
    }

    /// Whether it gives out a value, or one before it.
    fn gives_again(&self, given: i128) -> bool {
        self.has(given) && !self.cycles && (self.next - given) * self.increment.signum() <= 0
    }
}
