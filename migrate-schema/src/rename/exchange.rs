//! Names that are exchanged, or passed on from one thing to the next: `a=b` with `b=a`, `a=b` with `b=c`.

use std::collections::BTreeSet;

use super::asked::{Asked, Names, is_called, is_routine};
use super::{Rename, is_beside};
use crate::key::{self, Key, quoted, unquoted};

/// What gets a name that something else has, or leaves a name that something else gets.
struct Pass {
    /// Which of those that are asked for say so.
    asked: BTreeSet<usize>,
    /// What it is called by now.
    from: Key,
    to: Key,
}

impl Names {
    /// Gives the names that can only be given together, and takes out what asks for them. False: there are none.
    pub(super) fn exchange(&mut self, left: &mut Vec<(usize, Asked)>) -> bool {
        let passes = self.passes(left);
        let done: BTreeSet<usize> = passes.iter().flat_map(|pass| pass.asked.iter().copied()).collect();
        left.retain(|(at, _)| !done.contains(at));
        self.carry_out(passes.into_iter().map(|pass| (pass.from, pass.to)).collect());
        !done.is_empty()
    }

    /// Those whose old name is new or not declared, and whose new name is free once the others are done.
    fn passes(&self, left: &[(usize, Asked)]) -> Vec<Pass> {
        let mut passes: Vec<Pass> = Vec::new();
        for (at, asked) in left {
            for (from, to) in self.meant(asked) {
                match passes.iter_mut().find(|pass| pass.from == from && pass.to == to) {
                    Some(pass) => {
                        pass.asked.insert(*at);
                    }
                    None => passes.push(Pass { asked: BTreeSet::from([*at]), from, to }),
                }
            }
        }
        let occupied: BTreeSet<Key> = self.images().collect();
        loop {
            let is_possible = |pass: &Pass| {
                let others = || passes.iter().filter(|other| !std::ptr::eq(*other, pass));
                let is_only = !others().any(|other| other.from == pass.from || other.to == pass.to);
                let leaves = !self.new.contains(&pass.from) || others().any(|other| other.to == pass.from);
                let is_free = !occupied.contains(&pass.to) || others().any(|other| other.from == pass.to);
                is_only && leaves && is_free
            };
            // One that may be any of several is refused, but for functions of one name.
            let is_clear = |pass: &Pass| {
                let mut others = passes.iter().filter(|other| !std::ptr::eq(*other, pass));
                is_routine(&pass.from) || !others.any(|other| !other.asked.is_disjoint(&pass.asked))
            };
            let mut possible: Vec<bool> = passes.iter().map(is_possible).collect();
            if possible.iter().all(|is_possible| *is_possible) {
                possible = passes.iter().map(is_clear).collect();
            }
            if possible.iter().all(|is_possible| *is_possible) {
                return passes;
            }
            let mut possible = possible.into_iter();
            passes.retain(|_| possible.next().unwrap_or_default());
        }
    }

    /// What may be meant, whether or not its old name is declared for something else, and its new one is taken.
    pub(super) fn meant(&self, asked: &Asked) -> Vec<(Key, Key)> {
        let found = self.called(asked, |_| true);
        let pair = |image: &Key| {
            let is_it = |to: &&Key| {
                to.kind() == image.kind()
                    && *to != image
                    && is_called(to, &asked.to)
                    && (is_beside(to, image)
                        || asked.to.len() > 1 && Rename::new(image.clone(), (*to).clone()).is_some())
            };
            let to: Vec<&Key> = self.new.iter().filter(is_it).collect();
            let beside = to.iter().find(|to| is_beside(to, image));
            beside.or_else(|| to.first().filter(|_| to.len() == 1)).map(|to| (*to).clone())
        };
        let is_in_turn = |key: &Key| key.names().len() <= self.depth;
        let pairs = found.iter().filter(|(key, _)| is_in_turn(key));
        pairs.filter_map(|(_, image)| Some((image.clone(), pair(image)?))).collect()
    }

    /// Gives each its name as soon as that is free. Where they wait for each other, one of them goes by another name meanwhile.
    fn carry_out(&mut self, mut passes: Vec<(Key, Key)>) {
        while let Some((first, _)) = passes.first() {
            let occupied: BTreeSet<Key> = self.images().collect();
            let free = passes.iter().position(|(_, to)| !occupied.contains(to));
            let (from, to) = match free {
                Some(at) => passes.remove(at),
                None => (first.clone(), self.aside(first, &occupied)),
            };
            let Some(rename) = Rename::new(from, to) else { continue };
            for (from, _) in &mut passes {
                *from = rename.image(from);
            }
            self.renames.push(rename);
        }
    }

    /// A name that nothing of its kind has, now or afterwards.
    fn aside(&self, key: &Key, occupied: &BTreeSet<Key>) -> Key {
        let name = |number: usize| {
            let what = if number == 1 { "old".to_owned() } else { format!("old{number}") };
            key.with_name(&quoted(&[&key::beside(&unquoted(key.name()), &what)]))
        };
        let mut names = (1..).map(name);
        names.find(|name| !occupied.contains(name) && !self.new.contains(name)).unwrap_or_else(|| key.clone())
    }
}
