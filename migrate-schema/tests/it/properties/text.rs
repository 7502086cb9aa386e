//! A random schema as SQL, in no order that would do.

use super::model::{Column, Index, Model, Reference, Table, Type, Value, View};

const READER: &str = "migrate_test_reader";

impl Model {
    /// The statements. What would name what is not there is left out.
    pub(crate) fn statements(&self) -> Vec<String> {
        let mut sql = Vec::new();
        for (at, view) in self.views.iter().enumerate() {
            sql.extend(view.iter().filter_map(|view| self.view(at, view)).flatten());
        }
        for (at, table) in self.tables.iter().enumerate() {
            sql.extend(table.iter().flat_map(|table| self.table(at, table)));
        }
        // These are in order, and one statement to who runs them.
        sql.extend(self.whole.iter().map(|whole| whole.statements(self).join(";\n")));
        sql.extend(self.child.iter().map(|child| child.statements(self).join(";\n")));
        if let Some((subtype, multirange)) = self.range {
            sql.push(format!(
                "CREATE TYPE rng AS RANGE (subtype = {subtype}, multirange_type_name = {multirange})"
            ));
        }
        if let Some((step, cycle)) = self.sequence {
            let cycle = if cycle { " CYCLE" } else { "" };
            sql.push(format!("CREATE SEQUENCE counter INCREMENT BY {step}{cycle}"));
        }
        sql.extend(self.routines());
        if let Some(domain) = &self.domain {
            let check = domain.check.map(|n| format!(" CONSTRAINT fits CHECK (length(VALUE::text) > {n})"));
            let not_null = if domain.not_null { " NOT NULL" } else { "" };
            sql.push(format!("CREATE DOMAIN d AS {}{not_null}{}", domain.of, check.unwrap_or_default()));
        }
        for (at, values) in self.enums.iter().enumerate() {
            let quoted = |value: &&str| format!("'{}'", value.replace('\'', "''"));
            let list = |values: &Vec<&str>| values.iter().map(quoted).collect::<Vec<_>>().join(", ");
            sql.extend(values.iter().map(|values| format!("CREATE TYPE e{at} AS ENUM ({})", list(values))));
        }
        sql
    }

    fn routines(&self) -> Vec<String> {
        let mut sql = Vec::new();
        if let Some(number) = &self.number {
            let (returns, body) =
                (["integer", "bigint"][usize::from(number.body) % 2], format!("SELECT {}", number.body));
            sql.push(format!("CREATE FUNCTION number() RETURNS {returns} LANGUAGE sql AS '{body}'"));
            sql.extend(number.comment.then(|| "COMMENT ON FUNCTION number() IS 'a number'".to_owned()));
        }
        if let Some(test) = &self.test {
            let (name, body) = (["a", "b"][usize::from(test.body) / 2], test.body);
            sql.push(format!(
                "CREATE FUNCTION test({name} text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length($1) > {body}'"
            ));
            sql.extend(test.comment.then(|| "COMMENT ON FUNCTION test(text) IS 'a test'".to_owned()));
        }
        if let Some(touch) = &self.touch {
            let body = format!("BEGIN RAISE NOTICE '{}'; RETURN NEW; END", touch.body);
            sql.push(format!("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"));
        }
        sql
    }

    /// The type that a column has: what is not there is text.
    pub(crate) fn type_of(&self, column: &Column) -> String {
        match column.of {
            Type::Plain(name) => name.to_owned(),
            Type::Enum(at) if self.enums[at].is_some() => format!("e{at}"),
            Type::Enums(at) if self.enums[at].is_some() => format!("e{at}[]"),
            Type::Domain if self.domain.is_some() => "d".to_owned(),
            Type::Range if self.range.is_some() => "rng".to_owned(),
            Type::Multirange => self.range.map_or("text", |(_, multirange)| multirange).to_owned(),
            _ => "text".to_owned(),
        }
    }

    pub(crate) fn column(&self, name: &str, column: &Column, key: &str, plain: bool) -> String {
        let of = self.type_of(column);
        let is_number = ["integer", "bigint"].contains(&&*of);
        let value = match column.value {
            Value::Default => self.default(column, &of),
            Value::Called if is_number && self.number.is_some() => " DEFAULT number()".to_owned(),
            Value::Next if is_number && self.sequence.is_some() => " DEFAULT nextval('counter')".to_owned(),
            Value::Identity(always, bounds) if is_number && !plain => {
                let when = if always { "ALWAYS" } else { "BY DEFAULT" };
                let bounds = if of == "integer" && bounds.contains("5000000000") { "" } else { bounds };
                format!(" GENERATED {when} AS IDENTITY{bounds}")
            }
            Value::Serial if is_number => {
                return format!("{name} {}", if of == "bigint" { "bigserial" } else { "serial" });
            }
            Value::Generated if of == "text" => " GENERATED ALWAYS AS (upper(id::text)) STORED".to_owned(),
            Value::Generated if is_number && key != "text" => {
                format!(" GENERATED ALWAYS AS ((id * 2)::{of}) STORED")
            }
            _ => String::new(),
        };
        format!("{name} {of}{value}{}", if column.not_null { " NOT NULL" } else { "" })
    }

    pub(crate) fn default(&self, column: &Column, of: &str) -> String {
        let value = match (column.of, of) {
            (Type::Enum(at), of) if of != "text" => {
                let first = self.enums[at].iter().flatten().next().unwrap();
                format!("'{}'", first.replace('\'', "''"))
            }
            (Type::Enums(_), of) if of != "text" => "'{}'".to_owned(),
            (Type::Range, of) if of != "text" => "'empty'".to_owned(),
            (Type::Multirange, of) if of != "text" => "'{}'".to_owned(),
            (_, "timestamptz" | "date") => "now()".to_owned(),
            (_, "jsonb") => "'{}'".to_owned(),
            (_, "boolean") => "true".to_owned(),
            _ => "'1'".to_owned(),
        };
        format!(" DEFAULT {value}")
    }

    fn table(&self, at: usize, table: &Table) -> Vec<String> {
        let key = table.keyed.map(|keyed| format!(" CONSTRAINT t{at}_key {keyed}")).unwrap_or_default();
        let mut lines = vec![format!("id {}{key}", table.key)];
        let mut sql = Vec::new();
        for (n, column) in table.columns.iter().enumerate() {
            let Some(column) = column else { continue };
            lines.push(self.column(&format!("c{n}"), column, table.key, false));
            sql.extend(column.comment.map(|text| format!("COMMENT ON COLUMN t{at}.c{n} IS 'column {text}'")));
            sql.extend(column.granted.then(|| format!("GRANT SELECT (c{n}) ON t{at} TO {READER}")));
        }
        for (n, reference) in table.references.iter().enumerate() {
            let Some((to, reference)) =
                reference.as_ref().and_then(|to| Some((self.tables[to.to].as_ref()?, to)))
            else {
                continue;
            };
            lines.push(format!("r{n} {}", to.key));
            if to.keyed.is_some() && (!to.dress.unlogged || table.dress.unlogged) {
                let Reference { to, tail } = reference;
                sql.push(format!("ALTER TABLE t{at} ADD CONSTRAINT t{at}_r{n} FOREIGN KEY (r{n}) REFERENCES t{to} (id){tail}"));
            }
        }
        for (n, check) in table.checks.iter().enumerate() {
            let Some((column, how)) = check.filter(|(column, _)| table.columns[*column].is_some()) else {
                continue;
            };
            let text = match how {
                1 if self.test.is_some() => "test(id::text)".to_owned(),
                2 => format!("c{column}::text <> ''"),
                _ => format!("c{column} IS NOT NULL"),
            };
            lines.push(format!("CONSTRAINT t{at}_check{n} CHECK ({text})"));
        }
        if let Some(columns) = table.unique.as_ref().and_then(|columns| named(table, columns)) {
            lines.push(format!("CONSTRAINT t{at}_unique UNIQUE ({})", columns.join(", ")));
        }
        let excluded = table.exclusion.filter(|(column, _)| table.columns[*column].is_some());
        lines.extend(excluded.map(|(column, how)| {
            let what = match how {
                0 => format!("(c{column} IS NULL) WITH =, id WITH ="),
                1 => format!("id WITH =) WHERE (c{column} IS NOT NULL"),
                _ => format!("c{column} WITH ="),
            };
            format!("CONSTRAINT t{at}_exclusion EXCLUDE USING btree ({what})")
        }));
        for (n, index) in table.indexes.iter().enumerate() {
            sql.extend(index.as_ref().and_then(|index| self::index(at, n, table, index)));
        }
        sql.extend(table.trigger.filter(|_| self.touch.is_some()).map(|how| {
            let when = ["BEFORE INSERT", "AFTER UPDATE", "BEFORE INSERT OR UPDATE OF id", "BEFORE DELETE"];
            let when = when[usize::from(how)];
            format!("CREATE TRIGGER touched {when} ON t{at} FOR EACH ROW EXECUTE FUNCTION touch()")
        }));
        sql.extend(table.policy.map(|how| match how {
            0 if self.test.is_some() => format!("CREATE POLICY p ON t{at} USING (test(id::text))"),
            1 => format!("CREATE POLICY p ON t{at} FOR SELECT TO {READER} USING (true)"),
            _ => format!("CREATE POLICY p ON t{at} USING (id IS NOT NULL)"),
        }));
        let dress = &table.dress;
        sql.extend(dress.secure.then(|| format!("ALTER TABLE t{at} ENABLE ROW LEVEL SECURITY")));
        sql.extend(dress.comment.map(|text| format!("COMMENT ON TABLE t{at} IS 'table {text}'")));
        sql.extend(dress.grant.map(|grant| format!("GRANT {grant} ON t{at} TO {READER}")));
        let (unlogged, fill) = (
            if dress.unlogged { "UNLOGGED " } else { "" },
            dress.fill.map(|fill| format!(" WITH (fillfactor = {fill})")).unwrap_or_default(),
        );
        sql.push(format!("CREATE {unlogged}TABLE t{at} ({}){fill}", lines.join(", ")));
        sql
    }

    fn view(&self, at: usize, view: &View) -> Option<Vec<String>> {
        let what = if view.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
        let filter = if view.filtered { " WHERE id IS NOT NULL" } else { "" };
        let (from, columns) = self.source(view)?;
        let mut sql =
            vec![format!("CREATE {what} v{at} AS SELECT {} FROM {from}{filter}", columns.join(", "))];
        sql.extend(view.comment.map(|text| format!("COMMENT ON {what} v{at} IS 'view {text}'")));
        Some(sql)
    }

    /// What a view is over, and the columns that it takes of it.
    fn source(&self, view: &View) -> Option<(String, Vec<String>)> {
        let mut columns = vec!["id".to_owned()];
        match view.over {
            Ok(table) => {
                let of = self.tables[table].as_ref()?;
                columns.extend(named(of, &view.columns).into_iter().flatten());
                Some((format!("t{table}"), columns))
            }
            Err(lower) => {
                let (_, there) = self.source(self.views[lower].as_ref()?)?;
                columns.extend(there.into_iter().skip(1).take(view.columns.len()));
                Some((format!("v{lower}"), columns))
            }
        }
    }
}

/// Those of the columns that the table has.
fn named(table: &Table, columns: &[usize]) -> Option<Vec<String>> {
    let columns: Vec<String> =
        columns.iter().filter(|n| table.columns[**n].is_some()).map(|n| format!("c{n}")).collect();
    (!columns.is_empty()).then_some(columns)
}

fn index(at: usize, n: usize, table: &Table, index: &Index) -> Option<String> {
    let columns = named(table, &index.columns)?;
    let unique = if index.unique { "UNIQUE " } else { "" };
    let partial = if index.partial { " WHERE id IS NOT NULL" } else { "" };
    let descending = if index.descending { " DESC" } else { "" };
    Some(format!(
        "CREATE {unique}INDEX t{at}_index{n} ON t{at} ({}{descending}){partial}",
        columns.join(", ")
    ))
}
