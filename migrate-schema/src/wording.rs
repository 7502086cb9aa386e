//! Attributes in the words of whoever reads a difference: `not_null` is a name of this crate, `NOT NULL` and `nullable` are not.

mod values;

use crate::kind::Kind;

/// How an attribute is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wording {
    /// It is there or not: what is said of either.
    Flag(&'static str, &'static str),
    /// It has a value: what stands before that, and what is said where there is none.
    Value(&'static str, &'static str),
    /// Its value is not shown: what it is.
    Hidden(&'static str),
}

use Wording::{Flag, Hidden, Value};

/// The attributes that do not read well by their names alone.
fn wording(kind: Kind, attribute: &str) -> Option<Wording> {
    Some(match (kind, attribute) {
        (Kind::Aggregate, "kind_of") => Value("", "plain aggregate"),
        (Kind::Other, "state") => Value("", "none"),
        (Kind::SequenceOwner, "column") => Value("OWNED BY ", "OWNED BY NONE"),
        (Kind::Subscription, "enabled") => Flag("enabled", "disabled"),
        (_, "enabled" | "states") => Value("", "ENABLE"),
        (Kind::OperatorClass, "default") => Flag("the default of its type", "not the default of its type"),
        (Kind::ReplicaIdentity, "identity") => Value("", "DEFAULT"),
        (Kind::Sequence, "type") => Value("type ", "type bigint"),
        (_, "access_method") => Value("access method ", "access method heap"),
        (_, "acl") => Value("privileges ", "the default privileges"),
        (_, "all_tables") => Flag("FOR ALL TABLES", "of named tables"),
        (_, "binary") => Flag("binary", "not binary"),
        (_, "bound") => Value("", "not a partition"),
        (_, "by") => Value("", "WITHOUT FUNCTION"),
        (_, "clustered") => Flag("the index that CLUSTER uses", "not the index that CLUSTER uses"),
        (_, "collation") => Value("collation ", "the default collation"),
        (_, "connection") => Hidden("connection"),
        (_, "column_settings") => Value("column settings ", "the default column settings"),
        (_, "constructors") => Value("functions that make it ", "functions called after it"),
        (_, "context") => Value("AS ", "explicit only"),
        (_, "cycle") => Flag("CYCLE", "NO CYCLE"),
        (_, "default" | "expression") => Value("default ", "no default"),
        (_, "defaults") => Value("arguments with defaults: ", "no argument with a default"),
        (_, "definition") => Value("", "no definition"),
        (_, "detaching") => Flag("DETACH pending", "attached"),
        (_, "deterministic") => Flag("nondeterministic", "deterministic"),
        (_, "disable_on_error") => Flag("disabled on an error", "not disabled on an error"),
        (_, "failover") => Flag("failover", "no failover"),
        (_, "force_row_security") => Flag("row security for the owner too", "row security not for the owner"),
        (_, "foreign_options") => Hidden("options"),
        (_, "generated") => Value("generated as ", "not generated"),
        (_, "generated_kind") => Value("generated: ", "not generated"),
        (_, "hashes") => Flag("HASHES", "without HASHES"),
        (_, "identity") => Value("identity ", "not an identity column"),
        (_, "identity_options") => Value("identity options ", "the default identity options"),
        (_, "inherited_only") => Flag("inherited only", "declared by the table itself"),
        (_, "invalid") => Flag("invalid", "valid"),
        (_, "merges") => Flag("MERGES", "without MERGES"),
        (_, "not_null") => Flag("NOT NULL", "nullable"),
        (_, "not_null_name") => Value("NOT NULL named ", "NOT NULL of the default name"),
        (_, "not_null_not_inherited") => Flag("NOT NULL NO INHERIT", "NOT NULL INHERIT"),
        (_, "not_null_unchecked") => Flag("NOT NULL NOT VALID", "NOT NULL validated"),
        (_, "of_type") => Value("of type ", "of no type"),
        (_, "options") => Value("options ", "no options"),
        (_, "owner") => Value("owner ", "owner as the migrations run"),
        (_, "part_of_index") => Value("part of index ", "part of no index"),
        (_, "part_of_key") => Value("part of key ", "part of no key"),
        (_, "partition_key") => Value("partition key of ", "not partitioned"),
        (_, "partitioned_by") => Value("partitioned by ", "not partitioned"),
        (_, "password_required") => Flag("no password required", "password required"),
        (_, "restrictive") => Flag("RESTRICTIVE", "PERMISSIVE"),
        (_, "routine") => Value("", "function"),
        (_, "row_security") => Flag("row security enabled", "row security disabled"),
        (_, "run_as_owner") => Flag("run as the owner", "not run as the owner"),
        (_, "sequence_name") => Value("sequence named ", "sequence of the default name"),
        (_, "sequence_persistence") => Value("sequence ", "sequence logged as its table is"),
        (_, "shell") => Flag("declared only", "defined"),
        (_, "statistics" | "target") => Value("statistics target ", "the default statistics target"),
        (_, "text") => Value("", "no text"),
        (_, "two_phase") => Flag("two-phase commit", "no two-phase commit"),
        (_, "unlogged") => Flag("unlogged", "logged"),
        (_, "via_root") => Flag("published as the root of partitions", "published as partitions"),
        _ => return None,
    })
}

/// One side of a difference. `None`: the attribute is as it is by default.
pub(crate) fn words(kind: Kind, attribute: &str, value: Option<&str>) -> String {
    let name = attribute.replace('_', " ");
    match (wording(kind, attribute), value) {
        (Some(Flag(set, _)), Some(_)) => set.to_owned(),
        (Some(Flag(_, unset) | Value(_, unset)), None) => unset.to_owned(),
        (Some(Value(before, _)), Some(value)) => format!("{before}{}", values::readable(attribute, value)),
        (Some(Hidden(name)), _) => format!("{name} (not shown)"),
        (None, Some(value)) => format!("{name} {}", values::readable(attribute, value)),
        (None, None) => format!("the default {name}"),
    }
}

/// Whether nothing of its values may be shown.
pub(crate) fn is_hidden(kind: Kind, attribute: &str) -> bool {
    matches!(wording(kind, attribute), Some(Hidden(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_said_in_words() {
        for (kind, attribute, value, expected) in [
            (Kind::Column, "not_null", Some("true"), "NOT NULL"),
            (Kind::Column, "not_null", None, "nullable"),
            (Kind::Column, "type", Some("character varying(20)"), "type character varying(20)"),
            (Kind::Column, "statistics", None, "the default statistics target"),
            (Kind::Enum, "values", Some(r#"["fine", "so so"]"#), "values fine, so so"),
            (Kind::Trigger, "enabled", Some("DISABLE"), "DISABLE"),
            (Kind::Subscription, "enabled", None, "disabled"),
            (Kind::Function, "argument_names", Some("a\n  b"), "argument names a b"),
            (Kind::Function, "argument_names", None, "the default argument names"),
            (Kind::Function, "argument_modes", Some(r#"["i", "t"]"#), "argument modes IN, TABLE"),
            (Kind::Index, "part_of_index", Some(r#"["public", "p_n"]"#), "part of index p_n"),
            (
                Kind::Composite,
                "attributes",
                Some(r#"[["a", "text", "C"], ["b", "int", ""]]"#),
                "attributes a text C, b int",
            ),
            (Kind::Table, "partition_key", Some(r#"[["integer", "-"]]"#), "partition key of integer"),
            (
                Kind::Privileges,
                "acl",
                Some(r#"{"OWNER": {"INSERT": false, "SELECT": false}, "\"R o\"": {"SELECT": true}}"#),
                "privileges SELECT WITH GRANT OPTION to \"R o\"; INSERT, SELECT to the owner",
            ),
            (Kind::Privileges, "acl", Some("{}"), "privileges none"),
            (
                Kind::OperatorFamily,
                "members",
                Some(r#"{"OPERATOR 1 (a, a)": "OPERATOR 1 <(a, a)"}"#),
                "members OPERATOR 1 <(a, a)",
            ),
            (
                Kind::MaterializedView,
                "column_settings",
                Some(r#"{"a": {"statistics": "100", "storage": "MAIN"}}"#),
                "column settings a: statistics 100, storage MAIN",
            ),
            (
                Kind::TextSearchConfiguration,
                "mappings",
                Some(r#"{"word": "simple"}"#),
                "mappings word: simple",
            ),
            (
                Kind::TriggerState,
                "states",
                Some(r#"["RI_FKey_check_ins DISABLE", "RI_FKey_check_upd DISABLE"]"#),
                "DISABLE",
            ),
            (
                Kind::TriggerState,
                "states",
                Some(r#"["RI_FKey_check_ins ENABLE", "RI_FKey_noaction_del DISABLE"]"#),
                "ENABLE on INSERT, DISABLE on DELETE of what is referred to",
            ),
            (Kind::Server, "foreign_options", Some("secret"), "options (not shown)"),
        ] {
            assert_eq!(words(kind, attribute, value), expected);
        }
    }

    /// What has two words in its name is no name for people; each flag says `true` or nothing.
    #[test]
    fn no_attribute_of_the_catalog_is_shown_by_its_raw_name() {
        for kind in Kind::ALL {
            let query = kind.rule().query();
            let pieces: Vec<&str> = query.split(" AS ").collect();
            let end = |text: &str| {
                text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
            };
            for pair in pieces.windows(2) {
                let name = &pair[1][..end(pair[1])];
                let says_true = ["THEN 'true' END", ", false)::text", ", true)::text"];
                if !name.starts_with('_') && says_true.iter().any(|flag| pair[0].ends_with(flag)) {
                    assert!(matches!(wording(*kind, name), Some(Flag(..))), "{kind}: {name}");
                }
                for value in [None, Some("true")] {
                    let said = words(*kind, name, value);
                    assert!(!said.contains('_'), "{kind}: {said}");
                }
            }
        }
    }
}
