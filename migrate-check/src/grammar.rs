//! Whether a statement is SQL: the one place that knows PostgreSQL's grammar, here as squawk's parser has it.

use squawk_syntax::ast;
use squawk_syntax::{SourceFile, SyntaxNode};

/// A statement that the grammar knows.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) file: SourceFile,
}

impl Tree {
    /// The statement itself.
    pub(crate) fn statement(&self) -> Option<ast::Stmt> {
        self.file.stmts().next()
    }
}

/// Where a statement stops being SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxFault {
    /// In bytes from the beginning of the statement.
    pub(crate) offset: usize,
    /// In PostgreSQL's words.
    pub(crate) message: String,
}

/// Parses one statement, without its semicolon.
///
/// # Errors
///
/// The first place where it is not SQL.
///
/// # Panics
///
/// The parser may, on what its authors have not met yet; and it recurses: [`crate::guarded`] calls it.
pub(crate) fn parse(sql: &str) -> Result<Tree, SyntaxFault> {
    let parse = SourceFile::parse(sql);
    match parse.errors().into_iter().next() {
        None => Ok(Tree { file: parse.tree() }),
        Some(error) => {
            let offset = usize::from(error.range().start());
            Err(fault(sql, &parse.syntax_node(), offset, error.message()))
        }
    }
}

/// The parser says what it expected, PostgreSQL what it found.
fn fault(sql: &str, root: &SyntaxNode, offset: usize, message: &str) -> SyntaxFault {
    let next = root
        .descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .find(|token| usize::from(token.text_range().start()) >= offset && !token.kind().is_trivia());
    match next {
        Some(token) => SyntaxFault {
            offset: token.text_range().start().into(),
            message: format!("syntax error at or near \"{}\" ({message})", token.text()),
        },
        None => {
            SyntaxFault { offset: sql.len(), message: format!("syntax error at end of input ({message})") }
        }
    }
}
