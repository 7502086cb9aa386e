//! `$NAME` and `${NAME}` in the path of a folder: the macro and a build script must mean the same folder by it.

/// Replaces `$NAME` and `${NAME}`, and says which they were.
///
/// # Errors
///
/// A variable is not set, or a `$` is not followed by one: in words.
#[doc(hidden)]
pub fn substitute(path: &str, env: impl Fn(&str) -> Option<String>) -> Result<(String, Vec<String>), String> {
    let mut pieces = path.split('$');
    let mut result = pieces.next().unwrap_or_default().to_owned();
    let mut variables = Vec::new();
    for piece in pieces {
        let (name, rest) = match piece.strip_prefix('{').map(|piece| piece.split_once('}')) {
            Some(Some(braced)) => braced,
            Some(None) => return Err(format!("in `{path}`, a `${{` is never closed")),
            None => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                piece.split_at(piece.find(|c| !is_part(c)).unwrap_or(piece.len()))
            }
        };
        if name.is_empty() {
            return Err(format!("in `{path}`, a `$` is not followed by the name of a variable"));
        }
        let Some(value) = env(name) else {
            return Err(format!(
                "`{path}` needs the environment variable {name}, which is not set while this crate compiles"
            ));
        };
        result.push_str(&value);
        result.push_str(rest);
        variables.push(name.to_owned());
    }
    Ok((result, variables))
}
