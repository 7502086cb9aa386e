//! A migration that takes long: who is in its way, and how far it is.

use std::sync::Mutex;

use migrate_runtime::cli::Exit;
use migrate_runtime::{Activity, Hooks, Runner};
use tokio::sync::Notify;

use crate::cli::play_at;
use crate::locks::{ENOUGH, FIRST, SHORT, Scene};
use crate::support::set;

/// What the hooks heard of migrations that took long; the first blocker lets another session go on.
#[derive(Default)]
struct Seen {
    activities: Mutex<Vec<(String, Activity)>>,
    blocked: Notify,
}

impl Hooks for Seen {
    fn under_way(&self, stem: &str, activity: &Activity) {
        self.activities.lock().unwrap().push((stem.to_owned(), activity.clone()));
        if !activity.blockers().is_empty() {
            self.blocked.notify_one();
        }
    }
}

#[tokio::test]
async fn blocker_and_progress_are_shown_while_it_waits() {
    struct Case {
        statement: &'static str,
        directive: &'static str,
        wanted: &'static str,
        /// As PostgreSQL calls the statement and what it does, where it reports on it.
        progress: Option<(&'static str, &'static str)>,
    }
    let alone = "-- migrate: no-transaction\n";
    let cases = [
        Case {
            statement: "CREATE INDEX CONCURRENTLY i ON t (id);",
            directive: alone,
            wanted: "ShareLock on ",
            progress: Some(("CREATE INDEX CONCURRENTLY", "waiting for ")),
        },
        Case {
            statement: "REINDEX TABLE CONCURRENTLY t;",
            directive: alone,
            wanted: "ShareLock on ",
            progress: Some(("REINDEX CONCURRENTLY", "waiting for ")),
        },
        Case {
            statement: "ALTER TABLE whole DETACH PARTITION t CONCURRENTLY;",
            directive: alone,
            wanted: "ShareLock on ",
            progress: None,
        },
        Case {
            statement: "VACUUM FULL t;",
            directive: alone,
            wanted: "AccessExclusiveLock on t",
            progress: None,
        },
        Case {
            statement: "ALTER TABLE t ADD CHECK (id < 9);",
            directive: "",
            wanted: "AccessExclusiveLock on t",
            progress: None,
        },
    ];
    for Case { statement, directive, wanted, progress } in cases {
        let Scene { db, reader, pid } = Scene::new().await;
        reader.batch_execute("COMMIT").await.unwrap();
        db.execute(
            "ALTER TABLE t ADD PRIMARY KEY (id); \
             CREATE TABLE whole (id int NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id); \
             ALTER TABLE whole ATTACH PARTITION t FOR VALUES FROM (0) TO (9)",
        )
        .await;
        reader.batch_execute("BEGIN; INSERT INTO whole VALUES (1)").await.unwrap();
        let set = set(&[FIRST, ("0002_x.sql", &format!("{directive}{statement}"))]);
        let seen = Seen::default();
        let runner = Runner::new(&set).lock_timeout(ENOUGH * 2).hooks(&seen).watch_url(&db.url);
        let release = async {
            seen.blocked.notified().await;
            reader.batch_execute("COMMIT").await.unwrap();
        };
        let mut client = db.connect().await;
        let (report, ()) = tokio::join!(runner.run(&mut client), release);
        assert_eq!(report.unwrap().applied().len(), 1, "{statement}");
        let activities = seen.activities.lock().unwrap();
        let (stem, activity) = activities.iter().find(|(_, one)| !one.blockers().is_empty()).unwrap();
        let [blocker] = activity.blockers() else { panic!("{statement}: {activity:?}") };
        assert_eq!((&**stem, blocker.pid().to_string()), ("0002_x", pid), "{statement}");
        assert_eq!(blocker.application(), Some("billing \"nightly\""));
        assert_eq!(blocker.state(), Some("idle in transaction"));
        assert!(blocker.user().is_some() && blocker.state_age().is_some());
        assert_eq!(blocker.query(), Some("BEGIN; INSERT INTO whole VALUES (1)"));
        assert!(blocker.wanted().unwrap().starts_with(wanted), "{statement}: {blocker:?}");
        let Some((command, phase)) = progress else {
            assert_eq!(activity.progress(), None, "{statement}");
            continue;
        };
        let found = activity.progress().unwrap();
        assert_eq!((found.command(), found.relation()), (command, Some("t")), "{statement}");
        assert!(found.phase().starts_with(phase), "{statement}: {found}");
        assert_eq!(found.lockers().map(|(_, total)| total), Some(1), "{statement}: {found}");
        assert_eq!(found.current_locker(), Some(blocker.pid()), "{statement}: {found}");
    }
}

#[tokio::test]
async fn command_line_names_who_is_in_the_way() {
    for is_live in [false, true] {
        let Scene { db, reader, pid } = Scene::new().await;
        reader.batch_execute("INSERT INTO t VALUES (1)").await.unwrap();
        let script = "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (id);";
        let set = set(&[FIRST, ("0002_i.sql", script)]);
        let seen = Seen::default();
        let runner = Runner::new(&set).lock_timeout(SHORT).hooks(&seen);
        let release = async {
            seen.blocked.notified().await;
            reader.batch_execute("COMMIT").await.unwrap();
        };
        let up = play_at(&db.url, runner, "up", &[], |terminal| terminal.live(is_live));
        let (up, ()) = tokio::join!(up, release);
        assert_eq!(up.exit, Exit::Done, "{}", up.err);
        let line = format!("  0002_i waits for pid {pid} (application \"billing \\\"nightly\\\"\", role ");
        assert_eq!(up.err.matches(&line).count(), 1, "{}", up.err);
        let rest = &up.err[up.err.find(&line).unwrap()..];
        let line = rest.lines().next().unwrap();
        assert!(
            line.contains("idle in transaction for ") && line.contains(": INSERT INTO t VALUES (1)"),
            "{line}"
        );
        assert!(line.contains(", CREATE INDEX CONCURRENTLY on t: waiting for "), "{line}");
        assert!(line.contains(", 0 of 1 sessions, now for pid "), "{line}");
    }
}
