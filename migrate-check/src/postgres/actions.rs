//! What PostgreSQL refuses in the actions of its grammar, beyond the rules: `gram.y` has them beside the rules that are named here.

mod constraint;
mod select;

use constraint::{attributes, conflicting};
use select::{frame, select};

use super::parser::{Part, Tree};
use super::scanner::Token;
use super::tables::GRAMMAR;

/// The token at which an action refuses a statement.
pub(super) fn refused(sql: &str, tree: &Tree) -> Option<usize> {
    tree.nodes().find_map(|node| Rule { sql, node }.refused())
}

/// A node, with the text that it is of.
#[derive(Clone, Copy)]
struct Rule<'t> {
    sql: &'t str,
    node: Part<'t>,
}

impl Rule<'_> {
    #[expect(clippy::too_many_lines, reason = "an arm for each rule")]
    fn refused(self) -> Option<usize> {
        let node = self.node;
        let first = |is_wrong: bool| is_wrong.then(|| node.first());
        match node.name() {
            // Names.
            "qualified_name" | "PublicationObjSpec" => self.dotted(node.find("indirection")?, 2),
            "func_name" => self.dotted(node.find("indirection")?, usize::MAX),
            "indirection" | "opt_indirection" => self.star_before_more(),
            "AlterCompositeTypeStmt" => self.too_many_names(),
            "DefineStmt" if node.is_made_of("CREATE TYPE_P any_name AS '(' OptTableFuncElementList ')'") => {
                self.too_many_names()
            }
            "RenameStmt"
                if node
                    .is_made_of("ALTER TYPE_P any_name RENAME ATTRIBUTE name TO name opt_drop_behavior") =>
            {
                self.too_many_names()
            }
            "RoleSpec" => first(self.text() == "none"),
            "RoleId" => first(
                self.text() == "public"
                    || node.part(0).is_some_and(|role| {
                        ["CURRENT_ROLE", "CURRENT_USER", "SESSION_USER"]
                            .iter()
                            .any(|word| role.is_made_of(word))
                    }),
            ),
            // Words that are not key words.
            "AlterOptRoleElem" => first(
                node.find("UNENCRYPTED").is_some()
                    || (node.is_made_of("IDENT") && !ROLE_OPTIONS.contains(&&*self.text())),
            ),
            "RowSecurityDefaultPermissive" => {
                let word = node.find("IDENT")?;
                (!["permissive", "restrictive"].contains(&&*self.text_of(word))).then(|| word.first())
            }
            "PartitionSpec" => {
                let strategy = node.find("ColId")?;
                let word = self.text_of(strategy).to_ascii_lowercase();
                (!["list", "range", "hash"].contains(&&*word)).then(|| strategy.first())
            }
            "json_format_clause" => {
                let encoding = node.find("name")?;
                let word = self.text_of(encoding).to_ascii_lowercase();
                (!["utf8", "utf16", "utf32"].contains(&&*word)).then(|| encoding.first())
            }
            // What is not implemented, or not any more.
            "set_rest_more" => first(node.find("CATALOG_P").is_some()),
            "key_match" => first(node.find("PARTIAL").is_some()),
            "CreateAssertionStmt" => first(true),
            "AlterEnumStmt" => node.find("DROP").map(Part::first),
            "create_extension_opt_item" => first(node.find("FROM").is_some()),
            "oper_argtypes" => node.is_made_of("'(' Typename ')'").then(|| node.first() + 2),
            "limit_clause" => first(node.find("','").is_some()),
            "a_expr" => match () {
                () if node.find("UNIQUE").is_some() => first(true),
                () if node.find("OVERLAPS").is_some() => node.parts().find_map(is_no_pair),
                () => None,
            },
            // What does not go together.
            "CreateSchemaStmt" => {
                let elements = node.find("OptSchemaEltList").filter(|list| !list.is_empty())?;
                node.find("EXISTS").map(|_| elements.first())
            }
            "CopyStmt" => self.copy(),
            "ColConstraintElem" => {
                let when = node.find("generated_when")?;
                (node.find("a_expr").is_some() && when.is_made_of("BY DEFAULT")).then(|| when.first())
            }
            "key_update" => first(has_part(node.find("key_action")?, "opt_column_list")),
            "CreateTrigStmt" => first(node.find("CONSTRAINT").is_some() && has_part(node, "opt_or_replace"))
                .or_else(|| attributes(node)),
            "TriggerEvents" => self.events(),
            "ConstraintAttributeSpec" => conflicting(node),
            "ConstraintElem" | "DomainConstraintElem" => attributes(node),
            "alter_table_cmd" => self.alter_table(),
            "alter_identity_column_option" => {
                let option = node.find("SeqOptElem")?;
                let words = ["AS", "RESTART", "OWNED"];
                words.iter().any(|word| option.find(word).is_some()).then(|| option.first())
            }
            "ColQualList" => {
                let is_collate = |part: Part<'_>| part.find("COLLATE").is_some();
                let last = node.find("ColConstraint").filter(|last| is_collate(*last))?;
                let earlier = node.find("ColQualList")?.elements();
                earlier.into_iter().any(is_collate).then(|| last.first())
            }
            "PartitionBoundSpec" => self.hash_bound(),
            "CreatePublicationStmt" | "AlterPublicationStmt" => publication(node.find("pub_obj_list")?),
            "aggr_arg" => {
                let class = node.part(0)?.find("arg_class")?;
                (class.find("OUT_P").is_some() || class.find("INOUT").is_some()).then(|| node.first())
            }
            "CreateFunctionStmt" if node.find("TABLE").is_some() => {
                let classes = node.find("func_args_with_defaults")?.inside();
                let is_out = |class: &Part<'_>| {
                    class.name() == "arg_class"
                        && (class.find("OUT_P").is_some() || class.find("INOUT").is_some())
                };
                classes.into_iter().find(is_out).map(Part::first)
            }
            "ViewStmt" => {
                let check = node.find("opt_check_option").filter(|check| !check.is_empty())?;
                node.find("RECURSIVE").map(|_| check.first())
            }
            "select_no_parens" => select(node),
            "func_expr" => {
                let within = node.find("within_group_clause").filter(|within| !within.is_empty())?;
                let call = node.find("func_application")?;
                let is_wrong = has_part(call, "opt_sort_clause")
                    || call.find("DISTINCT").is_some()
                    || call.find("VARIADIC").is_some();
                is_wrong.then(|| within.first())
            }
            "frame_extent" => frame(node),
            // Values.
            "opt_float" => {
                let number = node.find("Iconst")?;
                let bits = self.text_of(number).replace('_', "").parse::<u32>().unwrap_or(1);
                (bits == 0 || bits > 53).then(|| number.first())
            }
            "zone_value" => {
                let fields = node.find("opt_interval").filter(|fields| !fields.is_empty())?;
                let is_allowed =
                    ["HOUR_P", "MINUTE_P", "HOUR_P TO MINUTE_P"].iter().any(|rule| fields.is_made_of(rule));
                (!is_allowed).then(|| fields.first())
            }
            "xmltable_column_el" => self.xml_column(),
            "json_table" => {
                let path = node.find("a_expr")?;
                let name = |token: &Token| GRAMMAR.name(token.symbol);
                let is_bracket = |token: &&Token| ["'('", "')'"].contains(&name(token));
                let words: Vec<&Token> = path.tokens().iter().filter(|token| !is_bracket(token)).collect();
                let is_constant = words.len() == 1 && name(words[0]) == "SCONST";
                (!is_constant).then(|| path.first())
            }
            "AexprConst" if node.is_made_of("func_name '(' func_arg_list opt_sort_clause ')' Sconst") => {
                let mut arguments = node.find("func_arg_list")?.elements().into_iter();
                let named = arguments.find(|part| part.find("param_name").is_some());
                let sort = node.find("opt_sort_clause").filter(|sort| !sort.is_empty());
                named.or(sort).map(Part::first)
            }
            _ => None,
        }
    }

    /// Its text, if it is one token: as PostgreSQL has it, in small letters unless it is quoted.
    fn text(self) -> String {
        self.text_of(self.node)
    }

    fn text_of(self, part: Part<'_>) -> String {
        let [token] = part.tokens() else { return String::new() };
        let text = &self.sql[token.range.clone()];
        match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(name) => name.replace("\"\"", "\""),
            None => text.to_ascii_lowercase(),
        }
    }

    /// Where an indirection has something else than names, or more names than these.
    fn dotted(self, indirection: Part<'_>, most: usize) -> Option<usize> {
        let elements = indirection.elements();
        let is_name = |part: &Part<'_>| part.find("attr_name").is_some();
        let wrong = elements.iter().find(|part| !is_name(part)).map(|part| part.first());
        wrong.or_else(|| (elements.len() > most).then(|| self.node.first()))
    }

    /// `a.*.b`.
    fn star_before_more(self) -> Option<usize> {
        let before = self.node.part(0).filter(|part| part.name() == self.node.name())?;
        let last = self.node.part(1)?;
        let previous = before.elements().pop()?;
        previous.find("'*'").map(|_| last.first())
    }

    /// A name of more than three parts.
    fn too_many_names(self) -> Option<usize> {
        let name = self.node.find("any_name")?;
        let dots = name.tokens().iter().filter(|token| &self.sql[token.range.clone()] == ".").count();
        (dots > 2).then(|| name.first())
    }

    fn copy(self) -> Option<usize> {
        let node = self.node;
        let is_stream = node.find("copy_file_name")?.find("Sconst").is_none();
        let program = node.find("opt_program").filter(|program| !program.is_empty() && is_stream);
        let condition = node.find("where_clause").filter(|condition| !condition.is_empty());
        let is_to = node.find("copy_from").is_some_and(|from| from.find("TO").is_some());
        program.or(condition.filter(|_| is_to)).map(Part::first)
    }

    /// An event of a trigger twice.
    fn events(self) -> Option<usize> {
        let last = self.node.part(2)?;
        let word = last.part(0)?.name();
        let earlier = self.node.part(0)?;
        let mut events = earlier.inside().filter(|part| part.name() == "TriggerOneEvent");
        events.any(|event| event.part(0).is_some_and(|first| first.name() == word)).then(|| last.first())
    }

    fn alter_table(self) -> Option<usize> {
        let node = self.node;
        if let Some(number) = node.find("Iconst") {
            let value = self.text_of(number).parse::<i16>().unwrap_or_default();
            return (value < 1).then(|| number.first());
        }
        node.find("CONSTRAINT").and_then(|_| attributes(node))
    }

    /// `FOR VALUES WITH (modulus …, remainder …)`.
    fn hash_bound(self) -> Option<usize> {
        let bounds = self.node.find("hash_partbound")?;
        let mut seen = Vec::new();
        for element in bounds.elements() {
            let word = element.part(0).map(|word| self.text_of(word)).unwrap_or_default();
            if !["modulus", "remainder"].contains(&&*word) || seen.contains(&word) {
                return Some(element.first());
            }
            seen.push(word);
        }
        (seen.len() < 2).then(|| self.node.first() + 2)
    }

    /// An option of a column of `XMLTABLE` twice, or one that there is not.
    fn xml_column(self) -> Option<usize> {
        let mut seen = Vec::new();
        for option in self.node.find("xmltable_column_option_list")?.elements() {
            let kind = match option.part(0)?.name() {
                "NOT" | "NULL_P" => "null",
                "IDENT" => return Some(option.first()),
                other => other,
            };
            if seen.contains(&kind) {
                return Some(option.first());
            }
            seen.push(kind);
        }
        None
    }
}

const ROLE_OPTIONS: [&str; 13] = [
    "superuser",
    "nosuperuser",
    "createrole",
    "nocreaterole",
    "replication",
    "noreplication",
    "createdb",
    "nocreatedb",
    "login",
    "nologin",
    "bypassrls",
    "nobypassrls",
    "noinherit",
];

/// The object of a publication that has no kind, or not that of the one before it.
fn publication(objects: Part<'_>) -> Option<usize> {
    let mut is_table = None;
    for object in objects.elements() {
        let has = |name: &str| has_part(object, name);
        let is_named =
            has("ColId") && !has("indirection") && !has("opt_column_list") && !has("OptWhereClause");
        let is_wrong = match (object.part(0)?.name(), is_table) {
            ("TABLE", _) => {
                is_table = Some(true);
                false
            }
            ("TABLES", _) => {
                is_table = Some(false);
                false
            }
            (_, None) => true,
            (first, Some(true)) => first == "CURRENT_SCHEMA",
            (first, Some(false)) => first != "CURRENT_SCHEMA" && !is_named,
        };
        if is_wrong {
            return Some(object.first());
        }
    }
    None
}

/// Whether a part is there and not empty.
fn has_part(node: Part<'_>, name: &str) -> bool {
    node.find(name).is_some_and(|part| !part.is_empty())
}

/// The row of an `OVERLAPS` that has not two values.
fn is_no_pair(row: Part<'_>) -> Option<usize> {
    let values = row.find("expr_list").map_or(0, |values| values.elements().len());
    let values = values + usize::from(row.find("a_expr").is_some());
    (row.name() == "row" && values != 2).then(|| row.first())
}
