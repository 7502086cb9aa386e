//! A checkpoint in the place of migrations that were squashed: which databases begin with it, which have it already, and
//! which must go on with the archive first.

use migrate_runtime::{Checksum, Error, MigrationSet, Runner, State};
use migrate_source::HistoryDigest;

use crate::support::{Db, HISTORY, LOG, ROWS, TABLES, set as of, stems, value};

type File = (&'static str, &'static str);

const A: File = ("0001_a.sql", "CREATE TABLE a (id int);");
const B: File = ("0002_b.sql", "CREATE TABLE b (id int);");
const C: File = ("0003_c.sql", "CREATE TABLE c (id int);");
const D: File = ("0004_d.up.sql", "CREATE TABLE d (id int);");
const D_DOWN: File = ("0004_d.down.sql", "DROP TABLE d;");
const E: File = ("0005_e.sql", "CREATE TABLE e (id int);");

const ABC: &str = "CREATE TABLE a (id int);\nCREATE TABLE b (id int);\nCREATE TABLE c (id int);\n";

/// The digest of what these make of a history.
fn digest(files: &[File]) -> Checksum {
    let mut digest = HistoryDigest::default();
    for migration in of(files).iter() {
        digest.add(
            migration.version(),
            migration.description(),
            &migration.up().tokens_checksum().to_string(),
        );
    }
    digest.so_far().unwrap()
}

fn head(digests: &[Checksum]) -> String {
    let lines: Vec<String> =
        digests.iter().map(|digest| format!("-- migrate: checkpoint {digest}\n")).collect();
    lines.concat()
}

/// `0003_checkpoint` for A to C, and these behind it.
fn squashed(behind: &[File]) -> MigrationSet {
    let text = format!("{}\n{ABC}", head(&[digest(&[A, B, C])]));
    let files: Vec<(&str, &str)> =
        [("0003_checkpoint.sql", &*text)].into_iter().chain(behind.iter().copied()).collect();
    of(&files)
}

async fn states(runner: &Runner<'_>, db: &Db) -> Vec<(String, State)> {
    let status = runner.status(&mut db.connect().await).await.unwrap();
    status.migrations().iter().map(|one| (one.stem().to_owned(), one.state())).collect()
}

/// A database on which these were run.
async fn after(files: &[File]) -> Db {
    let db = Db::new().await;
    of(files).run(&mut db.connect().await).await.unwrap();
    db
}

/// No verb goes on, each says the same, and nothing is changed.
async fn check_refused(db: &Db, set: &MigrationSet, runner: &Runner<'_>) -> Error {
    let mut client = db.connect().await;
    let before = (value(&client, ROWS).await, value(&client, LOG).await, value(&client, TABLES).await);
    let error = runner.run(&mut client).await.unwrap_err();
    let others = [
        runner.plan(&mut client).await.unwrap_err(),
        runner.preview(&mut client).await.unwrap_err(),
        runner.rehearse(&mut client).await.unwrap_err(),
    ];
    assert!(others.iter().all(|other| other.to_string() == error.to_string()));
    assert_eq!(error.version(), set.iter().next().map(|checkpoint| checkpoint.version()));
    assert!(runner.repairs(&mut client).await.unwrap().is_empty());
    assert!(!runner.status(&mut client).await.unwrap().is_current());
    let baseline = runner.baseline(&mut client, 3).await.unwrap_err();
    assert!(baseline.to_string().contains("the database has a history already"), "{baseline}");
    let after = (value(&client, ROWS).await, value(&client, LOG).await, value(&client, TABLES).await);
    assert_eq!(before, after);
    error
}

#[tokio::test]
async fn a_new_database_begins_with_it() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let set = squashed(&[D, D_DOWN]);
    let report = set.run(&mut client).await.unwrap();
    assert_eq!(stems(report.applied()), ["0003_checkpoint", "0004_d"]);
    assert_eq!(
        (value(&client, ROWS).await, value(&client, TABLES).await),
        ("3 applied, 4 applied".into(), "a,b,c,d".into())
    );
    let again = set.run(&mut client).await.unwrap();
    assert_eq!((again.applied().len(), again.already_applied(), again.current()), (0, 2, Some("0004_d")));
    let runner = Runner::new(&set);
    assert!(runner.repairs(&mut client).await.unwrap().is_empty());
    let expected = [("0003_checkpoint".to_owned(), State::Applied), ("0004_d".to_owned(), State::Applied)];
    assert_eq!(states(&runner, &db).await, expected);
    // Its own row is like any other.
    let edited = of(&[("0003_checkpoint.sql", &format!("{}SELECT 1;", head(&[digest(&[A])]))), D, D_DOWN]);
    assert!(edited.run(&mut client).await.unwrap_err().is_changed());
    let repairs = Runner::new(&edited).repairs(&mut client).await.unwrap();
    assert_eq!(repairs.iter().map(migrate_runtime::Repair::version).collect::<Vec<_>>(), [3]);
}

#[tokio::test]
async fn a_database_that_has_all_of_it_has_it_already() {
    let db = after(&[A, B, C]).await;
    db.execute("UPDATE schema_migrations SET applied_at = '2024-05-06 07:08:09+00'").await;
    let mut client = db.connect().await;
    let set = squashed(&[D, D_DOWN, E]);
    let runner = Runner::new(&set);
    let plan = runner.plan(&mut client).await.unwrap();
    assert_eq!((plan.applied(), plan.current(), plan.warnings()), (1, Some("0003_checkpoint"), &[][..]));
    assert_eq!(runner.clone().target(3).plan(&mut client).await.unwrap().steps().len(), 0);
    let skip = runner.skip(&mut client, 3).await.unwrap_err();
    assert!(skip.to_string().ends_with("the history has it already [M0423]"), "{skip}");
    let report = set.run(&mut client).await.unwrap();
    assert_eq!(stems(report.applied()), ["0004_d", "0005_e"]);
    assert_eq!(value(&client, ROWS).await, "1 applied, 2 applied, 3 applied, 4 applied, 5 applied");
    let again = set.run(&mut client).await.unwrap();
    assert_eq!((again.applied().len(), again.already_applied(), again.current()), (0, 3, Some("0005_e")));
    let status = runner.status(&mut client).await.unwrap();
    assert!(status.is_current());
    let line = "0003_checkpoint  applied  2024-05-06T07:08:09Z  it stands for 3 migrations\n";
    assert!(status.to_string().starts_with(line), "{status}");
    assert!(runner.repairs(&mut client).await.unwrap().is_empty());
    // A binary from before the squash starts on it, whether it is older than the last migration or not.
    for files in [&[A, B, C][..], &[A, B, C, D, D_DOWN, E]] {
        let old = of(files).run(&mut client).await.unwrap();
        assert!(old.applied().is_empty());
    }
}

#[tokio::test]
async fn a_database_in_between_goes_on_with_the_archive() {
    for (files, at) in [(&[A][..], "1_a"), (&[A, B], "2_b")] {
        let db = after(files).await;
        let set = squashed(&[D, D_DOWN]);
        // Nobody can allow it.
        let runner = Runner::new(&set).allow_changed(..).allow_missing(..).allow_out_of_order(..);
        let error = check_refused(&db, &set, &runner).await;
        assert!(error.is_behind() && !error.is_changed());
        assert_eq!(
            error.to_string(),
            format!(
                "migrations/0003_checkpoint.sql is a checkpoint, and this database has only a part of what it stands \
                 for, up to {at}: apply the rest from the archive, by `migrate up --dir <archive>`, or by an older release \
                 of the service; then start again [M0408]"
            )
        );
        let mut client = db.connect().await;
        let status = runner.status(&mut client).await.unwrap().to_string();
        let line = format!(
            "0003_checkpoint  behind  the database is at {at}, which comes before it\n0004_d           pending"
        );
        assert_eq!(status, line);
        let skip = runner.skip(&mut client, 3).await.unwrap_err().to_string();
        assert!(skip.contains("only a part of what it stands for"), "{skip}");
        let skip = runner.skip(&mut client, 4).await.unwrap_err().to_string();
        assert!(skip.contains("others that come before it are not applied"), "{skip}");

        of(&[A, B, C]).run(&mut client).await.unwrap();
        assert_eq!(stems(set.run(&mut client).await.unwrap().applied()), ["0004_d"]);
    }
}

#[tokio::test]
async fn what_is_not_finished_is_brought_to_its_end_by_the_archive() {
    const STEPWISE: File =
        ("0002_b.sql", "-- migrate: no-transaction\nCREATE TABLE b (id int);\nSELECT 1/0;");
    for (row, state) in [("2", "failed"), ("3", "reverting")] {
        let db = after(&[A]).await;
        let mut client = db.connect().await;
        of(&[A, STEPWISE]).run(&mut client).await.unwrap_err();
        if state == "reverting" {
            db.execute(
                "UPDATE schema_migrations SET state = 'applied', statements_done = NULL, done_checksum = NULL, error = NULL, \
                 applied_at = now() WHERE version = 2; \
                 INSERT INTO schema_migrations (version, description, checksum, tokens_checksum, state, applied_at, \
                 statements_done, done_checksum) VALUES (3, 'c', 'x', 'x', 'reverting', now(), 0, 'x')",
            )
            .await;
        }
        let set = squashed(&[]);
        let error = check_refused(&db, &set, &Runner::new(&set).allow_changed(..)).await;
        let expected = format!(
            "{row}_{}, which it stands for, is not finished but {state}: ",
            if row == "2" { "b" } else { "c" }
        );
        assert!(error.is_behind() && error.to_string().contains(&expected), "{error}");
    }
}

#[tokio::test]
async fn comments_do_not_make_another_history() {
    const COMMENTED: File = ("0002_b.sql", "-- why\nCREATE TABLE b (\n  id int -- one\n);\n");
    let db = after(&[A, COMMENTED, C]).await;
    let report = squashed(&[D, D_DOWN]).run(&mut db.connect().await).await.unwrap();
    assert_eq!((stems(report.applied()), report.warnings()), (vec!["0004_d"], &[][..]));
}

#[tokio::test]
async fn another_history_is_an_error_that_may_be_allowed() {
    const EDITED: File = ("0002_b.sql", "CREATE TABLE b (id bigint);");
    const RENAMED: File = ("0002_other.sql", B.1);
    const OTHER: File = ("0003_other.sql", C.1);
    for files in [[A, EDITED, C], [A, RENAMED, C], [A, B, OTHER]] {
        let db = after(&files).await;
        let set = squashed(&[D, D_DOWN]);
        for runner in [Runner::new(&set), Runner::new(&set).allow_changed(..3).allow_missing(..)] {
            let error = check_refused(&db, &set, &runner).await;
            assert!(error.is_changed() && !error.is_behind());
            assert_eq!(
                error.to_string(),
                "migrations/0003_checkpoint.sql is a checkpoint, and what was applied to this database up to here is not what \
                 was squashed: compare them by `migrate status --dir <archive>`, and where the schema is the same all the \
                 same, allow it by Runner::allow_changed [M0410]"
            );
            let expected =
                [("0003_checkpoint".to_owned(), State::Changed), ("0004_d".to_owned(), State::Pending)];
            assert_eq!(states(&runner, &db).await, expected);
        }
        let report = Runner::new(&set).allow_changed(3..=3).run(&mut db.connect().await).await.unwrap();
        assert_eq!(stems(report.applied()), ["0004_d"]);
        let warning =
            "0003_checkpoint: what was applied up to here is not what was squashed, which is allowed";
        assert_eq!(report.warnings(), [warning]);
    }
    // One that was there is not any more.
    let db = after(&[A, B, C]).await;
    db.execute("DELETE FROM schema_migrations WHERE version = 2").await;
    let set = squashed(&[]);
    assert!(check_refused(&db, &set, &Runner::new(&set)).await.is_changed());
}

#[tokio::test]
async fn what_was_recorded_without_running_counts_too() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    db.execute(ABC).await;
    let archive = of(&[A, B, C]);
    Runner::new(&archive).baseline(&mut client, 2).await.unwrap();
    Runner::new(&archive).skip(&mut client, 3).await.unwrap();
    let set = squashed(&[D, D_DOWN]);
    assert_eq!(states(&Runner::new(&set), &db).await[0].1, State::Skipped);
    assert_eq!(stems(set.run(&mut client).await.unwrap().applied()), ["0004_d"]);

    let db = Db::new().await;
    let mut client = db.connect().await;
    db.execute(ABC).await;
    let report = Runner::new(&set).baseline(&mut client, 3).await.unwrap();
    assert_eq!(report.recorded(), ["0003_checkpoint"]);
    assert_eq!(stems(set.run(&mut client).await.unwrap().applied()), ["0004_d"]);
}

#[tokio::test]
async fn the_way_back_ends_at_it() {
    let set = squashed(&[D, D_DOWN]);
    let runner = Runner::new(&set);
    let db = after(&[A, B, C]).await;
    let mut client = db.connect().await;
    set.run(&mut client).await.unwrap();
    let rows = value(&client, ROWS).await;
    for error in [
        runner.revert(&mut client, 2).await.unwrap_err(),
        runner.revert(&mut client, 9).await.unwrap_err(),
        runner.revert_to(&mut client, 2).await.unwrap_err(),
        runner.revert_to(&mut client, 0).await.unwrap_err(),
        runner.preview_revert(&mut client, 2).await.unwrap_err(),
    ] {
        assert!(error.is_irreversible());
        assert_eq!(
            format!("{error:#}"),
            "migrations/0003_checkpoint.sql is a checkpoint, and the 3 migrations that this database has of what it stands \
             for can be reverted from their archive only: by `migrate down --dir <archive>`, once what is newer is reverted [M0436]"
        );
    }
    assert_eq!(value(&client, ROWS).await, rows);
    assert_eq!(stems(runner.revert_to(&mut client, 3).await.unwrap().reverted()), ["0004_d"]);
    let report = runner.revert(&mut client, 0).await.unwrap();
    assert_eq!((report.reverted().len(), report.current()), (0, Some("0003_checkpoint")));
    set.run(&mut client).await.unwrap();
    assert_eq!(stems(runner.revert(&mut client, 1).await.unwrap().reverted()), ["0004_d"]);

    // One that is in between has the same obstacle.
    let db = after(&[A, B]).await;
    let error = runner.revert(&mut db.connect().await, 1).await.unwrap_err().to_string();
    assert!(error.contains("the 2 migrations that this database has of what it stands for"), "{error}");

    let db = Db::new().await;
    let mut client = db.connect().await;
    set.run(&mut client).await.unwrap();
    let error = runner.revert(&mut client, 2).await.unwrap_err().to_string();
    assert!(error.contains("is the checkpoint that this database began with"), "{error}");
    assert_eq!(stems(runner.revert(&mut client, 1).await.unwrap().reverted()), ["0004_d"]);
    assert!(runner.revert(&mut client, 1).await.unwrap_err().is_irreversible());
}

/// A later checkpoint stands for what an earlier one stood for, and for that one.
#[tokio::test]
async fn a_checkpoint_of_a_checkpoint() {
    let first = squashed(&[D, D_DOWN, E]);
    let old = digest(&[A, B, C]);
    let mut from_checkpoint = HistoryDigest::default();
    let mut from_old = HistoryDigest::after(old);
    for (at, migration) in first.iter().enumerate() {
        let tokens = migration.up().tokens_checksum().to_string();
        from_checkpoint.add(migration.version(), migration.description(), &tokens);
        if at > 0 {
            from_old.add(migration.version(), migration.description(), &tokens);
        }
    }
    let head = head(&[from_checkpoint.so_far().unwrap(), from_old.so_far().unwrap()]);
    let text = format!("{head}\n{ABC}{}\n{}\n", D.1, E.1);
    let second = of(&[("0005_checkpoint.sql", &text), ("0006_f.sql", "CREATE TABLE f ();")]);

    let generations = [Db::new().await, Db::new().await, after(&[A, B, C]).await];
    first.run(&mut generations[1].connect().await).await.unwrap();
    first.run(&mut generations[2].connect().await).await.unwrap();
    for (db, rows) in generations.iter().zip(["5,6", "3,4,5,6", "1,2,3,4,5,6"]) {
        let mut client = db.connect().await;
        assert_eq!(stems(second.run(&mut client).await.unwrap().applied()).last(), Some(&"0006_f"));
        assert_eq!(
            (value(&client, HISTORY).await, value(&client, TABLES).await),
            (rows.into(), "a,b,c,d,e,f".into())
        );
        assert!(second.status(&mut client).await.unwrap().is_current());
    }
    // In between, with the older checkpoint or without.
    for files in [&[A, B, C][..], &[A]] {
        assert!(second.run(&mut after(files).await.connect().await).await.unwrap_err().is_behind());
    }
    let db = Db::new().await;
    squashed(&[]).run(&mut db.connect().await).await.unwrap();
    let error = second.run(&mut db.connect().await).await.unwrap_err();
    assert!(error.to_string().contains("up to 3_checkpoint"), "{error}");
}
