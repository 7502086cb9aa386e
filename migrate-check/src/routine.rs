//! The body of a function or procedure in SQL, which is a string to the grammar: its statements are checked like all others.

use migrate_source::outline;
use squawk_syntax::ast::{self, AstNode as _, Stmt};
use squawk_syntax::decoded_text::DecodedText;
use squawk_syntax::syntax_error::SyntaxError;
use squawk_syntax::{Parse, SourceFile};

use crate::grammar::{self, Refused};

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
    pub(crate) fn check(&self, sql: &str, parse: &Parse<SourceFile>) -> Result<(), Refused> {
        let Some(body) = self.body.decoded_value() else { return Ok(()) };
        let text = body.text();
        for statement in outline(text) {
            let range = statement.range;
            match grammar::parse(&text[range.clone()]) {
                Ok(_) => {}
                Err(Refused::TooDeep) => return Err(Refused::TooDeep),
                Err(Refused::NotSql(mut found)) => {
                    if found.found.is_none() && text[range.end..].starts_with(';') {
                        found.found = Some(";".to_owned());
                    }
                    found.offset = in_statement(&body, range.start + found.offset);
                    return Err(Refused::NotSql(found));
                }
            }
        }
        // A command of psql, which is in no statement.
        let left = parse.errors().into_iter().find(|error| text.contains('\\') && self.encloses(error));
        left.map_or(Ok(()), |error| {
            let offset = usize::from(error.range().start());
            Err(Refused::NotSql(grammar::not_sql(sql, &parse.syntax_node(), offset, error.message())))
        })
    }
}

/// Where in the statement an offset of the body is.
fn in_statement(body: &DecodedText, offset: usize) -> usize {
    // Files have less than 4 GiB.
    let at = u32::try_from(offset).unwrap_or(u32::MAX);
    body.source_pos(at.into()).into()
}
