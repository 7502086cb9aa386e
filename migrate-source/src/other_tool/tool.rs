//! The tools that migrations may come from, and what they are called.

use std::fmt;
use std::str::FromStr;

use crate::code::Code;

/// Another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tool {
    /// sqlx (Rust).
    Sqlx,
    /// refinery (Rust).
    Refinery,
    /// Diesel (Rust).
    Diesel,
    /// `SeaORM` (Rust): its migrations are Rust, of which only SQL beside them can be converted.
    SeaOrm,
    /// golang-migrate (Go), and what names its files alike.
    GolangMigrate,
    /// goose (Go).
    Goose,
    /// dbmate (Go).
    Dbmate,
    /// node-pg-migrate (Node.js), of which only files in SQL can be converted.
    NodePgMigrate,
    /// Drizzle (Node.js).
    Drizzle,
    /// Prisma (Node.js).
    Prisma,
    /// Flyway (Java).
    Flyway,
    /// Rails, Active Record (Ruby): its migrations are Ruby, of which only `structure.sql` can be converted.
    Rails,
    /// None of them: SQL files in the order of their paths, where numbers count as numbers, or in that of the
    /// `manifest.json` of each folder. It has no history table that could be adopted.
    Plain,
}

impl Tool {
    /// Every tool, in the order in which they are offered.
    pub const ALL: [Self; 13] = [
        Self::Sqlx,
        Self::Refinery,
        Self::Diesel,
        Self::SeaOrm,
        Self::GolangMigrate,
        Self::Goose,
        Self::Dbmate,
        Self::NodePgMigrate,
        Self::Drizzle,
        Self::Prisma,
        Self::Flyway,
        Self::Rails,
        Self::Plain,
    ];

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Refinery => "refinery",
            Self::Diesel => "diesel",
            Self::SeaOrm => "sea-orm",
            Self::GolangMigrate => "golang-migrate",
            Self::Goose => "goose",
            Self::Dbmate => "dbmate",
            Self::NodePgMigrate => "node-pg-migrate",
            Self::Drizzle => "drizzle",
            Self::Prisma => "prisma",
            Self::Flyway => "flyway",
            Self::Rails => "rails",
            Self::Plain => "plain",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is no tool's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTool(String);

impl UnknownTool {
    /// The kind of error that it is.
    pub fn code(&self) -> Code {
        Code::M0931
    }
}

impl fmt::Display for UnknownTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Tool::ALL.iter().map(|tool| tool.name()).collect();
        write!(f, "there is no import from `{}`: it is one of {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownTool {}

impl FromStr for Tool {
    type Err = UnknownTool;

    fn from_str(name: &str) -> Result<Self, UnknownTool> {
        let found = Self::ALL.into_iter().find(|tool| tool.name() == name);
        found.ok_or_else(|| UnknownTool(name.to_owned()))
    }
}
