//! Which values the columns of a table may have together, so that its checks hold.

use std::collections::BTreeMap;

use super::catalog::{Column, Table};
use super::pool::{Pools, accepted};
use super::session::Session;
use super::text::{literal, values_in};
use super::values::{Sort, shapes};
use crate::error::Error;

/// Values of some columns that go together; `None` is NULL.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) columns: Vec<i16>,
    pub(super) rows: Vec<Vec<Option<String>>>,
}

/// How many values of each column are tried, where checks speak of so many columns together.
const WIDTHS: [usize; 5] = [0, 200, 48, 14, 8];

/// How many rows are tried where checks speak of more columns than that.
const TRIED: usize = 1500;

/// How many rows that fit are kept.
const KEPT: usize = 120;

/// For each column without a foreign key of its own the values that it may have, by itself or with others.
///
/// `None`: there is none for a column that needs one, or no values that fit together.
pub(super) async fn groups(
    pools: &mut Pools<'_>,
    session: Session<'_>,
    table: &Table,
    given: &BTreeMap<i16, Vec<String>>,
    sort: Sort,
) -> Result<Option<Vec<Group>>, Error> {
    let mut groups = Vec::new();
    for (columns, expressions) in together(table) {
        let mut of_columns = Vec::new();
        for column in columns.iter().filter_map(|&number| table.column(number)) {
            let values = match given.get(&column.number) {
                Some(values) => values.clone(),
                None => values(pools, session, column, &expressions, sort).await?,
            };
            let is_given = given.contains_key(&column.number);
            let is_better_null = sort != Sort::Plain || columns.len() > 1 || values.is_empty() || is_given;
            let nullable = !column.not_null && is_better_null;
            let nulls = nullable.then_some(None);
            let values: Vec<Option<String>> = nulls.into_iter().chain(values.into_iter().map(Some)).collect();
            if values.is_empty() {
                return Ok(None);
            }
            of_columns.push((column, values));
        }
        let rows = match (of_columns.as_slice(), expressions.as_slice()) {
            ([(_, values)], []) => values.iter().cloned().map(|value| vec![value]).collect(),
            _ => fitting(session, table, &of_columns, &expressions).await?,
        };
        if rows.is_empty() {
            return Ok(None);
        }
        groups.push(Group { columns, rows });
    }
    Ok(Some(groups))
}

/// The columns of which checks speak together, and these checks.
fn together(table: &Table) -> Vec<(Vec<i16>, Vec<&str>)> {
    let mut sets: Vec<(Vec<i16>, Vec<&str>)> =
        table.columns.iter().map(|column| (vec![column.number], Vec::new())).collect();
    for check in &table.checks {
        // Of a generated column, the row decides.
        let Some(columns) = table.columns_of(check) else { continue };
        if columns.is_empty() || columns.iter().any(|&column| table.column(column).is_none()) {
            continue;
        }
        let (touched, rest): (Vec<_>, Vec<_>) =
            sets.into_iter().partition(|(set, _)| set.iter().any(|column| columns.contains(column)));
        let mut merged = (Vec::new(), vec![&*check.expression]);
        for (set, expressions) in touched {
            merged.0.extend(set);
            merged.1.extend(expressions);
        }
        sets = rest;
        sets.push(merged);
    }
    sets
}

async fn values(
    pools: &mut Pools<'_>,
    session: Session<'_>,
    column: &Column,
    expressions: &[&str],
    sort: Sort,
) -> Result<Vec<String>, Error> {
    let pool = pools.values(column.type_oid, &column.type_name, sort).await?;
    if expressions.is_empty() {
        return Ok(pool.to_vec());
    }
    let mut guesses: Vec<String> = expressions.iter().flat_map(|expression| values_in(expression)).collect();
    if pools.is_text(column.type_oid) {
        guesses.extend(shapes());
    }
    let mut values = accepted(session, &guesses, &column.type_name).await?;
    for value in pool.iter() {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    Ok(values)
}

/// The rows of values for which no check is false.
async fn fitting(
    session: Session<'_>,
    table: &Table,
    columns: &[(&Column, Vec<Option<String>>)],
    expressions: &[&str],
) -> Result<Vec<Vec<Option<String>>>, Error> {
    let names: Vec<&str> = columns.iter().map(|(column, _)| &*column.name).collect();
    let names = names.join(", ");
    let conditions: Vec<String> =
        expressions.iter().map(|expression| format!("({expression}) IS NOT FALSE")).collect();
    let select = |from: &str| {
        // Neither in the order of the values, nor in a different one each time.
        format!(
            "SELECT {names} FROM (SELECT * FROM {from}) AS {} WHERE {} ORDER BY md5(concat_ws(',', {names})) LIMIT {KEPT}",
            table.path[1],
            conditions.join(" AND "),
        )
    };
    let typed = |at: usize, value: &Option<String>| {
        format!("{}::{}", literal(value.as_deref()), columns[at].0.type_name)
    };
    let list = |at: usize, values: &[&Option<String>]| {
        let literals: Vec<String> = values.iter().map(|value| format!("({})", typed(at, value))).collect();
        format!("(VALUES {}) AS v{at}({})", literals.join(", "), columns[at].0.name)
    };
    let row = |row: &tokio_postgres::SimpleQueryRow| {
        (0..columns.len()).map(|at| row.get(at).map(str::to_owned)).collect::<Vec<_>>()
    };
    let Some(&width) = WIDTHS.get(columns.len()) else {
        let value = |of_row: usize, at: usize| {
            let values = &columns[at].1;
            // NULL, if it may be that, is the first, and more often than any other.
            let place = mixed(of_row, at);
            typed(at, &values[if place.is_multiple_of(4) { 0 } else { place / 4 % values.len() }])
        };
        let rows = (0..TRIED).map(|of_row| {
            let values: Vec<String> = (0..columns.len()).map(|at| value(of_row, at)).collect();
            format!("({})", values.join(", "))
        });
        let rows: Vec<String> = rows.collect();
        let rows = session.try_rows(&select(&format!("(VALUES {}) AS v({names})", rows.join(", ")))).await?;
        return Ok(rows.unwrap_or_default().iter().map(row).collect());
    };
    let lists: Vec<Vec<&Option<String>>> = columns.iter().map(|(_, values)| spread(values, width)).collect();
    let crossed = |lists: &[Vec<&Option<String>>]| {
        let lists: Vec<String> = lists.iter().enumerate().map(|(at, values)| list(at, values)).collect();
        select(&lists.join(", "))
    };
    if let Some(rows) = session.try_rows(&crossed(&lists)).await? {
        return Ok(rows.iter().map(row).collect());
    }
    // A value for which a check fails itself, as by an overflow, takes the others with it.
    let mut rows = Vec::new();
    for value in &lists[0] {
        let mut one = lists.clone();
        one[0] = vec![value];
        rows.extend(session.try_rows(&crossed(&one)).await?.unwrap_or_default().iter().map(row));
    }
    Ok(rows)
}

/// The same number for the same two, and a different one for others.
pub(super) fn mixed(one: usize, other: usize) -> usize {
    let mut number = (one as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (other as u64 + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number ^= number >> 29;
    number = number.wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((number >> 33) & 0xffff_ffff).unwrap_or_default()
}

/// Of a list, the first ones and some of all the others.
fn spread(values: &[Option<String>], most: usize) -> Vec<&Option<String>> {
    if values.len() <= most {
        return values.iter().collect();
    }
    let (first, rest) = values.split_at(most / 2 + 1);
    let step = rest.len() / (most - first.len()).max(1) + 1;
    first.iter().chain(rest.iter().step_by(step)).collect()
}
