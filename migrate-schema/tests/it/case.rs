//! One case: a schema, what it becomes, and the way there and back.
//!
//! ```sql
//! -- What it is about.
//! -- from PostgreSQL 15         there is no such thing before
//! -- pinned from PostgreSQL 16  before, PostgreSQL writes the same in other words
//! -- pinned before PostgreSQL 18  from then on other statements are written
//! -- online                     as on a database in use
//! -- rename t.a=b               asked for
//! -- named                      cannot be made, and is named
//! -- one way                    cannot be made on the way back, and is named
//! CREATE …
//! -- rows
//! INSERT …
//! -- becomes
//! CREATE …
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use migrate_schema::{
    Generated, Hazard, Kind, Manner, Request, Schema, Script, Viewpoint, generate, plan, renames,
};

use crate::agreement::disagreements;
use crate::opinion::{self, dumped};
use crate::support::{Db, listed};

#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// Which majors know what it has.
    from: u32,
    /// From which major on the statements are these very ones.
    pinned_from: u32,
    /// Before which major they are.
    pinned_before: Option<u32>,
    request: Request,
    renames: Vec<String>,
    is_named: bool,
    is_one_way: bool,
    before: String,
    rows: String,
    after: String,
}

/// Every row of every table, as JSON.
type Rows = BTreeMap<String, Vec<String>>;

impl Case {
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let (first, after) =
            text.split_once("\n-- becomes\n").unwrap_or_else(|| panic!("{name}: no `-- becomes`"));
        let (before, rows) = first.split_once("\n-- rows\n").unwrap_or((first, ""));
        let mut case = Self {
            name,
            before: before.to_owned(),
            rows: rows.to_owned(),
            after: after.to_owned(),
            ..Self::default()
        };
        let head = before.lines().map_while(|line| line.strip_prefix("-- "));
        for line in head {
            if let Some(major) = line.strip_prefix("from PostgreSQL ") {
                case.from = major.parse().unwrap();
            } else if let Some(major) = line.strip_prefix("pinned from PostgreSQL ") {
                case.pinned_from = major.parse().unwrap();
            } else if let Some(major) = line.strip_prefix("pinned before PostgreSQL ") {
                case.pinned_before = Some(major.parse().unwrap());
            } else if let Some(rename) = line.strip_prefix("rename ") {
                case.renames.push(rename.to_owned());
            } else if line == "online" {
                case.request = case.request.by(Manner::Online);
            } else if line == "named" {
                case.is_named = true;
            } else if line == "one way" {
                case.is_one_way = true;
            }
        }
        case
    }

    pub(crate) fn is_for(&self, major: u32) -> bool {
        major >= self.from
    }

    pub(crate) fn is_pinned_for(&self, major: u32) -> bool {
        major >= self.pinned_from && self.pinned_before.is_none_or(|end| major < end)
    }

    /// There and back; what is to be reviewed.
    pub(crate) async fn run(&self) -> String {
        let (here, there) = (Db::new().await, Db::new().await);
        let fill = async |db: &Db, sql: &str| {
            let done = db.client.batch_execute(sql).await;
            done.unwrap_or_else(|error| panic!("{}: {error:?}", self.name));
            db.client.batch_execute("DISCARD ALL").await.unwrap();
        };
        fill(&here, &self.before).await;
        fill(&here, &self.rows).await;
        fill(&there, &self.after).await;

        let (start, goal) = (here.read().await, there.read().await);
        let (dumped_start, dumped_goal) = (dumped(&here).await, dumped(&there).await);
        let rows = rows(&here, &start).await;
        let renamed = renames(&self.renames, &start, &goal)
            .unwrap_or_else(|errors| panic!("{}: {errors:?}", self.name));
        let request = self.request.clone().renaming(renamed);
        let generated = generate(&here.client, &goal, &Viewpoint::default(), &request).await;
        let generated = generated.unwrap_or_else(|error| {
            let plan =
                plan(&start, &goal, self.request.manner).map(|plan| Script::alone(plan.statements).sql());
            panic!("{}: {error}\n--\n{}", self.name, plan.unwrap_or_default())
        });
        here.client.batch_execute("DISCARD ALL").await.unwrap();
        let disagreements = disagreements(&self.before, &generated);
        assert!(disagreements.is_empty(), "{}:\n{}", self.name, disagreements.join("\n"));
        let loses = generated.hazards().into_iter().any(Hazard::needs_consent);

        if !self.is_named {
            if !self.is_one_way {
                self.equal("after it was tried", &here.read().await, &start);
            }
            assert_eq!(listed(&generated.residue), "", "{}", self.name);
            self.there(&here, &goal, &generated, loses.then_some(&rows)).await;
            self.same_dump("there", dumped_goal, &here).await;
            self.back(&here, &start, &generated).await;
            if !self.is_one_way {
                self.same_dump("back", dumped_start, &here).await;
            }
        }
        assert_eq!(self.is_named, !generated.residue.is_empty(), "{}", self.name);
        if !loses {
            assert_eq!(self::rows(&here, &start).await, rows, "{}", self.name);
        }
        here.drop().await;
        there.drop().await;
        review(&generated)
    }

    async fn there(&self, here: &Db, goal: &Schema, generated: &Generated, lost: Option<&Rows>) {
        let before = here.read().await;
        let rows = rows(here, &before).await;
        for migration in &generated.migrations {
            here.run(&migration.up).await;
        }
        let reached = here.read().await;
        self.equal("there", &reached, goal);
        let again = plan(&reached, goal, self.request.manner).unwrap();
        assert!(again.is_empty(), "{}: {:?}", self.name, again.statements);
        if lost.is_none() && self.renames.is_empty() {
            let now = self::rows(here, goal).await;
            let count = |rows: &Rows| -> BTreeMap<String, usize> {
                rows.iter().map(|(table, rows)| (table.clone(), rows.len())).collect()
            };
            for (table, count) in count(&rows) {
                assert_eq!(now.get(&table).map(Vec::len), Some(count), "{}: {table}", self.name);
            }
        }
    }

    async fn back(&self, here: &Db, start: &Schema, generated: &Generated) {
        for migration in generated.migrations.iter().rev() {
            assert!(self.is_one_way || migration.residue.is_empty(), "{}", listed(&migration.residue));
            here.run(&migration.down).await;
        }
        let left = listed(&here.read().await.differences(start));
        assert_eq!(self.is_one_way, !left.is_empty(), "{}, back: {left}", self.name);
    }

    async fn same_dump(&self, when: &str, wanted: Option<Vec<String>>, made: &Db) {
        if let (Some(wanted), Some(made)) = (wanted, dumped(made).await) {
            assert_eq!(
                opinion::difference(&self.name, &wanted, &made),
                "",
                "pg_dump of {}, {when}",
                self.name
            );
        }
    }

    fn equal(&self, when: &str, one: &Schema, other: &Schema) {
        assert_eq!(listed(&one.differences(other)), "", "{}, {when}", self.name);
    }
}

async fn rows(db: &Db, schema: &Schema) -> Rows {
    let mut rows = Rows::new();
    for table in schema.facts().filter(|fact| fact.key().kind() == Kind::Table) {
        let name = table.key().path().join(".");
        let sql = format!("SELECT to_json(t)::text COLLATE \"C\" FROM ONLY {name} AS t ORDER BY 1");
        rows.insert(name, db.lines(&sql).await);
    }
    rows
}

fn review(generated: &Generated) -> String {
    let part = |head: &str, script: &Script| format!("-- {head}\n\n{}\n", script.sql());
    let mut review = String::new();
    for migration in &generated.migrations {
        review += &part("There:", &migration.up);
        review += &part("Back:", &migration.down);
        if !migration.residue.is_empty() {
            review += "-- Not brought back:\n";
            review += &listed(&migration.residue);
            review += "\n";
        }
    }
    if generated.migrations.is_empty() {
        review += "-- Nothing to do.\n";
    }
    let residue = listed(&generated.residue);
    if !residue.is_empty() {
        review += "-- Cannot be made:\n";
        review += &residue;
    }
    review
}
