//! What templates and test databases are called, and by which advisory locks it is known who is at work on them. A name
//! says whose it is, so that nothing else need be written down.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

const TEST_DATABASE: &str = "migrate_testdb_";
pub(super) const TEMPLATE: &str = "migrate_template_";

/// A regular expression for both, which takes what is called in a similar way for neither.
pub(super) const PATTERN: &str = "^migrate_(testdb_[0-9]+_[0-9a-f]+_[0-9]+|template_[0-9a-f]{32})$";

/// This process, in contrast to all others that there ever were: its id, which another has after it, and when it started
/// here; two containers may have both in common.
pub(super) fn this_process() -> &'static str {
    static OWNER: OnceLock<String> = OnceLock::new();
    OWNER.get_or_init(|| {
        let start = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let random = RandomState::new().hash_one(()) & 0xffff;
        format!("{}_{:x}{random:04x}", std::process::id(), start.as_millis())
    })
}

/// The name of a test database that there is not yet.
pub(super) fn new_database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{TEST_DATABASE}{}_{}", this_process(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The process that a test database belongs to.
pub(super) fn owner(database: &str) -> Option<&str> {
    Some(database.strip_prefix(TEST_DATABASE)?.rsplit_once('_')?.0)
}

/// The advisory lock that a process holds as long as it lives, and who makes a template until it is made.
pub(super) fn lock_key(of: &str) -> i64 {
    let digest = Sha256::digest(format!("migrate-runtime testing {of}"));
    digest.iter().take(8).fold(0, |key, byte| key << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whose_it_is() {
        let names = [new_database(), new_database()];
        assert_ne!(names[0], names[1]);
        for name in names {
            assert_eq!(owner(&name), Some(this_process()));
            assert!(name.len() < 64, "{name}");
        }
        assert_eq!(owner("migrate_test_1_2"), None);
        assert_eq!(owner("postgres"), None);
        assert_ne!(lock_key("a"), lock_key("b"));
    }
}
