//! The hazards that a plan has from the catalog, and those that the lints find in the files alone: the same for each statement.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use migrate_check::Known;
use migrate_schema::{Generated, Hazard, Script};

/// In which statements the two disagree, and how.
pub(crate) fn disagreements(before: &str, generated: &Generated) -> Vec<String> {
    let mut history = statements(before);
    let known = Known::from_statements(&history);
    let ups: Vec<&Script> = generated.migrations.iter().map(|migration| &migration.up).collect();
    let mut found = compare("up", &known, &ups);
    for migration in &generated.migrations {
        history.extend(migration.up.statements.iter().map(|statement| statement.sql.clone()));
        found.extend(compare("down", &Known::from_statements(&history), &[&migration.down]));
    }
    found
}

fn compare(way: &str, known: &Known, scripts: &[&Script]) -> Vec<String> {
    let all = scripts.iter().flat_map(|script| {
        let alone = |at: usize| at == 0 || !script.in_transaction;
        script.statements.iter().enumerate().map(move |(at, statement)| (statement, alone(at)))
    });
    let (statements, alone): (Vec<_>, Vec<bool>) = all.unzip();
    let texts: Vec<(&str, bool)> =
        statements.iter().zip(alone).map(|(statement, alone)| (&*statement.sql, alone)).collect();
    let mut found = Vec::new();
    for (statement, assessment) in statements.iter().zip(known.assess(&texts)) {
        let Some(assessment) = assessment else { continue };
        let shown = |hazard: &Hazard| !hazard.is_beyond_text() && *hazard != Hazard::ChangesPrivileges;
        let of_plan: BTreeSet<Hazard> = statement.hazards.iter().copied().filter(shown).collect();
        let of_lint: BTreeSet<Hazard> = assessment.effects.iter().copied().filter(shown).collect();
        // Made-up rows may have shown what no text does.
        let is_same = of_plan
            .symmetric_difference(&of_lint)
            .all(|hazard| *hazard == Hazard::MayFailOnRows && of_plan.contains(hazard));
        if !is_same {
            found.push(format!("{way}: {}\n  plan {of_plan:?}, lints {of_lint:?}", statement.sql));
        }
    }
    found
}

/// The statements of a text, as a declared schema has them.
fn statements(text: &str) -> Vec<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("migrate-agreement-{}-{number}.sql", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let declared = migrate_source::declared(&path);
    std::fs::remove_file(&path).unwrap();
    let cut = |file: &migrate_source::Declared| {
        file.statements.iter().map(|range| file.text[range.clone()].to_owned()).collect::<Vec<_>>()
    };
    declared.map(|files| files.iter().flat_map(cut).collect()).unwrap_or_default()
}
