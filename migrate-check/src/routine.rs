//! The body of a function or procedure in SQL, which is a string to the grammar: its statements are checked like all others.

use migrate_source::outline;
use squawk_syntax::SourceFile;
use squawk_syntax::ast::{self, AstNode as _, Stmt};
use squawk_syntax::decoded_text::DecodedText;
use squawk_syntax::syntax_error::SyntaxError;

use crate::grammar::{self, NotSql, Refused};
use crate::postgres;

/// A statement that creates a routine in SQL whose body is a string.
pub(crate) struct Routine {
    /// The string.
    body: ast::Literal,
}

impl Routine {
    pub(crate) fn of(file: &SourceFile) -> Option<Self> {
        let options = match file.stmts().next()? {
            Stmt::CreateFunction(it) => it.option_list()?,
            Stmt::CreateProcedure(it) => it.option_list()?,
            _ => return None,
        };
        let (mut is_sql, mut body) = (false, None);
        for option in options.options() {
            match option {
                ast::FuncOption::LanguageFuncOption(it) => {
                    is_sql = it.language_name().is_some_and(|language| language.name == "sql");
                }
                ast::FuncOption::AsFuncOption(it) => {
                    if let Some(ast::AsFuncTarget::AsDefinition(definition)) = it.as_func_target() {
                        body = definition.literal();
                    }
                }
                _ => {}
            }
        }
        body.filter(|_| is_sql).map(|body| Self { body })
    }

    /// The body, without its quotes.
    pub(crate) fn text(&self) -> String {
        self.body.string_value().unwrap_or_default()
    }

    /// Whether an error is inside the body.
    pub(crate) fn encloses(&self, error: &SyntaxError) -> bool {
        let (at, body) = (error.range().start(), self.body.syntax().text_range());
        body.start() < at && at < body.end()
    }

    /// Checks the statements of the body.
    ///
    /// # Errors
    ///
    /// The first place where one is not SQL, in bytes from the beginning of the statement that creates the routine.
    pub(crate) fn check(&self) -> Result<(), Refused> {
        let Some(body) = self.body.decoded_value() else { return Ok(()) };
        let text = body.text();
        let refused = |at: usize, mut found: NotSql| {
            found.offset = in_statement(&body, at + found.offset);
            Refused::NotSql(found)
        };
        // There may be routines in it.
        for statement in outline(text) {
            let range = statement.range;
            let at_semicolon = text[range.end..].starts_with(';');
            grammar::parse(&text[range.clone()]).map_err(|error| match error {
                Refused::NotSql(mut found) => {
                    found.found = found.found.or_else(|| at_semicolon.then(|| ";".to_owned()));
                    refused(range.start, found)
                }
                Refused::TooDeep => Refused::TooDeep,
            })?;
        }
        // What is in no statement: a command of psql.
        postgres::check(text).map_err(|wrong| refused(0, NotSql::new(text, wrong)))
    }
}

/// Where in the statement an offset of the body is.
fn in_statement(body: &DecodedText, offset: usize) -> usize {
    // Files have less than 4 GiB.
    let at = u32::try_from(offset).unwrap_or(u32::MAX);
    body.source_pos(at.into()).into()
}
