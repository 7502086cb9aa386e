//! What gives a guarantee that something else gives until it goes: that is there before the other one goes.

use std::collections::BTreeMap;

use super::{Doing, Works};
use crate::guarantee::{Guarantee, given_by};
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::inheritance;
use crate::kinds::table::table_of;

impl Works<'_> {
    /// The first is done, all of it, before the second takes something away.
    pub(super) fn successions(&self) -> Vec<(usize, usize)> {
        if !self.world.online {
            return Vec::new();
        }
        let mut gains: BTreeMap<Vec<String>, Vec<(usize, Guarantee)>> = BTreeMap::new();
        let mut losses: Vec<(usize, Guarantee)> = Vec::new();
        for (at, act) in self.acts.iter().enumerate() {
            let given =
                |is_there: bool, fact| is_there.then_some(fact).flatten().map(given_by).unwrap_or_default();
            let before = given(act.doing != Doing::Create, self.world.old.get(act.key));
            let after = given(act.doing != Doing::Drop, self.world.new.get(act.key));
            let without = |these: &[Guarantee], others: &[Guarantee]| -> Vec<Guarantee> {
                let is_new = |one: &&Guarantee| !others.iter().any(|other| other.implies(one));
                these.iter().filter(is_new).cloned().collect()
            };
            for gain in without(&after, &before) {
                gains.entry(gain.of().to_vec()).or_default().push((at, gain));
            }
            // What is made anew comes back in the transaction in which it goes.
            if !self.world.is_remade(act.key) {
                losses.extend(without(&before, &after).into_iter().map(|loss| (at, loss)));
            }
        }
        let mut successions = self.not_null_first();
        for (at, loss) in &losses {
            for (other, gain) in gains.get(loss.of()).into_iter().flatten() {
                if other != at && (gain.implies(loss) || loss.implies(gain)) {
                    successions.push((*other, *at));
                }
            }
        }
        successions
    }

    /// PostgreSQL takes an index for a primary key without a look at the rows only where the columns are NOT NULL.
    fn not_null_first(&self) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for (at, act) in self.acts.iter().enumerate().filter(|(_, act)| act.doing != Doing::Drop) {
            let key = self.world.new.get(act.key).filter(|fact| fact.get("_type") == Some("p"));
            let Some((key, table)) = key.and_then(|fact| Some((fact, table_of(fact)?))) else { continue };
            // Those of a partition are altered with those of its parent.
            let parents = inheritance::ancestors(table, self.world.new);
            for table in parents.into_iter().chain([table]) {
                let column = |leaf: String| Key::new(Kind::Column, [table.path(), &[leaf]].concat());
                let columns = key.list("_columns").into_iter().map(column);
                let altered = columns.filter_map(|key| self.numbers.get(&(Doing::Alter, &key)).copied());
                pairs.extend(altered.map(|altered| (altered, at)));
            }
        }
        pairs
    }
}
