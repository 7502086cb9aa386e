//! The kinds of things a schema has, each with the file that knows it.

use std::fmt;

use crate::kinds;
use crate::rule::Rule;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $name:literal, $rule:expr;)+) => {
        /// A kind of thing in a schema. In the order in which they are created where nothing else decides.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind { $($(#[$doc])* $kind,)+ }

        impl Kind {
            /// All there are.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// What it is called in the catalog's queries and in messages.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// What is to be known of it.
            pub(crate) fn rule(self) -> &'static dyn Rule {
                match self { $(Self::$kind => &$rule,)+ }
            }
        }
    };
}

kinds! {
    /// A namespace.
    Schema, "schema", kinds::schema::Schema;
    /// An extension. What it made is its own and not read.
    Extension, "extension", kinds::extension::Extension;
    /// A collation.
    Collation, "collation", kinds::collation::Collation;
    /// An enum with its values.
    Enum, "enum", kinds::enums::Enum;
    /// A domain.
    Domain, "domain", kinds::domain::Domain;
    /// A check of a domain.
    DomainConstraint, "domain constraint", kinds::domain::DomainConstraint;
    /// A composite type with its attributes.
    Composite, "composite type", kinds::composite::Composite;
    /// A range type.
    Range, "range type", kinds::range::Range;
    /// A sequence that belongs to no identity column.
    Sequence, "sequence", kinds::sequence::Sequence;
    /// A table.
    Table, "table", kinds::table::Table;
    /// A foreign table.
    ForeignTable, "foreign table", kinds::foreign::ForeignTable;
    /// A column of a table.
    Column, "column", kinds::column::Column;
    /// The default of a column.
    Default, "default of column", kinds::default::Default;
    /// That a table inherits from another, or is a partition of it.
    Inheritance, "inheritance", kinds::inheritance::Inheritance;
    /// The column that a sequence belongs to.
    SequenceOwner, "owner of sequence", kinds::sequence::SequenceOwner;
    /// A function.
    Function, "function", kinds::function::Function;
    /// A procedure.
    Procedure, "procedure", kinds::function::Procedure;
    /// An aggregate.
    Aggregate, "aggregate", kinds::aggregate::Aggregate;
    /// An operator.
    Operator, "operator", kinds::operator::Operator;
    /// A family of operator classes.
    OperatorFamily, "operator family", kinds::operator::Family;
    /// An operator class.
    OperatorClass, "operator class", kinds::operator::Class;
    /// A cast.
    Cast, "cast", kinds::cast::Cast;
    /// A template of text search dictionaries.
    TextSearchTemplate, "text search template", kinds::text_search::Template;
    /// A text search parser.
    TextSearchParser, "text search parser", kinds::text_search::Parser;
    /// A text search dictionary.
    TextSearchDictionary, "text search dictionary", kinds::text_search::Dictionary;
    /// A text search configuration.
    TextSearchConfiguration, "text search configuration", kinds::text_search::Configuration;
    /// A constraint of a table, with the index that it has.
    Constraint, "constraint", kinds::constraint::Constraint;
    /// An index that belongs to no constraint.
    Index, "index", kinds::index::Index;
    /// By which index a table's rows are told apart in replication.
    ReplicaIdentity, "replica identity", kinds::table::ReplicaIdentity;
    /// A view.
    View, "view", kinds::view::View;
    /// A materialized view.
    MaterializedView, "materialized view", kinds::view::MaterializedView;
    /// Extended statistics.
    Statistics, "statistics", kinds::statistics::Statistics;
    /// A trigger.
    Trigger, "trigger", kinds::trigger::Trigger;
    /// That a trigger is switched by itself: a partition's apart from its parent's, or those that enforce a constraint.
    TriggerState, "trigger state", kinds::trigger_state::TriggerState;
    /// The extension that something depends on by its own declaration.
    ExtensionDependency, "dependency on extension", kinds::extension_dependency::ExtensionDependency;
    /// A rewrite rule.
    Rule, "rule", kinds::rewrite::Rewrite;
    /// A row security policy.
    Policy, "policy", kinds::policy::Policy;
    /// A foreign-data wrapper.
    ForeignDataWrapper, "foreign-data wrapper", kinds::foreign::Wrapper;
    /// A foreign server.
    Server, "server", kinds::foreign::Server;
    /// Who a role is on a foreign server.
    UserMapping, "user mapping", kinds::foreign::UserMapping;
    /// A publication.
    Publication, "publication", kinds::publication::Publication;
    /// What a publication publishes.
    PublicationMember, "member of publication", kinds::publication::Member;
    /// A subscription.
    Subscription, "subscription", kinds::subscription::Subscription;
    /// Who may do what with a thing.
    Privileges, "privileges", kinds::privileges::Privileges;
    /// Who may do what with things yet to be made.
    DefaultPrivileges, "default privileges", kinds::default_privileges::DefaultPrivileges;
    /// A comment.
    Comment, "comment", kinds::comment::Comment;
    /// An event trigger. After all else, for it looks at the statements that come after it, and before them where it goes.
    EventTrigger, "event trigger", kinds::event_trigger::EventTrigger;
    /// Something that is seen and not understood: it is named wherever it differs.
    Other, "other", kinds::other::Other;
}

impl Kind {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// What has a name that nothing else in the same schema may have.
    pub(crate) fn namespace(self) -> Option<Namespace> {
        match self {
            Self::Table
            | Self::ForeignTable
            | Self::View
            | Self::MaterializedView
            | Self::Sequence
            | Self::Index => Some(Namespace::Relation),
            Self::Enum | Self::Domain | Self::Composite | Self::Range => Some(Namespace::Type),
            Self::Function | Self::Procedure | Self::Aggregate => Some(Namespace::Routine),
            _ => None,
        }
    }
}

/// The things of one of these share their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Namespace {
    /// A relation is also a type.
    Relation,
    Type,
    Routine,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
