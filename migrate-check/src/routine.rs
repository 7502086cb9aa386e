//! The body of a function or procedure in SQL, which is a string to the grammar.

use squawk_syntax::ast::{self, AstNode as _, Stmt};
use squawk_syntax::decoded_text::DecodedText;
use squawk_syntax::syntax_error::SyntaxError;
use squawk_syntax::{Parse, SourceFile};

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
    fn encloses(&self, error: &SyntaxError) -> bool {
        let (at, body) = (error.range().start(), self.body.syntax().text_range());
        body.start() < at && at < body.end()
    }

    /// The body, without its quotes, where each of its places in the statement is known.
    pub(crate) fn decoded(&self) -> Option<DecodedText> {
        self.body.decoded_value()
    }
}

/// The first error outside of the body of a function, which is looked at by itself.
pub(crate) fn first_error(parse: &Parse<SourceFile>) -> Option<SyntaxError> {
    let routine = Routine::of(&parse.tree());
    let is_inside = |error: &SyntaxError| routine.as_ref().is_some_and(|it| it.encloses(error));
    parse.errors().into_iter().find(|error| !is_inside(error))
}
