//! Lists of who may do what, and the statements that take one to another.

use std::collections::{BTreeMap, BTreeSet};

use crate::statement::Statement;

/// How a list calls the owner of the thing, whoever that is. No role has this name, which would be in quotes.
pub(crate) const OWNER: &str = "OWNER";

/// For each grantee, each privilege, and whether it may be passed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Acl(BTreeMap<String, BTreeMap<String, bool>>);

impl Acl {
    pub(crate) fn read(json: &str) -> Self {
        let mut acl = Self::default();
        let Ok(serde_json::Value::Object(grantees)) = serde_json::from_str(json) else { return acl };
        for (grantee, privileges) in grantees {
            for (privilege, passed_on) in privileges.as_object().into_iter().flatten() {
                acl.add(&grantee, privilege, passed_on.as_bool().unwrap_or_default());
            }
        }
        acl
    }

    pub(crate) fn add(&mut self, grantee: &str, privilege: &str, passed_on: bool) {
        let before = self.0.entry(grantee.to_owned()).or_default().entry(privilege.to_owned()).or_default();
        *before |= passed_on;
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        self.0.iter().flat_map(|(grantee, privileges)| {
            privileges
                .iter()
                .map(move |(privilege, passed_on)| (grantee.as_str(), privilege.as_str(), *passed_on))
        })
    }

    pub(crate) fn get(&self, grantee: &str, privilege: &str) -> Option<bool> {
        self.0.get(grantee)?.get(privilege).copied()
    }

    /// What a grantee may do.
    pub(crate) fn privileges(&self, grantee: &str) -> BTreeSet<String> {
        self.0.get(grantee).into_iter().flat_map(BTreeMap::keys).cloned().collect()
    }

    /// What either of the two says.
    pub(crate) fn or(mut self, other: &Self) -> Self {
        for (grantee, privilege, passed_on) in other.entries() {
            self.add(grantee, privilege, passed_on);
        }
        self
    }

    /// What both say.
    pub(crate) fn both(&self, other: &Self) -> Self {
        self.filtered(|grantee, privilege| other.get(grantee, privilege).is_some())
    }

    /// What the other one does not say.
    pub(crate) fn without(&self, other: &Self) -> Self {
        self.filtered(|grantee, privilege| other.get(grantee, privilege).is_none())
    }

    fn filtered(&self, keep: impl Fn(&str, &str) -> bool) -> Self {
        let mut acl = Self::default();
        for (grantee, privilege, passed_on) in
            self.entries().filter(|(grantee, privilege, _)| keep(grantee, privilege))
        {
            acl.add(grantee, privilege, passed_on);
        }
        acl
    }

    /// What becomes of it when a role gets the thing: what it had been granted is now the owner's.
    pub(crate) fn owned_by(&self, role: Option<&str>) -> Self {
        let mut acl = Self::default();
        for (grantee, privilege, passed_on) in self.entries() {
            if Some(grantee) == role {
                acl.add(OWNER, privilege, false);
            } else {
                acl.add(grantee, privilege, passed_on);
            }
        }
        acl
    }
}

/// How grants on a thing are written.
pub(crate) struct Grants<'g> {
    /// What stands before GRANT and REVOKE.
    pub(crate) prefix: String,
    /// What comes after ON.
    pub(crate) object: String,
    /// The column that they are for.
    pub(crate) column: Option<&'g str>,
    /// What ALL stands for.
    pub(crate) all: BTreeSet<String>,
    pub(crate) owner: &'g str,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    Revoke,
    RevokeOption,
    Grant,
    GrantWithOption,
}

impl Grants<'_> {
    /// From one list to the other: what is taken, then what is given, and those who get the same in one statement.
    pub(crate) fn statements(&self, before: &Acl, after: &Acl) -> Vec<Statement> {
        let mut doings: BTreeMap<(Doing, &str), BTreeSet<&str>> = BTreeMap::new();
        let mut add = |doing, grantee, privilege| {
            doings.entry((doing, grantee)).or_default().insert(privilege);
        };
        for (grantee, privilege, passed_on) in before.entries() {
            match after.get(grantee, privilege) {
                None => add(Doing::Revoke, grantee, privilege),
                Some(false) if passed_on => add(Doing::RevokeOption, grantee, privilege),
                Some(_) => {}
            }
        }
        for (grantee, privilege, passed_on) in after.entries() {
            let had = before.get(grantee, privilege);
            match passed_on {
                true if had != Some(true) => add(Doing::GrantWithOption, grantee, privilege),
                false if had.is_none() => add(Doing::Grant, grantee, privilege),
                _ => {}
            }
        }
        let mut together: BTreeMap<(Doing, BTreeSet<&str>), Vec<&str>> = BTreeMap::new();
        for ((doing, grantee), privileges) in doings {
            together.entry((doing, privileges)).or_default().push(grantee);
        }
        together
            .into_iter()
            .map(|((doing, privileges), roles)| self.statement(doing, &privileges, &roles))
            .collect()
    }

    /// Takes back the right to pass something on, with all that came of it.
    pub(crate) fn cut(&self, privilege: &str, grantee: &str) -> Statement {
        let statement = self.statement(Doing::RevokeOption, &BTreeSet::from([privilege]), &[grantee]);
        Statement::new(format!("{} CASCADE", statement.sql))
    }

    fn statement(&self, doing: Doing, privileges: &BTreeSet<&str>, grantees: &[&str]) -> Statement {
        let roles: Vec<&str> =
            grantees.iter().map(|grantee| if *grantee == OWNER { self.owner } else { grantee }).collect();
        let (what, object, roles) = (self.privileges(privileges), &self.object, roles.join(", "));
        let sql = match doing {
            Doing::Revoke => format!("REVOKE {what} ON {object} FROM {roles}"),
            Doing::RevokeOption => format!("REVOKE GRANT OPTION FOR {what} ON {object} FROM {roles}"),
            Doing::Grant => format!("GRANT {what} ON {object} TO {roles}"),
            Doing::GrantWithOption => format!("GRANT {what} ON {object} TO {roles} WITH GRANT OPTION"),
        };
        Statement::new(format!("{}{sql}", self.prefix))
    }

    fn privileges(&self, privileges: &BTreeSet<&str>) -> String {
        // ALL says less than the name of the only one there is.
        if self.all.len() > 1 && privileges.iter().copied().eq(self.all.iter().map(String::as_str)) {
            return "ALL".to_owned();
        }
        let mut names: Vec<&str> = privileges.iter().copied().collect();
        names.sort_by_key(|name| ORDER.iter().position(|other| other == name).unwrap_or(ORDER.len()));
        let column = self.column.map(|column| format!(" ({column})")).unwrap_or_default();
        names.iter().map(|name| format!("{name}{column}")).collect::<Vec<_>>().join(", ")
    }
}

/// As PostgreSQL's manual lists them.
const ORDER: [&str; 8] =
    ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"];
