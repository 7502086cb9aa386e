//! What has got another name: what the schema and the command line say, and what somebody at a terminal says.

use migrate_runtime::cli::Terminal;
use migrate_schema::{Candidate, Key, Rename, RenameError, Schema};
use migrate_source::{Code, Declared};

use super::shown;
use crate::failure::{Failure, of_other};

pub(super) async fn renames(
    schemas: (&Schema, &Schema),
    declared: &[Declared],
    on_command_line: &[String],
    terminal: &mut Terminal,
) -> Result<Vec<Rename>, Failure> {
    let (places, mut asked) = comments(declared)?;
    asked.extend(on_command_line.iter().cloned());
    let mut renames = resolved(&asked, &places, schemas)?;
    if !terminal.is_attended() {
        for (candidate, to) in candidates(schemas, &renames) {
            terminal.note(&format!(
                "{} is dropped and {to}, which is like it, is created: if it is a rename, rerun with --rename {}",
                candidate.from,
                in_shell(&candidate.asking_for(&to)),
            ));
        }
        return Ok(renames);
    }
    let mut declined: Vec<(Key, Key)> = Vec::new();
    // A column of a table that may have got another name too is asked for once its table has.
    let is_next = |candidate: &Candidate, to: &Key, renames: &[Rename], declined: &[(Key, Key)]| {
        let is_declined = declined.iter().any(|(from, other)| *from == candidate.from && other == to);
        !is_declined && (to.path().len() < 3 || is_in_one_place(&candidate.from, to, renames))
    };
    while let Some((candidate, to)) = candidates(schemas, &renames)
        .into_iter()
        .find(|(candidate, to)| is_next(candidate, to, &renames, &declined))
    {
        let question = format!("Has {} got the name {to}? [y/N]", candidate.from);
        if terminal.ask(&question).await.is_some_and(|answer| answer.eq_ignore_ascii_case("y")) {
            asked.push(candidate.asking_for(&to));
            renames = resolved(&asked, &places, schemas)?;
        }
        declined.push((candidate.from, to));
    }
    Ok(renames)
}

/// What looks as if it had got another name, each with one of the names.
fn candidates((old, new): (&Schema, &Schema), renames: &[Rename]) -> Vec<(Candidate, Key)> {
    let candidates = migrate_schema::rename_candidates(old, new, renames).into_iter();
    let pairs = candidates
        .flat_map(|candidate| candidate.to.clone().into_iter().map(move |to| (candidate.clone(), to)));
    pairs.collect()
}

/// Whether both are in one table or one type, by its new name.
fn is_in_one_place(from: &Key, to: &Key, renames: &[Rename]) -> bool {
    let whole = |key: &Key| key.path()[..key.path().len() - 1].to_vec();
    let renamed = |path: Vec<String>, rename: &Rename| {
        if rename.from().path() == path { rename.to().path().to_vec() } else { path }
    };
    renames.iter().fold(whole(from), renamed) == whole(to)
}

/// The places of the comments in the schema, and what they ask for.
fn comments(declared: &[Declared]) -> Result<(Vec<String>, Vec<String>), Failure> {
    let comments = declared.iter().flat_map(|file| {
        let place = |at: migrate_source::Position| format!("{}:{}:{}", shown(&file.path), at.line, at.column);
        file.renames().into_iter().map(move |renamed| (place(renamed.position), renamed.asked))
    });
    let (mut places, mut asked, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for (place, comment) in comments {
        match comment {
            Ok(asks) => {
                places.push(place);
                asked.push(asks);
            }
            Err(why) => wrong.push(format!("{place}: {why}")),
        }
    }
    if !wrong.is_empty() {
        let help = "write `-- @renamed from=old_name` at the end of the line of what has the new name, or on a line above it";
        return Err(Failure::new(Code::M0816, wrong.join("\n"), help));
    }
    Ok((places, asked))
}

/// What comes first of all that is asked for is asked for by the comments at these places.
fn resolved(
    asked: &[String],
    places: &[String],
    (old, new): (&Schema, &Schema),
) -> Result<Vec<Rename>, Failure> {
    let refused = match migrate_schema::renames(asked, old, new) {
        Ok(renames) => return Ok(renames),
        Err(refused) => refused,
    };
    if let Some((_, error)) = refused.iter().find(|(at, _)| *at >= places.len()) {
        return Err(Failure::new(of_other(error.code()), error, error.help()));
    }
    let is_done = |(_, error): &(usize, RenameError)| matches!(error, RenameError::Done { .. });
    let mut helps = refused.iter().map(|(_, error)| error.help());
    let help = match helps.next() {
        _ if refused.iter().all(is_done) => "remove the comment: the rename is done",
        Some(help) if helps.all(|other| other == help) => help,
        _ => "correct the comments; remove those whose rename is done",
    };
    let lines =
        refused.iter().map(|(at, error)| format!("{}: `@renamed` renames nothing: {error}", places[*at]));
    Err(Failure::new(Code::M0815, lines.collect::<Vec<_>>().join("\n"), help))
}

/// A word of a command line: quotes, and what a shell would take for its own, stand in single quotes.
fn in_shell(word: &str) -> String {
    let is_plain = word.chars().all(|c| c.is_alphanumeric() || "_.=-".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
