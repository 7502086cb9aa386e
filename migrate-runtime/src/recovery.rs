//! What a statement has left behind that was sent before and not recorded as done: nothing, a part of its work, or all of
//! it. What is there decides, not how the statement ended: a cut hides the answer, and a cancel or a full disk may strike
//! between the work and its record. The table of all cases is in the book, under "How it works".

use std::collections::BTreeSet;

use migrate_source::{IndexBuild, Object, Reindexed, Standalone, standalone};
use tokio_postgres::{Error, SimpleQueryRow};

use crate::error::cause;
use crate::failure;
use crate::history::{Mark, Sent};
use crate::identifier::{literal, quote_identifier};
use crate::session::{self, Reply, Session};
use crate::step::Resume;

/// What is to be done instead of only sending a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// It is sent, after these.
    Send { first: Vec<String> },
    /// This one completes it.
    Complete(String),
    /// Its work is there.
    Done,
}

/// What the history is to have of a statement that is about to be sent: an expression of SQL, which gives a [`Sent`] as
/// text. `kept` is what it has already.
pub(crate) fn found_before(sql: &str, kept: Option<&Sent>) -> String {
    if let Some(kept) = kept {
        return literal(&kept.to_string());
    }
    let checksum = migrate_source::tokens_checksum([sql]);
    match standalone(sql) {
        Some(target) => format!(
            "pg_catalog.concat('{checksum} ', (SELECT pg_catalog.string_agg(there.oid::pg_catalog.text, ',') \
             FROM ({}) AS there))",
            question(&target)
        ),
        None => format!("'{checksum} '"),
    }
}

/// Finds out what is to be done at a statement. The first part of the answer is what the history is to keep of it.
pub(crate) async fn look(
    session: &mut Session<'_>,
    sql: &str,
    resume: Option<&Resume>,
    limits: &str,
    mark: &Mark,
) -> Result<(Option<Sent>, Recovery), Error> {
    let target = standalone(sql);
    let is_conditional =
        matches!(&target, Some(Standalone::BuildIndex(IndexBuild { if_not_exists: true, .. })));
    if resume.is_none() && !is_conditional {
        return Ok((None, Recovery::Send { first: Vec::new() }));
    }
    let checksum = migrate_source::tokens_checksum([sql]).to_string();
    let sent = resume.and_then(|resume| {
        let sent = resume.sent.as_ref()?;
        Some(Sent { was_cut: sent.was_cut || resume.was_cut, ..sent.clone() })
    });
    let (sent, edited) = match sent {
        Some(sent) if sent.checksum != checksum => (None, Some(sent)),
        sent => (sent, None),
    };
    let Some(target) = target else {
        return Ok((sent, Recovery::Send { first: Vec::new() }));
    };
    let rows = session.query(&question(&target)).await?;
    let found: Vec<Found> = rows.iter().filter_map(Found::parse).collect();
    let recovery = match &target {
        Standalone::BuildIndex(build) => {
            let mut recovery = index(session, build, sent.as_ref(), &found, limits, mark).await?;
            if let (Recovery::Send { first }, Some(edited)) = (&mut recovery, &edited) {
                first.extend(left_of_edited(edited, &found));
                first.sort();
                first.dedup();
            }
            recovery
        }
        target => {
            sent.as_ref().map_or(Recovery::Send { first: Vec::new() }, |sent| judge(target, sent, &found))
        }
    };
    Ok((sent, recovery))
}

/// Drops what a build has left whose statement was edited since, if that was of the same table.
fn left_of_edited(edited: &Sent, found: &[Found]) -> Vec<String> {
    let before = &edited.found_before;
    let is_same_table = found.iter().any(|found| before.contains(&found.oid));
    let left = found.iter().filter(|found| is_same_table && !found.is_sound && !before.contains(&found.oid));
    left.map(Found::drop).collect()
}

/// What is to be done at a statement that was sent.
fn judge(target: &Standalone<'_>, sent: &Sent, found: &[Found]) -> Recovery {
    let before = &sent.found_before;
    let new: Vec<&Found> = found.iter().filter(|found| !before.contains(&found.oid)).collect();
    match target {
        Standalone::Reindex(..) => {
            let (first, left): (Vec<&Found>, Vec<&Found>) =
                new.into_iter().partition(|found| found.can_be_named);
            for Found { schema, name, .. } in left {
                tracing::warn!(schema, name, "an invalid index is left that only a superuser can drop");
            }
            Recovery::Send { first: first.into_iter().map(Found::drop).collect() }
        }
        Standalone::Detach { parent, partition } if found.iter().any(|found| !found.is_sound) => {
            Recovery::Complete(format!("ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE"))
        }
        Standalone::Detach { .. } | Standalone::DropIndex(_) | Standalone::Drop(..)
            if !before.is_empty() && found.len() == new.len() =>
        {
            Recovery::Done
        }
        Standalone::Create(..) if before.is_empty() && !found.is_empty() => Recovery::Done,
        _ => Recovery::Send { first: Vec::new() },
    }
}

/// Something in a catalog that a statement may have left.
#[derive(Clone, Debug)]
struct Found {
    oid: u32,
    schema: String,
    name: String,
    /// An index is valid; a partition is not about to be detached.
    is_sound: bool,
    /// Not so of an index of a TOAST table, but for a superuser.
    can_be_named: bool,
}

impl Found {
    fn parse(row: &SimpleQueryRow) -> Option<Self> {
        let text = |at: usize| row.get(at).map(str::to_owned);
        Some(Self {
            oid: row.get(0)?.parse().ok()?,
            schema: text(1)?,
            name: text(2)?,
            is_sound: row.get(3)? == "t",
            can_be_named: row.try_get(4).ok().flatten() == Some("t"),
        })
    }

    fn drop(&self) -> String {
        format!("DROP INDEX CONCURRENTLY {}.{}", quote_identifier(&self.schema), quote_identifier(&self.name))
    }
}

/// A query for what is there that could be the work of a statement, or a part of it: oid, schema, name, and whether it is
/// sound.
fn question(target: &Standalone<'_>) -> String {
    let regclass = |name: &str| format!("pg_catalog.to_regclass({})", literal(name));
    let indexes = |condition: &str| {
        format!(
            "SELECT class.oid, namespace.nspname, class.relname, index.indisvalid, \
             pg_catalog.has_schema_privilege(namespace.oid, 'USAGE') \
             FROM pg_catalog.pg_index AS index \
             JOIN pg_catalog.pg_class AS class ON class.oid OPERATOR(pg_catalog.=) index.indexrelid \
             JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace \
             WHERE {condition}"
        )
    };
    let named = |catalog: &str, column: &str, name: &str| {
        format!(
            "SELECT oid, '' AS schema, {column}, true AS is_sound FROM pg_catalog.{catalog} \
             WHERE {column} OPERATOR(pg_catalog.=) {}::pg_catalog.name",
            literal(name),
        )
    };
    match target {
        Standalone::BuildIndex(build) => {
            indexes(&format!("index.indrelid OPERATOR(pg_catalog.=) {}", regclass(&build.table)))
        }
        Standalone::DropIndex(name) => {
            indexes(&format!("class.oid OPERATOR(pg_catalog.=) {}", regclass(name)))
        }
        Standalone::Reindex(what, name) => indexes(&transient(*what, name.as_deref().unwrap_or_default())),
        Standalone::Detach { parent, partition } => format!(
            "SELECT inhrelid AS oid, '' AS schema, '' AS name, NOT inhdetachpending AS is_sound FROM pg_catalog.pg_inherits \
             WHERE inhrelid OPERATOR(pg_catalog.=) {} AND inhparent OPERATOR(pg_catalog.=) {}",
            regclass(partition),
            regclass(parent),
        ),
        Standalone::Create(object, name) | Standalone::Drop(object, name) => match object {
            Object::Database => named("pg_database", "datname", name),
            Object::Tablespace => named("pg_tablespace", "spcname", name),
            // The names of two databases' subscriptions may be the same.
            Object::Subscription => format!(
                "{} AND subdbid OPERATOR(pg_catalog.=) (SELECT here.oid FROM pg_catalog.pg_database AS here \
                 WHERE here.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())",
                named("pg_subscription", "subname", name)
            ),
        },
    }
}

/// A condition on the indexes that a `REINDEX CONCURRENTLY` leaves when it is cut: the new one, or, when the two have
/// changed places, the old one (manual, REINDEX, "Rebuilding Indexes Concurrently").
fn transient(what: Reindexed, name: &str) -> String {
    // Of what is no partition and has none, the tree is empty.
    let tree = format!(
        "SELECT own.relation FROM (SELECT pg_catalog.to_regclass({})) AS own (relation) UNION ALL \
         SELECT tree.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({0})) AS tree",
        literal(name)
    );
    // Those of its TOAST table are rebuilt with those of a table.
    let with_toast = |tables: &str| {
        format!(
            "AND index.indrelid OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest(ARRAY[of.oid, of.reltoastrelid]) \
             FROM pg_catalog.pg_class AS of WHERE {tables})"
        )
    };
    let of_what = match what {
        Reindexed::Index => format!(
            "AND index.indrelid OPERATOR(pg_catalog.=) ANY (SELECT own.indrelid FROM pg_catalog.pg_index AS own \
             WHERE own.indexrelid OPERATOR(pg_catalog.=) ANY ({tree}))"
        ),
        Reindexed::Table => with_toast(&format!("of.oid OPERATOR(pg_catalog.=) ANY ({tree})")),
        Reindexed::Schema => with_toast(&format!(
            "of.relnamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace({})",
            literal(name)
        )),
        Reindexed::Database => String::new(),
    };
    format!(
        "NOT index.indisvalid AND class.relname OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$'::pg_catalog.text {of_what}"
    )
}

/// What is to be done at `CREATE INDEX CONCURRENTLY`, where the table has these indexes.
async fn index(
    session: &mut Session<'_>,
    build: &IndexBuild<'_>,
    sent: Option<&Sent>,
    found: &[Found],
    limits: &str,
    mark: &Mark,
) -> Result<Recovery, Error> {
    let is_new = |found: &&Found| sent.is_some_and(|sent| !sent.found_before.contains(&found.oid));
    let drops = |found: Vec<&Found>| Recovery::Send { first: found.into_iter().map(Found::drop).collect() };
    let own: Vec<&Found> = match &build.name {
        Some(name) => {
            let own: Vec<&Found> = found.iter().filter(|found| found.name == *name).collect();
            // An index that is not valid is in the way, whoever began to build it.
            if own.iter().any(|found| !found.is_sound) {
                return Ok(drops(own));
            }
            own.into_iter().filter(is_new).collect()
        }
        None => found.iter().filter(is_new).collect(),
    };
    if own.is_empty() {
        return Ok(drops(own));
    }
    // What cannot be compared has come since the statement was sent, and that has to do.
    let own: Vec<&Found> = match same_as_built(session, build, &own, limits, mark).await? {
        Some(same) => own.into_iter().filter(|found| same.contains(&found.oid)).collect(),
        None => own,
    };
    if own.iter().any(|found| found.is_sound) { Ok(Recovery::Done) } else { Ok(drops(own)) }
}

/// Which of the indexes are as the statement builds one. PostgreSQL says so itself: in a transaction that is rolled back,
/// the statement builds its index on an empty table with the same columns. `None`: it does not, as where the index is of the
/// table's row.
async fn same_as_built(
    session: &mut Session<'_>,
    build: &IndexBuild<'_>,
    found: &[&Found],
    limits: &str,
    mark: &Mark,
) -> Result<Option<BTreeSet<u32>>, Error> {
    let Some(schema) = found.first().map(|found| &found.schema) else {
        return Ok(None);
    };
    // A definition may name columns by their table. The role may be denied temporary tables, so they come second.
    let beside = format!("{}.{}", quote_identifier(schema), quote_identifier(mark.claim()));
    let twins = [("", beside), ("TEMPORARY ", format!("pg_temp.{}", build.table_name))];
    for (temporary, twin) in twins {
        let message = built_twin(build, temporary, &twin, found, limits);
        let mut same = BTreeSet::new();
        let on_reply = |reply| {
            if let Reply::Row(row) = reply {
                same.extend(row.try_get(0).ok().flatten().and_then(|oid| oid.parse::<u32>().ok()));
            }
        };
        match session.transactions(&message, on_reply).await {
            Ok(()) => return Ok(Some(same)),
            Err(error)
                if error.as_db_error().is_some_and(session::goes_on)
                    && !failure::is_transient(error.code()) =>
            {
                tracing::debug!(reason = %cause(&error), "the definitions of indexes could not be compared");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// A transaction that builds the index on a twin of its table, and answers with those that are like it.
fn built_twin(build: &IndexBuild<'_>, temporary: &str, twin: &str, found: &[&Found], limits: &str) -> String {
    let oids: Vec<String> = found.iter().map(|found| found.oid.to_string()).collect();
    format!(
        "BEGIN;\n{limits}CREATE {temporary}TABLE {twin} (LIKE {table});\n\
         CREATE {unique}INDEX ON {twin} {definition}\n;\nSET LOCAL search_path = pg_catalog;\n\
         SELECT index.indexrelid FROM pg_index AS index WHERE index.indexrelid = ANY ('{{{oids}}}'::oid[]) AND {of_index} = \
         (SELECT {of_twin} FROM pg_index AS twin WHERE twin.indrelid = {name}::regclass);\nROLLBACK;\n",
        table = build.table,
        unique = if build.is_unique { "UNIQUE " } else { "" },
        definition = build.definition,
        oids = oids.join(","),
        of_index = definition("index"),
        of_twin = definition("twin"),
        name = literal(twin),
    )
}

/// All that makes an index what it is, but for its name and its table, as one text.
fn definition(index: &str) -> String {
    format!(
        "(SELECT ROW(own.relam, own.reltablespace, own.reloptions, {index}.indisunique, {index}.indnkeyatts, \
         {index}.indclass, {index}.indcollation, {index}.indoption, to_jsonb({index}) ->> 'indnullsnotdistinct', \
         pg_get_expr({index}.indpred, {index}.indrelid), (SELECT string_agg(ROW(pg_get_indexdef({index}.indexrelid, \
         attnum, false), attoptions)::text, ',' ORDER BY attnum) FROM pg_attribute \
         WHERE attrelid = {index}.indexrelid AND attnum > 0))::text FROM pg_class AS own \
         WHERE own.oid = {index}.indexrelid)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_kept_as_text() {
        for (was_cut, oids, text) in [(false, vec![], "aa "), (true, vec![2, 16384], "aa cut 2,16384")] {
            let found_before = oids.into_iter().collect();
            let sent = Sent { checksum: "aa".to_owned(), was_cut, found_before };
            assert_eq!(sent.to_string(), text);
            assert_eq!(Sent::parse(text), Some(sent));
        }
        for text in ["", "aa", "aa x", "aa cut -1"] {
            assert_eq!(Sent::parse(text), None, "{text}");
        }
    }
}
