//! Which databases outlive their test: what `MIGRATE_KEEP_TEST_DATABASES` says.

/// What is kept for whoever wants to look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    Nothing,
    Failed,
    All,
}

impl Keep {
    /// As the environment says.
    pub(super) fn wanted() -> Self {
        Self::of(&std::env::var("MIGRATE_KEEP_TEST_DATABASES").unwrap_or_default())
    }

    fn of(value: &str) -> Self {
        match value.trim() {
            "" | "0" | "no" | "false" => Self::Nothing,
            "failed" => Self::Failed,
            // Whatever else it is, somebody wants to keep something.
            _ => Self::All,
        }
    }

    /// Whether the database of a test is kept.
    pub(super) fn keeps(self, has_failed: bool) -> bool {
        self == Self::All || self == Self::Failed && has_failed
    }
}

#[cfg(test)]
mod tests {
    use super::Keep;

    #[test]
    fn what_is_kept() {
        for (value, passed, failed) in
            [("", false, false), ("0", false, false), ("failed", false, true), ("1", true, true)]
        {
            let keep = Keep::of(value);
            assert_eq!((keep.keeps(false), keep.keeps(true)), (passed, failed), "{value}");
        }
    }
}
