//! The values that columns of a type take, which PostgreSQL has read and written: of any type, as far as one can be made up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalog::{Catalog, Made, Type};
use super::session::Session;
use super::text::{literal, values_in};
use super::values::{Sort, candidates, shapes};
use crate::error::Error;

/// How many values are made of others: arrays, ranges, rows.
const MADE_OF_OTHERS: usize = 56;

/// The values of types that were asked for before.
#[derive(Debug)]
pub(super) struct Pools<'c> {
    session: Session<'c>,
    catalog: &'c Catalog,
    known: BTreeMap<(String, bool), Arc<Vec<String>>>,
}

impl<'c> Pools<'c> {
    pub(super) fn new(session: Session<'c>, catalog: &'c Catalog) -> Self {
        Self { session, catalog, known: BTreeMap::new() }
    }

    /// As the type itself writes them, each once. None where no value is known.
    pub(super) async fn values(
        &mut self,
        oid: u32,
        type_name: &str,
        sort: Sort,
    ) -> Result<Arc<Vec<String>>, Error> {
        let key = (type_name.to_owned(), sort == Sort::Any);
        if let Some(known) = self.known.get(&key) {
            return Ok(Arc::clone(known));
        }
        let candidates = Box::pin(self.candidates(oid, type_name, sort)).await?;
        let values = Arc::new(accepted(self.session, &candidates, type_name).await?);
        self.known.insert(key, Arc::clone(&values));
        Ok(values)
    }

    /// Whether its values are texts of any form.
    pub(super) fn is_text(&self, oid: u32) -> bool {
        match self.catalog.types.get(&oid) {
            Some(Type { made: Made::Domain(base, ..), .. }) => self.is_text(*base),
            Some(Type { made: Made::Base, category, .. }) => category == "S",
            _ => false,
        }
    }

    async fn candidates(&mut self, oid: u32, type_name: &str, sort: Sort) -> Result<Vec<String>, Error> {
        let Some(what) = self.catalog.types.get(&oid) else { return Ok(Vec::new()) };
        let is_any = sort == Sort::Any;
        Ok(match &what.made {
            Made::Base => candidates(&what.name, sort),
            Made::Labels(labels) => labels.clone(),
            Made::Domain(base, name, checks) => {
                let mut values = values_in(checks);
                if !checks.is_empty() && self.is_text(*base) {
                    values.extend(shapes());
                }
                let inner = self.values(*base, name, sort).await?;
                values.extend(inner.iter().cloned());
                values
            }
            Made::Array(element) => {
                let name = type_name.strip_suffix("[]").unwrap_or(type_name);
                let elements = self.values(*element, name, sort).await?;
                arrays(&elements, is_any)
            }
            Made::Range(of, name) => ranges(&self.values(*of, name, Sort::Plain).await?, is_any),
            Made::Multirange(of, name) => {
                let ranges = self.values(*of, name, sort).await?;
                let one = ranges.iter().map(|range| format!("{{{range}}}"));
                let two =
                    ranges.iter().zip(ranges.iter().skip(4)).map(|(one, other)| format!("{{{one},{other}}}"));
                let empty = is_any.then(|| "{}".to_owned());
                empty.into_iter().chain(two.filter(|_| is_any).take(8)).chain(one).collect()
            }
            Made::Fields(fields) => {
                let mut of_fields = Vec::new();
                for (oid, name) in fields {
                    of_fields.push(self.values(*oid, name, sort).await?);
                }
                let row = |at: usize| {
                    let field = |values: &Arc<Vec<String>>| {
                        values.get(at % values.len().max(1)).map_or_else(String::new, |value| quoted(value))
                    };
                    format!("({})", of_fields.iter().map(field).collect::<Vec<_>>().join(","))
                };
                let nulls = is_any.then(|| format!("({})", ",".repeat(fields.len().saturating_sub(1))));
                nulls.into_iter().chain((0..MADE_OF_OTHERS).map(row)).collect()
            }
        })
    }
}

/// What PostgreSQL takes for values of a type: as the type writes them, each once.
pub(super) async fn accepted(
    session: Session<'_>,
    candidates: &[String],
    type_name: &str,
) -> Result<Vec<String>, Error> {
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let value = |value: &String| format!("{}::{type_name}", literal(Some(value)));
    let all: Vec<String> = candidates.iter().map(|candidate| format!("({})", value(candidate))).collect();
    let rows = session.try_rows(&format!("VALUES {}", all.join(", "))).await?;
    let mut values: Vec<String> = if let Some(rows) = rows {
        // Before PostgreSQL 15 a `"char"` may be written as a byte that is no text.
        rows.iter().filter_map(|row| row.try_get(0).ok().flatten().map(str::to_owned)).collect()
    } else {
        let one = |candidate| vec![format!("SELECT format('%s', {})", value(candidate))];
        let each: Vec<Vec<String>> = candidates.iter().map(one).collect();
        session.first_taken(&each, usize::MAX / 2).await?
    };
    let mut seen = BTreeSet::new();
    values.retain(|value| seen.insert(value.clone()));
    Ok(values)
}

/// As an element of an array, a bound of a range, or a field of a row.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn arrays(elements: &[String], is_any: bool) -> Vec<String> {
    let quoted: Vec<String> = elements.iter().map(|element| quoted(element)).collect();
    let mut values = Vec::new();
    if is_any {
        values.extend(["{}", "{NULL}"].map(str::to_owned));
        if let [one, two, ..] = quoted.as_slice() {
            values.extend([
                format!("{{{one},NULL,{two}}}"),
                format!("{{{{{one},{two}}},{{{two},{one}}}}}"),
                format!("[0:1]={{{two},{one}}}"),
            ]);
        }
    }
    values.extend(quoted.iter().take(MADE_OF_OTHERS).map(|one| format!("{{{one}}}")));
    if is_any && quoted.len() < MADE_OF_OTHERS {
        let pairs = quoted.iter().flat_map(|one| quoted.iter().map(move |two| format!("{{{one},{two}}}")));
        values.extend(pairs.take(MADE_OF_OTHERS));
    }
    values
}

fn ranges(bounds: &[String], is_any: bool) -> Vec<String> {
    let quoted: Vec<String> = bounds.iter().map(|bound| quoted(bound)).collect();
    let mut values = Vec::new();
    if is_any {
        values.push("empty".to_owned());
        if let [.., last] = quoted.as_slice() {
            values.extend([format!("[{last},)"), format!("[{last},{last}]")]);
        }
        if let [first, ..] = quoted.as_slice() {
            values.push(format!("(,{first})"));
        }
    }
    // They do not overlap.
    let pairs = quoted.iter().zip(quoted.iter().skip(1));
    values.extend(pairs.take(MADE_OF_OTHERS).map(|(low, high)| format!("[{low},{high})")));
    if is_any {
        values.push("(,)".to_owned());
    }
    values
}
