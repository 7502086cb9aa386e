//! What `migrate.toml` can say, by its keys. What becomes of the values is `config`'s.

#[cfg(test)]
mod reference;

/// A key of `migrate.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    RequireDown,
    Links,
    HistoryTable,
    LockTimeout,
    StatementTimeout,
    Lock,
    Transaction,
    Beside,
    Production,
    Lints,
    Versions,
}

impl Setting {
    /// In the order in which they are explained.
    pub(crate) const ALL: [Self; 11] = [
        Self::RequireDown,
        Self::Links,
        Self::Versions,
        Self::HistoryTable,
        Self::LockTimeout,
        Self::StatementTimeout,
        Self::Lock,
        Self::Transaction,
        Self::Beside,
        Self::Production,
        Self::Lints,
    ];

    /// The one with this key.
    pub(crate) fn named(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.key() == key)
    }

    /// How it is written.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::RequireDown => "require-down",
            Self::Links => "links",
            Self::HistoryTable => "history-table",
            Self::LockTimeout => "lock-timeout",
            Self::StatementTimeout => "statement-timeout",
            Self::Lock => "lock",
            Self::Transaction => "transaction",
            Self::Beside => "beside",
            Self::Production => "production",
            Self::Lints => "lints",
            Self::Versions => "versions",
        }
    }
}
