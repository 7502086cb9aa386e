//! What `status` says, contradictions included.

use crate::support::{Db, set};

#[tokio::test]
async fn every_state_has_its_line() {
    let db = Db::new().await;
    let mut client = db.connect().await;
    let applied = [
        ("0001_a.sql", "SELECT 1;"),
        ("0002_b.sql", "SELECT 2;"),
        ("0003_c.sql", "SELECT 3;"),
        ("0004_d.sql", "SELECT 4;"),
    ];
    let first = set(&applied);
    assert_eq!(
        first.status(&mut client).await.unwrap().to_string(),
        "0001_a  pending\n0002_b  pending\n0003_c  pending\n0004_d  pending"
    );
    first.run(&mut client).await.unwrap();
    assert!(first.status(&mut client).await.unwrap().is_current());
    db.execute("DELETE FROM schema_migrations WHERE version = 1").await;
    db.execute("UPDATE schema_migrations SET applied_at = '2024-05-06 07:08:09+00'").await;

    let status =
        set(&[applied[0], applied[1], ("0003_c.sql", "SELECT 33;")]).status(&mut client).await.unwrap();
    assert!(!status.is_current());
    let at = "2024-05-06T07:08:09Z";
    assert_eq!(
        status.to_string(),
        format!(
            "0001_a  out of order  4_d is applied already\n0002_b  applied  {at}\n\
             0003_c  changed  {at}  the file was edited since\n4_d     ahead  {at}  applied by a newer version"
        )
    );
    let json = serde_json::to_value(&status).unwrap();
    assert_eq!(json["migrations"][1]["state"], "applied");
    assert_eq!(json["migrations"][0]["state"], "out-of-order");
}

#[tokio::test]
async fn a_report_is_a_value() {
    let db = Db::new().await;
    let report = set(&[("0001_a.sql", "SELECT 1;")]).run(&mut db.connect().await).await.unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["applied"][0]["version"], 1);
    assert_eq!(json["applied"][0]["stem"], "0001_a");
    assert_eq!(json["current"], "0001_a");
    let text = report.to_string();
    assert!(
        text.starts_with("applied 1 migration in ") && text.ends_with("\nthe database is at 0001_a"),
        "{text}"
    );
}
