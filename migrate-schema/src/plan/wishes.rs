//! What is best there before something else: what a function's body speaks of, which PostgreSQL keeps no dependencies of.

use std::collections::{BTreeSet, HashMap};

use super::{Doing, Works};
use crate::fact::Fact;
use crate::key::Key;
use crate::kind::Kind;
use crate::kinds::column::unquoted;
use crate::mention::Words;

impl<'s> Works<'s> {
    /// What a function's body speaks of is there before it, if that can be.
    pub(super) fn wishes(&self) -> Vec<(usize, usize)> {
        let made = || self.acts.iter().enumerate().filter(|(_, act)| act.doing != Doing::Drop);
        let mut names: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, act) in made() {
            if let Some(name) = act.key.path().get(1) {
                names.entry(unquoted(name)).or_default().push(at);
            }
        }
        let mut wishes = Vec::new();
        for (at, act) in made() {
            let Some(words) = self.world.new.get(act.key).and_then(Words::of) else { continue };
            let named = words.iter().filter_map(|word| names.get(word)).flatten();
            let others = named.filter(|&&other| other != at && words.have(self.acts[other].key));
            wishes.extend(others.map(|&other| (other, at)));
        }
        // A function that stays as it is may be called by what is made: by the check of a domain for the default of a new
        // column.
        let is_routine = |fact: &&Fact| matches!(fact.key.kind(), Kind::Function | Kind::Procedure);
        for fact in self.world.new.facts().filter(is_routine) {
            let Some(words) = Words::of(fact) else { continue };
            let named = words.iter().filter_map(|word| names.get(word)).flatten();
            let named: Vec<usize> =
                named.copied().filter(|&other| words.have(self.acts[other].key)).collect();
            if named.is_empty() {
                continue;
            }
            for caller in self.callers(fact) {
                wishes.extend(named.iter().filter(|&&other| other != caller).map(|&other| (other, caller)));
            }
        }
        wishes
    }

    /// What is made and calls a function while it is made.
    fn callers(&self, function: &'s Fact) -> BTreeSet<usize> {
        use Kind::{Column, Constraint, Domain, DomainConstraint, Index, MaterializedView};

        let mut seen: BTreeSet<&Key> = BTreeSet::new();
        let mut left = vec![&function.key];
        while let Some(key) = left.pop() {
            let dependents = self.world.new.dependents(key).map(|fact| &fact.key);
            // Who has a value of a domain calls what its checks call.
            let wholes = self.world.new.get(key).into_iter().flat_map(|fact| fact.needs.keys());
            let wholes = wholes.filter(|whole| key.kind() == DomainConstraint && whole.kind() == Domain);
            for other in dependents.chain(wholes) {
                if seen.insert(other) {
                    left.push(other);
                }
            }
        }
        let calls = |key: &&Key| matches!(key.kind(), Column | Constraint | Index | MaterializedView);
        let made = seen
            .into_iter()
            .filter(calls)
            .flat_map(|key| [Doing::Create, Doing::Alter].map(|doing| self.number(doing, key)));
        made.flatten().collect()
    }
}
