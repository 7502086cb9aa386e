//! Which row of the tool's table stands for which of our versions, and the file that keeps it beside the migrations until
//! every database has been adopted.

use std::fmt;

use super::tool::Tool;
use super::version;
use crate::code::Code;

/// The name of the file, which whoever reads a folder of migrations leaves alone.
pub const LEDGER_FILE: &str = "migrate.import";

/// One migration, there and here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What its row in the tool's table is known by.
    pub key: String,
    /// Our version. Several keys have the same one where a file stands for many.
    pub version: i64,
    /// The name of our file, without its ending.
    pub stem: String,
    /// What the tool keeps as its checksum, in each form that it may have. Empty: it keeps none.
    pub checksums: Vec<String>,
    /// The file that it was made of.
    pub from: String,
}

/// All migrations of a folder that was imported, in the order in which they are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// Where they come from.
    pub tool: Tool,
    /// One a key.
    pub origins: Vec<Origin>,
}

/// Why a text is not what [`Origins`] are written as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginsError {
    line: usize,
    why: String,
}

impl OriginsError {
    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        Code::M0933
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is wrong with it.
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl fmt::Display for OriginsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{LEDGER_FILE}:{}: {}; restore it as the import wrote it", self.line, self.why)
    }
}

impl std::error::Error for OriginsError {}

const HEAD: &str = "# Imported from ";

impl Origins {
    /// Reads what [`Display`](fmt::Display) wrote.
    ///
    /// # Errors
    ///
    /// It is something else: where, and why.
    pub fn parse(text: &str) -> Result<Self, OriginsError> {
        let fail = |line, why: String| OriginsError { line, why };
        let first = text.lines().next().unwrap_or_default();
        let tool = first.strip_prefix(HEAD).and_then(|rest| rest.split('.').next()).unwrap_or_default();
        let tool = tool.parse::<Tool>().map_err(|error| fail(1, error.to_string()))?;
        let mut origins = Vec::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#')) {
            let fields: Vec<String> = line.split('\t').map(unescaped).collect();
            let [stem, key, checksums, from] = <[String; 4]>::try_from(fields)
                .map_err(|fields| fail(number, format!("{} columns instead of 4", fields.len())))?;
            let version = stem.split('_').next().and_then(|digits| digits.parse().ok());
            let version = version.ok_or_else(|| fail(number, format!("`{stem}` has no version")))?;
            let checksums = checksums.split(',').filter(|one| *one != "-").map(str::to_owned).collect();
            origins.push(Origin { key, version, stem, checksums, from });
        }
        Ok(Self { tool, origins })
    }

    /// The key as it is compared: some tools write one version in several ways.
    pub(crate) fn canonical(tool: Tool, key: &str) -> String {
        match tool {
            Tool::Sqlx | Tool::Refinery | Tool::GolangMigrate | Tool::Goose => {
                version::number(key).to_owned()
            }
            Tool::Flyway => version::parts(key),
            _ => key.to_owned(),
        }
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}{}.", self.tool)?;
        f.write_str(
            "# Which row of its history table stands for which file here, so that a database that it has migrated can be\n\
             # adopted. Once all have been, this file may go.\n\
             # The columns: file here, key there, checksum there, file there.\n",
        )?;
        for Origin { key, stem, checksums, from, .. } in &self.origins {
            let checksums = if checksums.is_empty() { "-".to_owned() } else { checksums.join(",") };
            writeln!(f, "{stem}\t{}\t{checksums}\t{}", escaped(key), escaped(from))?;
        }
        Ok(())
    }
}

/// A name may hold what separates columns and lines.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescaped(text: &str) -> String {
    let (mut result, mut characters) = (String::new(), text.chars());
    while let Some(c) = characters.next() {
        result.push(match c {
            '\\' => match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                other => other.unwrap_or('\\'),
            },
            c => c,
        });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read() {
        let origin = |key: &str, version, stem: &str, checksums: &[&str]| Origin {
            key: key.to_owned(),
            version,
            stem: stem.to_owned(),
            checksums: checksums.iter().map(|one| (*one).to_owned()).collect(),
            from: "a\tb\\n/ü.sql".to_owned(),
        };
        let origins = Origins {
            tool: Tool::NodePgMigrate,
            origins: vec![origin("1_a\n", 1, "0001_a", &[]), origin("", 2, "0002_b", &["x", "y"])],
        };
        assert_eq!(Origins::parse(&origins.to_string()), Ok(origins));
    }

    #[test]
    fn what_is_none() {
        for (text, line) in [("", 1), ("# Imported from rake.\n", 1), ("# Imported from sqlx.\n0001_a\t1", 2)]
        {
            assert_eq!(Origins::parse(text).expect_err("no origins").line, line);
        }
    }
}
