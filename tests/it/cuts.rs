//! The connection is cut, anywhere in the conversation of a run; the next run ends as if nothing had happened.

use crate::disturbed::{FILES, Random, faults, measure, sweep};
use crate::fault_proxy::{Act, FaultProxy};
use crate::support::{say, set};

#[tokio::test]
async fn a_connection_that_is_cut_anywhere() {
    let set = set(&FILES);
    // Closed first: a reset takes from the server what it has not read yet.
    let faults = faults(&measure(&set).await, 56, &[Act::Close, Act::Reset], Random::seed(11));
    let left = Box::pin(sweep(&set, &faults, async |fault, url| {
        let proxy = FaultProxy::to(url, Some(fault)).await;
        format!("{:?}", set.run_url(&proxy.url(url)).await)
    }));
    let left = left.await;
    say(&format!("cuts: {} connections cut, {left} of them left work to do", faults.len()));
    assert!(faults.len() >= 60 && left > 0);
}
