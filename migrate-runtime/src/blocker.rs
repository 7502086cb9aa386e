//! A session that stands in the way of a migration, as a value to be shown.

use std::fmt;
use std::time::Duration;

/// A session that holds a lock that a migration waits for, as it was while the migration waited.
///
/// What a role may not see of other roles' sessions is `None`; membership in `pg_read_all_stats` shows all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    pub(crate) pid: i32,
    pub(crate) application: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) transaction_age: Option<Duration>,
    pub(crate) state_age: Option<Duration>,
    pub(crate) query: Option<String>,
    pub(crate) wanted: Option<String>,
}

/// A query in a message is cut off after this many characters.
const LONGEST_QUERY: usize = 200;

impl Blocker {
    /// The same, without what it runs.
    pub(crate) fn without_query(self) -> Self {
        Self { query: None, ..self }
    }

    /// The process of its backend: what `pg_terminate_backend` takes. 0 stands for a prepared transaction.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Its `application_name`.
    pub fn application(&self) -> Option<&str> {
        self.application.as_deref()
    }

    /// The role that it is connected as.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The address that it is connected from; `None` for a Unix-domain socket.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// What it does, in PostgreSQL's words: `active`, `idle in transaction`, ….
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// How long its transaction has been open.
    pub fn transaction_age(&self) -> Option<Duration> {
        self.transaction_age
    }

    /// How long it has been in its state.
    pub fn state_age(&self) -> Option<Duration> {
        self.state_age
    }

    /// The query that it runs, or ran last.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// The lock that the migration waits for: `AccessExclusiveLock on users`.
    pub fn wanted(&self) -> Option<&str> {
        self.wanted.as_deref()
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return f.write_str("a prepared transaction (pg_prepared_xacts lists them, ROLLBACK PREPARED or COMMIT PREPARED ends one)");
        }
        write!(f, "pid {}", self.pid)?;
        let mut attributes = Vec::new();
        attributes.extend(self.application.as_ref().map(|name| format!("application {name:?}")));
        attributes.extend(self.user.as_ref().map(|name| format!("role {name}")));
        attributes.extend(self.address.clone());
        match (&self.state, self.state_age) {
            (Some(state), Some(age)) => attributes.push(format!("{state} for {}", seconds(age))),
            (Some(state), None) => attributes.push(state.clone()),
            _ => {}
        }
        attributes.extend(self.transaction_age.map(|age| format!("transaction {} old", seconds(age))));
        if !attributes.is_empty() {
            write!(f, " ({})", attributes.join(", "))?;
        }
        if let Some(query) = &self.query {
            let words: Vec<&str> = query.split_whitespace().collect();
            let query: String = words.join(" ").chars().take(LONGEST_QUERY).collect();
            write!(f, ": {query}")?;
        }
        Ok(())
    }
}

/// In one line. `None`: nobody.
pub(crate) fn list(blockers: &[Blocker]) -> Option<String> {
    let texts: Vec<String> = blockers.iter().map(Blocker::to_string).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// `0.4 s`, `12 s`, `3 min`, `5 h`.
fn seconds(age: Duration) -> String {
    match age.as_secs() {
        0..10 => format!("{:.1} s", age.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_who_since_when_and_what() {
        let blocker = Blocker {
            pid: 4711,
            application: Some("billing".into()),
            user: Some("app".into()),
            address: None,
            state: Some("idle in transaction".into()),
            transaction_age: Some(Duration::from_mins(5)),
            state_age: Some(Duration::from_millis(1250)),
            query: Some("SELECT *\n  FROM users".into()),
            wanted: None,
        };
        assert_eq!(
            blocker.to_string(),
            "pid 4711 (application \"billing\", role app, idle in transaction for 1.2 s, transaction 5 min old): \
             SELECT * FROM users"
        );
        let prepared = Blocker { pid: 0, ..blocker };
        assert_eq!(
            prepared.to_string(),
            "a prepared transaction (pg_prepared_xacts lists them, ROLLBACK PREPARED or COMMIT PREPARED ends one)"
        );
    }
}
