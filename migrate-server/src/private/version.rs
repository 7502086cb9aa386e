//! The version of a PostgreSQL: as it says itself, and the major part that data belong to.

/// A version such as `15.18`, `18beta1` or `9.6.24`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version(String);

impl Version {
    /// From what `postgres --version` writes: `postgres (PostgreSQL) 15.18 (Debian 15.18-0)`.
    pub(crate) fn parse(output: &str) -> Option<Self> {
        let version = output.split_once("(PostgreSQL)")?.1.split_whitespace().next()?;
        let starts_with_number = version.starts_with(|c: char| c.is_ascii_digit());
        starts_with_number.then(|| Self(version.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What a data directory has in its `PG_VERSION`.
    pub(crate) fn major(&self) -> &str {
        let is_digit = |c: char| c.is_ascii_digit();
        let first = self.0.find(|c| !is_digit(c)).unwrap_or(self.0.len());
        if self.number() >= 10 || !self.0[first..].starts_with('.') {
            return &self.0[..first];
        }
        let second = &self.0[first + 1..];
        let length = second.find(|c| !is_digit(c)).unwrap_or(second.len());
        &self.0[..first + 1 + length]
    }

    /// The first number, which alone tells the age.
    pub(crate) fn number(&self) -> u32 {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        self.0[..end].parse().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn reads_what_postgres_says() {
        for (output, version, major) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", "15.18", "15"),
            ("postgres (PostgreSQL) 18.4\n", "18.4", "18"),
            ("postgres (PostgreSQL) 19beta2\n", "19beta2", "19"),
            ("postgres (PostgreSQL) 17devel\n", "17devel", "17"),
            ("postgres (PostgreSQL) 9.6.24\n", "9.6.24", "9.6"),
        ] {
            let parsed = Version::parse(output).expect(output);
            assert_eq!((parsed.as_str(), parsed.major()), (version, major));
        }
        assert_eq!(Version::parse("command not found"), None);
        assert_eq!(Version::parse("postgres (PostgreSQL) "), None);
    }
}
