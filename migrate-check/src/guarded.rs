//! Runs the parser where it can harm nobody: on threads whose stack bounded nesting cannot overflow, with its panics
//! caught.

use std::num::NonZero;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Builder};

/// The parser recurses with each parenthesis, and what it made is dropped by recursion with each operator of a chain. It
/// is the address space that is reserved, not the memory.
const STACK: usize = if cfg!(target_pointer_width = "64") { 512 << 20 } else { 64 << 20 };

/// Beyond that, it is not the migrations that a build waits for.
const MAX_THREADS: usize = 8;

/// The results of a function for each item, in the order of the items. `None`: it panicked, or there is no thread.
pub(crate) fn map<I: Sync, O: Send>(items: &[I], function: impl Fn(&I) -> O + Sync) -> Vec<Option<O>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, caught(|| function(item))));
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS).min(items.len());
    let mut results: Vec<Option<O>> = items.iter().map(|_| None).collect();
    thread::scope(|scope| {
        let spawn = |_| Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok();
        let handles: Vec<_> = (0..threads).filter_map(spawn).collect();
        for (at, result) in handles.into_iter().filter_map(|handle| handle.join().ok()).flatten() {
            results[at] = result;
        }
    });
    results
}

/// The result of a function, or `None` where it panicked.
pub(crate) fn caught<O>(function: impl FnOnce() -> O) -> Option<O> {
    panic::catch_unwind(AssertUnwindSafe(function)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_and_a_panic_is_one_result() {
        let items: Vec<usize> = (0..1000).collect();
        let results = map(&items, |item| {
            assert!(*item != 7, "not this one");
            item * 2
        });
        assert_eq!(results.len(), 1000);
        for (at, result) in results.into_iter().enumerate() {
            assert_eq!(result, (at != 7).then_some(at * 2));
        }
        assert!(map(&[] as &[usize], |item| *item).is_empty());
    }
}
