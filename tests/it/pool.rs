//! A client from a pool is a client.

use deadpool_postgres::{Manager, Pool};
use migrate_runtime::tokio_postgres::NoTls;

use crate::support::{Db, borrowed, set, small};

#[tokio::test]
async fn an_object_of_deadpool_is_taken_as_it_is() {
    let db = Db::new().await;
    let pool = Pool::builder(Manager::new(db.url.parse().unwrap(), NoTls)).max_size(2).build().unwrap();
    let files = small(2);
    let set = set(&borrowed(&files));
    let mut object = pool.get().await.unwrap();
    assert_eq!(set.run(&mut object).await.unwrap().applied().len(), 2);
    assert!(object.query("SELECT id FROM t1", &[]).await.unwrap().is_empty());
}
