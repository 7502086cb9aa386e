//! Made-up rows: every table gets some, whatever its types and constraints, and what a plan loses is found by them.

use migrate_schema::{Generated, Request, Viewpoint, generate};

use crate::support::{self, Db};

/// Plans the way from what the one makes to what both make.
async fn plan(before: &str, more: &str, request: &Request) -> (Db, Generated) {
    let (here, there) = (Db::new().await, Db::new().await);
    here.client.batch_execute(before).await.unwrap();
    there.client.batch_execute(&format!("{before};{more}")).await.unwrap();
    let goal = there.read().await;
    let began = std::time::Instant::now();
    let generated = generate(&here.client, &goal, &Viewpoint::default(), request).await.unwrap();
    eprintln!("{:?}", began.elapsed());
    there.drop().await;
    (here, generated)
}

#[tokio::test]
async fn every_table_gets_rows() {
    support::prepare().await;
    let every = include_str!("../sample/every.sql");
    let (here, generated) = plan(every, "CREATE TABLE one_more ()", &Request::default()).await;
    for rows in &generated.sample {
        eprintln!("{} {}", rows.table, rows.count);
    }
    here.drop().await;
    let (here, _) = plan(every, "CREATE TABLE one_more ()", &Request::default().with_sample_rows(0)).await;
    here.drop().await;
}
