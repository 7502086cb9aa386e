//! `migrate.toml`: the settings of a folder, which the macro and the command line read alike.

use toml::de::DeTable;

use crate::fault::FaultKind;

/// The name of the file, in the folder of migrations.
pub(crate) const FILE: &str = "migrate.toml";

/// The settings of a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// Each migration must have a down.
    pub(crate) require_down: bool,
}

/// Parses the text of `migrate.toml`.
///
/// # Errors
///
/// Every fault with its byte offset: what TOML does not allow, and each key that is unknown or of another type.
pub(crate) fn parse(text: &str) -> Result<Config, Vec<(usize, FaultKind)>> {
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        vec![(offset, FaultKind::Config(error.message().to_owned()))]
    })?;
    let mut config = Config::default();
    let mut faults = Vec::new();
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "require-down" => {
                if let Some(required) = value.get_ref().as_bool() {
                    config.require_down = required;
                } else {
                    let what = "`require-down` is `true` or `false`".to_owned();
                    faults.push((value.span().start, FaultKind::Config(what)));
                }
            }
            unknown => {
                let what = format!("there is no setting `{unknown}`");
                faults.push((key.span().start, FaultKind::Config(what)));
            }
        }
    }
    if faults.is_empty() { Ok(config) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        assert_eq!(parse(""), Ok(Config { require_down: false }));
        assert_eq!(parse("require-down = true # always\n"), Ok(Config { require_down: true }));
    }

    #[test]
    fn faults_have_their_place() {
        let offsets = |text: &str| {
            let faults = parse(text).expect_err("faults");
            faults.into_iter().map(|(offset, _)| offset).collect::<Vec<_>>()
        };
        assert_eq!(offsets("require-down = 1"), [15]);
        assert_eq!(offsets("\nrequire_down = true"), [1]);
        assert_eq!(offsets("require-down = "), [15]);
    }
}
