//! Privileges that somebody passed on. Only who granted something can take it back, and who loses the right to pass something on
//! must not have done so: both are undone by a REVOKE … CASCADE from whom the owner granted it to.

use std::collections::BTreeSet;

use crate::kinds::acl::{Acl, Grants, OWNER};
use crate::statement::Statement;

/// Who granted what to whom, and whether it may be passed on.
#[derive(Clone, Debug)]
struct Grant {
    by: String,
    to: String,
    privilege: String,
    passed_on: bool,
}

/// The REVOKEs that undo what was passed on and does not stay as it is, and what is left then.
pub(crate) fn undo(granted: &str, before: Acl, after: &Acl, grants: &Grants<'_>) -> (Vec<Statement>, Acl) {
    let rows: Vec<[String; 4]> = serde_json::from_str(granted).unwrap_or_default();
    let mut all: Vec<Grant> = rows
        .into_iter()
        .map(|[by, to, privilege, passed_on]| Grant { by, to, privilege, passed_on: passed_on == "true" })
        .collect();
    let stays = |grant: &Grant| {
        let holds = after.get(&grant.by, &grant.privilege) == Some(true);
        let has = after.get(&grant.to, &grant.privilege);
        holds && has.is_some_and(|has| has || !grant.passed_on)
    };
    let broken: Vec<Grant> = all.iter().filter(|grant| grant.by != OWNER && !stays(grant)).cloned().collect();
    if broken.is_empty() {
        return (Vec::new(), before);
    }
    let cut: BTreeSet<(String, String)> =
        broken.iter().map(|grant| (grant.privilege.clone(), first_hand(&all, grant))).collect();
    for (privilege, grantee) in &cut {
        for grant in &mut all {
            grant.passed_on &= !(grant.by == OWNER && grant.to == *grantee && grant.privilege == *privilege);
        }
    }
    // What was granted by somebody who may not do that any more is gone, and so on.
    loop {
        let holds = |grant: &Grant| {
            grant.by == OWNER
                || all.iter().any(|other| {
                    other.to == grant.by && other.privilege == grant.privilege && other.passed_on
                })
        };
        let left: Vec<Grant> = all.iter().filter(|grant| holds(grant)).cloned().collect();
        let is_done = left.len() == all.len();
        all = left;
        if is_done {
            break;
        }
    }
    let mut left = Acl::default();
    for grant in &all {
        left.add(&grant.to, &grant.privilege, grant.passed_on && grant.to != OWNER);
    }
    let statements = cut.iter().map(|(privilege, grantee)| grants.cut(privilege, grantee)).collect();
    (statements, left)
}

/// To whom the owner granted what then came to this one.
fn first_hand(all: &[Grant], grant: &Grant) -> String {
    let mut by = grant.by.clone();
    let mut seen = BTreeSet::new();
    while seen.insert(by.clone()) {
        let to_it = |other: &&Grant| other.to == by && other.privilege == grant.privilege && other.passed_on;
        let sources: Vec<&Grant> = all.iter().filter(to_it).collect();
        match sources.iter().find(|other| other.by == OWNER).or(sources.first()) {
            Some(source) if source.by != OWNER => by.clone_from(&source.by),
            _ => break,
        }
    }
    by
}
