//! What squawk's parser lets pass and PostgreSQL's does not, as far as it is what people write by mistake.

use squawk_syntax::ast::{self, AstNode as _};
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

/// Where a statement stops being SQL although the parser took it.
#[derive(Debug)]
pub(crate) enum Overlooked {
    /// This token cannot stand there.
    Token(SyntaxToken),
    /// Something is missing at the end.
    End,
}

/// The first such place of a tree.
pub(crate) fn overlooked(root: &SyntaxNode) -> Option<Overlooked> {
    root.descendants().find_map(|node| match node.kind() {
        SyntaxKind::DEFAULT_CONSTRAINT => not_in_default(&node),
        SyntaxKind::CONSTRAINT_NAME => reserved(&node),
        SyntaxKind::COMPOSITE_FIELD_DEF => untyped(&node),
        SyntaxKind::COLUMN if is_of_foreign_table(&node) => untyped(&node),
        SyntaxKind::FROM_ALIAS => (node.children().next().is_none()).then(|| behind(&node)),
        SyntaxKind::FOR_PUBLICATION_OBJECTS
        | SyntaxKind::ADD_PUBLICATION_OBJECTS
        | SyntaxKind::SET_PUBLICATION_OBJECTS
        | SyntaxKind::DROP_PUBLICATION_OBJECTS => no_table(&node),
        SyntaxKind::USING_ON_CLAUSE => no_source(&node),
        SyntaxKind::NULLS_NOT_DISTINCT => no_distinct(&node),
        SyntaxKind::COPY => no_direction(&node),
        SyntaxKind::GRANT => no_privilege(&node),
        SyntaxKind::DROP_TABLE
        | SyntaxKind::CREATE_TABLE
        | SyntaxKind::ALTER_TABLE
        | SyntaxKind::ALTER_FOREIGN_TABLE
        | SyntaxKind::ALTER_FUNCTION
        | SyntaxKind::ALTER_PROCEDURE
        | SyntaxKind::ALTER_ROUTINE => is_unfinished(&node).then(|| behind(&node)),
        _ => None,
    })
}

/// A default is an expression without `AND`, `IN`, `AT TIME ZONE` and their like, which want parentheses there: what
/// follows may be another constraint of the column.
fn not_in_default(node: &SyntaxNode) -> Option<Overlooked> {
    node.children().find_map(|expression| refused(&expression)).map(Overlooked::Token)
}

/// Where the first operator of an expression is that needs parentheses in a default; not of one that has them.
fn refused(expression: &SyntaxNode) -> Option<SyntaxToken> {
    use SyntaxKind as K;
    if !matches!(expression.kind(), K::BIN_EXPR | K::PREFIX_EXPR | K::POSTFIX_EXPR | K::BETWEEN_EXPR) {
        return None;
    }
    expression.children_with_tokens().find_map(|part| {
        let first = match part {
            SyntaxElement::Token(token) => Some(token),
            SyntaxElement::Node(node) => match node.kind() {
                K::IS_DISTINCT_FROM | K::IS_NOT_DISTINCT_FROM | K::NAME_REF => None,
                K::IS_NOT => return node.last_token().and_then(|token| next(&token)),
                K::BIN_EXPR | K::PREFIX_EXPR | K::POSTFIX_EXPR | K::BETWEEN_EXPR => return refused(&node),
                _ => node.first_token(),
            },
        }?;
        match first.kind() {
            K::AND_KW
            | K::OR_KW
            | K::NOT_KW
            | K::AT_KW
            | K::IN_KW
            | K::LIKE_KW
            | K::ILIKE_KW
            | K::SIMILAR_KW
            | K::BETWEEN_KW
            | K::ISNULL_KW
            | K::NOTNULL_KW => Some(first),
            // It may be `IS DISTINCT FROM`.
            K::IS_KW => next(&first),
            _ => None,
        }
    })
}

/// A name that is none: it was forgotten.
fn reserved(name: &SyntaxNode) -> Option<Overlooked> {
    use SyntaxKind as K;
    let token = name.first_token()?;
    let is_reserved = matches!(
        token.kind(),
        K::CHECK_KW
            | K::DEFAULT_KW
            | K::FOREIGN_KW
            | K::NOT_KW
            | K::NULL_KW
            | K::PRIMARY_KW
            | K::REFERENCES_KW
            | K::UNIQUE_KW
    );
    is_reserved.then_some(Overlooked::Token(token))
}

/// A column without a type.
fn untyped(column: &SyntaxNode) -> Option<Overlooked> {
    let name = column.children().next()?;
    let after = name.next_sibling();
    let is_typed = after.is_some_and(|node| ast::Type::can_cast(node.kind()));
    (!is_typed).then(|| behind(&name))
}

fn is_of_foreign_table(column: &SyntaxNode) -> bool {
    let statement = column.parent().and_then(|list| list.parent());
    let is_partition =
        |node: &SyntaxNode| node.children().any(|part| part.kind() == SyntaxKind::PARTITION_OF);
    statement.is_some_and(|node| node.kind() == SyntaxKind::CREATE_FOREIGN_TABLE && !is_partition(&node))
}

/// `FOR a` instead of `FOR TABLE a`: only what follows may do without the word.
fn no_table(objects: &SyntaxNode) -> Option<Overlooked> {
    let first = objects.children().next()?;
    let token = first.first_token()?;
    let is_table = first.kind() == SyntaxKind::PUBLICATION_OBJECT_TABLE;
    (is_table && token.kind() != SyntaxKind::TABLE_KW).then_some(Overlooked::Token(token))
}

/// `MERGE INTO a USING ON …`.
fn no_source(using: &SyntaxNode) -> Option<Overlooked> {
    let first = using.children().next().filter(|node| node.kind() == SyntaxKind::ON_CLAUSE)?;
    first.first_token().map(Overlooked::Token)
}

/// `COPY a`, neither `FROM` nor `TO`.
fn no_direction(copy: &SyntaxNode) -> Option<Overlooked> {
    let has = copy.children().any(|node| matches!(node.kind(), SyntaxKind::COPY_FROM | SyntaxKind::COPY_TO));
    (!has).then(|| behind(copy))
}

/// `GRANT TO b`.
fn no_privilege(grant: &SyntaxNode) -> Option<Overlooked> {
    let second = next(&grant.first_token()?)?;
    (second.kind() == SyntaxKind::TO_KW).then_some(Overlooked::Token(second))
}

/// `NULLS NOT`, without `DISTINCT`.
fn no_distinct(nulls: &SyntaxNode) -> Option<Overlooked> {
    let last = nulls.last_token()?;
    (last.kind() == SyntaxKind::NOT_KW).then(|| behind(nulls))
}

/// Statements that lack what they are about.
fn is_unfinished(node: &SyntaxNode) -> bool {
    let Some(statement) = ast::Stmt::cast(node.clone()) else { return false };
    match statement {
        ast::Stmt::DropTable(it) => it.table_name_refs().next().is_none(),
        ast::Stmt::CreateTable(it) => {
            it.table_arg_list().is_none() && it.of_type().is_none() && it.partition_of().is_none()
        }
        ast::Stmt::AlterTable(it) => it.actions().next().is_none() && it.all_in_tablespace().is_none(),
        ast::Stmt::AlterForeignTable(it) => it.actions().next().is_none(),
        ast::Stmt::AlterFunction(it) => it.action().is_none(),
        ast::Stmt::AlterProcedure(it) => it.action().is_none(),
        ast::Stmt::AlterRoutine(it) => it.action().is_none(),
        _ => false,
    }
}

/// Something is missing behind a node.
fn behind(node: &SyntaxNode) -> Overlooked {
    node.last_token().and_then(|token| next(&token)).map_or(Overlooked::End, Overlooked::Token)
}

/// The next token that is neither white space nor a comment.
fn next(token: &SyntaxToken) -> Option<SyntaxToken> {
    std::iter::successors(token.next_token(), SyntaxToken::next_token).find(|token| !token.kind().is_trivia())
}
