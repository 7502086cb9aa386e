//! How a column is kept and counted, which ALTER COLUMN sets piece by piece: of a table, or of a materialized view.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fact::Fact;
use crate::kinds::common::alter_options;
use crate::statement::Statement;

/// What of a column is not as it is by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    storage: Option<String>,
    compression: Option<String>,
    statistics: Option<String>,
    options: Vec<String>,
    /// The storage of the column's type.
    usual_storage: String,
}

impl Settings {
    /// Of a column of a table.
    pub(crate) fn of_column(fact: &Fact) -> Self {
        let get = |name: &str| fact.get(name).map(str::to_owned);
        Self {
            storage: get("storage"),
            compression: get("compression"),
            statistics: get("statistics"),
            options: fact.list("options"),
            usual_storage: fact.text("_usual_storage").to_owned(),
        }
    }

    /// Of each column of a materialized view, by its name.
    fn of_view(fact: &Fact) -> BTreeMap<String, Self> {
        let map = |name: &str| -> BTreeMap<String, Value> {
            serde_json::from_str(fact.text(name)).unwrap_or_default()
        };
        let settings = map("column_settings");
        let of_column = |(name, usual): (String, Value)| {
            let get = |key: &str| Some(settings.get(&name)?.get(key)?.as_str()?.to_owned());
            let column = Self {
                storage: get("storage"),
                compression: get("compression"),
                statistics: get("statistics"),
                options: get("options").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
                usual_storage: usual.as_str().unwrap_or_default().to_owned(),
            };
            (name, column)
        };
        map("_usual_storage").into_iter().map(of_column).collect()
    }

    /// What the definition of such a column brings with it.
    pub(crate) fn as_defined(&self) -> Self {
        Self { compression: self.compression.clone(), ..Self::default() }
    }

    /// What makes one the other. `alter` says `ALTER TABLE … ALTER COLUMN …` for each setting that takes a statement.
    pub(crate) fn changes(
        &self,
        new: &Self,
        alter: impl Fn(&'static str) -> Option<String>,
    ) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut set = |name: &'static str, old: &Option<String>, new: &Option<String>, usual: &str| {
            let to = new.as_deref().unwrap_or(usual);
            let alter = (old != new).then(|| alter(name)).flatten();
            statements.extend(
                alter.map(|alter| Statement::new(format!("{alter} SET {} {to}", name.to_uppercase()))),
            );
        };
        // The word DEFAULT is PostgreSQL 16's.
        set("storage", &self.storage, &new.storage, &new.usual_storage);
        set("compression", &self.compression, &new.compression, "default");
        set("statistics", &self.statistics, &new.statistics, "-1");
        let options = alter("options").map(|alter| alter_options(&alter, &self.options, &new.options));
        statements.extend(options.into_iter().flatten());
        statements
    }
}

/// What makes the columns of one materialized view those of another. `None`: it is new.
pub(crate) fn of_view(old: Option<&Fact>, new: &Fact) -> Vec<Statement> {
    let before = old.map(Settings::of_view).unwrap_or_default();
    let alter = |column: &str| format!("ALTER MATERIALIZED VIEW {} ALTER COLUMN {column}", new.key.sql());
    let of_column = |(column, after): (&String, &Settings)| {
        before.get(column).cloned().unwrap_or_default().changes(after, |_| Some(alter(column)))
    };
    Settings::of_view(new).iter().flat_map(of_column).collect()
}
