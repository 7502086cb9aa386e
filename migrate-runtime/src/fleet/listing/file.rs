//! Lists of tenants as text: TOML, CSV, JSON lines. It opens no file.

use std::fmt::Write as _;

use migrate_source::Code;

use super::entry::{Entry, Origin};
use crate::connect::parameter::percent_encoded;
use crate::fleet::error::FleetError;

/// The format of a list of tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListFormat {
    /// A table `[[tenant]]` for each.
    Toml,
    /// A line with the names of the fields, then one for each (RFC 4180).
    Csv,
    /// An object a line.
    JsonLines,
}

impl ListFormat {
    /// What the ending of a file name says: `toml`, `csv`, `jsonl`, `ndjson`, `json`.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_lowercase().as_str() {
            "toml" => Some(Self::Toml),
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            _ => None,
        }
    }

    /// What the text itself looks like, where nobody says it.
    pub fn of_text(text: &str) -> Self {
        match text.trim_start().chars().next() {
            Some('{') => Self::JsonLines,
            Some('[' | '#') => Self::Toml,
            _ => Self::Csv,
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlList {
    #[serde(default)]
    tenant: Vec<toml::Spanned<Entry>>,
}

pub(super) fn parse(
    text: &str,
    format: ListFormat,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Entry>, FleetError> {
    let wrong = |why: String| FleetError::new(Code::M0702, format!("cannot read the list of tenants: {why}"));
    let mut entries = match format {
        // The whole message of the parser would show the line, and the password in it.
        ListFormat::Toml => {
            let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
            let list: TomlList = toml::from_str(text).map_err(|error| {
                let line = error.span().map_or(1, |span| line(span.start));
                wrong(format!("line {line}: {}", error.message()))
            })?;
            let entry = |entry: toml::Spanned<Entry>| {
                let origin = Some(Origin::Line(line(entry.span().start)));
                Entry { origin, ..entry.into_inner() }
            };
            list.tenant.into_iter().map(entry).collect()
        }
        ListFormat::Csv => {
            let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
            let of_csv = |error| wrong(of_csv(&error, text));
            let headers = reader.headers().map_err(of_csv)?.clone();
            let mut entries = Vec::new();
            for record in reader.records() {
                let record = record.map_err(of_csv)?;
                let entry: Entry = record.deserialize(Some(&headers)).map_err(of_csv)?;
                let origin = record.position().map(|position| Origin::Line(line_of(position, text)));
                entries.push(Entry { origin, ..entry });
            }
            entries
        }
        ListFormat::JsonLines => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            let read = |(at, line): (usize, &str)| {
                let entry: Result<Entry, serde_json::Error> = serde_json::from_str(line);
                let entry = entry.map(|entry| Entry { origin: Some(Origin::Line(at + 1)), ..entry });
                entry.map_err(|error| {
                    wrong(format!("line {}, column {}: {}", at + 1, error.column(), of_json(&error)))
                })
            };
            lines.map(read).collect::<Result<_, _>>()?
        }
    };
    for entry in &mut entries {
        if let Some(url) = &entry.database_url {
            match filled_in(url, variable) {
                Ok(url) => entry.database_url = Some(url),
                Err(why) => entry.problem = Some(why),
            }
        }
    }
    Ok(entries)
}

/// The line at which a record begins. What the reader calls its position may be an empty line before it.
fn line_of(position: &csv::Position, text: &str) -> usize {
    let text = text.as_bytes();
    let start = usize::try_from(position.byte()).unwrap_or(text.len()).min(text.len());
    let is_empty = |byte: &&u8| [b'\r', b'\n'].contains(*byte);
    let start = start + text[start..].iter().take_while(is_empty).count();
    text[..start].split(|byte| *byte == b'\n').count()
}

fn of_csv(error: &csv::Error, text: &str) -> String {
    let line =
        error.position().map(|position| format!("line {}: ", line_of(position, text))).unwrap_or_default();
    let why = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} fields, and the first line has {expected_len}")
        }
        csv::ErrorKind::Deserialize { err, .. } => err.kind().to_string(),
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => "it is not valid CSV".to_owned(),
    };
    format!("{line}{why}")
}

/// Without the value that it stumbled over.
fn of_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    if text.starts_with("invalid type") { "a value is not a string".to_owned() } else { text.to_owned() }
}

/// The text with the values of its variables.
fn filled_in(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            return Err("a `${` in it has no `}`".to_owned());
        };
        let value = variable(name).ok_or_else(|| format!("the variable {name} is not set"))?;
        let is_all = before.is_empty() && after.is_empty() && filled.is_empty();
        let is_in_url = !is_all && text.contains("://");
        filled.push_str(before);
        // Writing to a `String` cannot fail.
        let _ = write!(filled, "{}", if is_in_url { percent_encoded(&value) } else { value });
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::super::Tenants;
    use super::ListFormat;

    fn variable(name: &str) -> Option<String> {
        match name {
            "PASSWORD" => Some("s/e@c:ret".to_owned()),
            "ALL" => Some("postgres://u:s3cret@h/d".to_owned()),
            _ => None,
        }
    }

    #[track_caller]
    fn read(format: ListFormat, text: &str) -> String {
        match Tenants::parse(text, format, &variable) {
            Ok(tenants) => {
                let list = tenants.list().iter().map(|tenant| match tenant.problem() {
                    Some((code, why)) => format!("{}: {why} [{code}]", tenant.slug()),
                    None => format!("{}@{}/{}", tenant.slug(), tenant.server(), tenant.database()),
                });
                let skipped =
                    tenants.skipped().iter().map(|one| format!("-{} {}", one.slug(), one.database_type()));
                list.chain(skipped).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn three_formats_say_the_same() {
        let expected = "a@h:5432/d b@h:5432/d.s -c mysql";
        let toml = "[[tenant]]\nslug = 'a'\ndatabase_url = 'postgres://u:${PASSWORD}@h/d'\n\
            [[tenant]]\nslug = 'b'\nschema = 's'\ndatabase_url = '${ALL}'\n\
            [[tenant]]\nslug = 'c'\ndatabase_type = 'mysql'\n";
        assert_eq!(read(ListFormat::Toml, toml), expected);
        let csv = "slug,database_url,schema,database_type\na, postgres://u:${PASSWORD}@h/d,,\nb,${ALL},s,POSTGRESQL\nc,,,mysql\n";
        assert_eq!(read(ListFormat::Csv, csv), expected);
        let json = "{\"slug\": \"a\", \"database_url\": \"postgres://u:${PASSWORD}@h/d\"}\n\n\
            {\"slug\": \"b\", \"database_url\": \"${ALL}\", \"schema\": \"s\"}\n{\"slug\": \"c\", \"database_type\": \"mysql\"}";
        assert_eq!(read(ListFormat::JsonLines, json), expected);
        for (text, format) in
            [(toml, ListFormat::Toml), (csv, ListFormat::Csv), (json, ListFormat::JsonLines)]
        {
            assert_eq!(ListFormat::of_text(text), format);
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_a_password() {
        for (format, text, expected) in [
            (
                ListFormat::Toml,
                "[[tenant]]\nslug = 1",
                "line 2: invalid type: integer `1`, expected a string",
            ),
            (ListFormat::Toml, "[[tenant]]\nslug = 'a'\nurl = 's3cret'", "line 3: unknown field `url`"),
            (
                ListFormat::Csv,
                "slug,database_url\r\n\r\na",
                "line 3: it has 1 fields, and the first line has 2",
            ),
            (ListFormat::Csv, "database_url\npostgres://u:s3cret@h/d", "line 2: missing field `slug`"),
            (ListFormat::JsonLines, "{\"slug\": \"a\"", "line 1, column 12: EOF while parsing an object"),
            (
                ListFormat::JsonLines,
                "\n{\"slug\": {\"s3cret\": 1}}",
                "line 2, column 9: a value is not a string",
            ),
            (
                ListFormat::Csv,
                "slug,database_url\na,postgres://u:${NONE}@h/d",
                "a: its `database_url` cannot be used: the variable NONE is not set [M0702]",
            ),
            (
                ListFormat::Csv,
                "slug,database_url\na,postgres://u:${NONE@h/d",
                "a: its `database_url` cannot be used: a `${` in it has no `}` [M0702]",
            ),
            (
                ListFormat::Csv,
                "slug,database_url\na,\nb,postgres://h/d\nc,\" \"",
                "a: it has no `database_url` and no default applies: give it one in the list of tenants [M0702] b@h:5432/d c: it",
            ),
            (
                ListFormat::Csv,
                "slug,database_url\na,postgres://s3cret@h/d\na,postgres://h/d",
                "line 3: two tenants are called a, the other one in line 2: ",
            ),
            (ListFormat::Csv, "slug,database_url\n\"\",postgres://h/d", "line 2: a tenant has no slug: "),
            (
                ListFormat::Csv,
                "slug,database_url\na,\"postgres://h/d\n\"\n\n\"b\tb\",postgres://h/d",
                "line 5: the slug \"b\\tb\" has a control character: ",
            ),
            (
                ListFormat::Toml,
                "# the first\n[[tenant]]\nslug = 'a'\n\n[[tenant]]\n# another\nslug = 'a'\n",
                "line 5: two tenants are called a, the other one in line 2: ",
            ),
            (
                ListFormat::Csv,
                "slug,database_type\na,mysql\nb,postgres15\nc,postgres15\nd,x",
                "database_type \"postgres15\" (b in line 3 and 1 more), \"x\" (d in line 5) are unknown [M0714]\nhelp: write",
            ),
            (
                ListFormat::JsonLines,
                "\n{\"slug\": \"a\"}\n\n{\"slug\": \"\"}",
                "line 4: a tenant has no slug: ",
            ),
        ] {
            let told = read(format, text);
            assert!(told.contains(expected), "{expected:?} is not in {told:?}");
            assert!(!told.contains("s3cret"), "{told}");
        }
    }
}
