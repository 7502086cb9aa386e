//! What a set says of itself, and that its literals are all there is to it.

use std::cell::RefCell;
use std::path::Path;

use migrate_source::{Candidate, Check, Fault, Literals, MigrationSet, Settings, load};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn loaded(files: &[(&str, &str)]) -> MigrationSet {
    let folder = folder(files);
    load(folder.path()).unwrap_or_else(|faults| panic!("{faults}")).in_folder("m")
}

/// Downs, a repeatable migration, a byte order mark, a file with several statements.
const FILES: [(&str, &str); 6] = [
    ("0001_users.up.sql", "\u{feff}CREATE TABLE users ();\nSELECT 1;"),
    ("0001_users.down.sql", "DROP TABLE users;"),
    ("0002_teams.sql", "-- migrate: no-transaction\nSELECT 2;"),
    ("R_views.sql", "SELECT 3;"),
    ("R_grants.sql", "SELECT 4;"),
    ("README.md", "not a migration"),
];

fn files(set: &MigrationSet) -> Vec<String> {
    set.file_names().map(str::to_owned).collect()
}

#[test]
fn what_is_in_a_set() {
    let set = loaded(&FILES);
    let names = ["0001_users.up.sql", "0001_users.down.sql", "0002_teams.sql", "R_grants.sql", "R_views.sql"];
    assert_eq!(
        (files(&set), set.len(), set.is_empty(), set.folder()),
        (names.map(str::to_owned).to_vec(), 2, false, "m")
    );
    let shown: Vec<_> =
        set.iter().map(|it| (it.version(), it.stem(), it.down().map(|down| down.text()))).collect();
    assert_eq!(shown, [(1, "0001_users", Some("DROP TABLE users;")), (2, "0002_teams", None)]);
    // What is sent to a server has no byte order mark.
    let users = set.iter().next().expect("users");
    assert_eq!(users.up().text(), "CREATE TABLE users ();\nSELECT 1;");
    assert_eq!((users.up().statements().len(), users.up().is_transactional()), (2, true));
    assert!(!users.is_repeatable() && !set.iter().last().expect("teams").up().is_transactional());
    let repeatables: Vec<_> =
        set.repeatables().map(|it| (it.version(), it.description(), it.up().text())).collect();
    assert_eq!(repeatables, [(0, "grants", "SELECT 4;"), (0, "views", "SELECT 3;")]);
    assert!(set.repeatables().all(|it| it.is_repeatable() && it.down().is_none()));
    assert!(set.checkpoint().is_none());
    let function = loaded(&[("0001_f.sql", "-- migrate: function\n"), ("0002_g.sql", "SELECT 1;")]);
    assert_eq!(function.iter().map(|it| it.up().is_function()).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn only_the_first_is_a_checkpoint() {
    let text = format!("-- migrate: checkpoint {}\nSELECT 1;", "0".repeat(64));
    let set = loaded(&[("0003_all.sql", &text), ("0004_more.sql", "SELECT 2;")]);
    assert_eq!(set.checkpoint().map(|it| (it.version(), it.up().digests().len())), Some((3, 1)));
    assert!(!set.iter().last().expect("more").up().is_checkpoint());
}

#[test]
fn the_literals_are_the_set() {
    let set = loaded(&FILES);
    let (folder, files, text_len, checksums, layout) = set.literals();
    let text: String =
        ["0001_users.up.sql", "0001_users.down.sql", "0002_teams.sql", "R_grants.sql", "R_views.sql"]
            .iter()
            .map(|name| FILES.iter().find(|(file, _)| file == name).expect("a file").1)
            .collect();
    assert_eq!(text.len(), text_len);
    let literals = Literals {
        folder: folder.to_owned().leak(),
        files: files.to_owned().leak(),
        text: text.leak(),
        checksums: checksums.to_owned().leak(),
        layout: layout.to_owned().leak(),
        text_len,
    };
    assert_eq!(MigrationSet::from_literals(literals), set);
    let edited = Literals { text: "SELECT 1;", ..literals };
    assert!(std::panic::catch_unwind(|| MigrationSet::from_literals(edited)).is_err());
}

#[test]
fn a_part_of_a_set_is_what_a_folder_with_that_part_has() {
    let set = loaded(&FILES);
    let part = |count: usize| {
        let grants = FILES.iter().filter(|(name, _)| count > 0 && *name == "R_grants.sql");
        let versioned = FILES.iter().filter(|(name, _)| name.starts_with("000"));
        loaded(&versioned.chain(grants).copied().collect::<Vec<_>>())
    };
    assert_eq!(set.without_repeatables(), part(0));
    assert_eq!(set.with_repeatables(0), part(0));
    assert_eq!(set.with_repeatables(1), part(1));
    assert_eq!(set.with_repeatables(2), set);
    assert_eq!(set.with_repeatables(9), set);
    let repeatable = loaded(&[("R_views.sql", "SELECT 3;")]);
    assert_eq!((repeatable.len(), repeatable.is_empty()), (0, false));
    assert_eq!(repeatable.without_repeatables(), MigrationSet::EMPTY.in_folder("m"));
    assert!(MigrationSet::EMPTY.is_empty());
}

/// Notes what it is asked about.
#[derive(Default)]
struct Asked(RefCell<Vec<String>>);

impl Check for Asked {
    fn check(&self, scripts: &[Candidate<'_>], _: Settings<'_>) -> Vec<Fault> {
        let shown = |it: &Candidate<'_>| format!("{:?} {} {:?}", it.text, it.is_down, it.seal);
        self.0.borrow_mut().extend(scripts.iter().map(shown));
        Vec::new()
    }
}

#[test]
fn who_knows_sql_is_asked_about_every_script() {
    let folder = folder(&FILES[..2]);
    migrate_source::seal(folder.path()).expect("no fault");
    std::fs::write(folder.path().join("0002_teams.sql"), FILES[2].1).expect("a file");
    std::fs::write(folder.path().join("R_views.sql"), FILES[3].1).expect("a file");
    let asked = Asked::default();
    migrate_source::load_and(folder.path(), &asked).unwrap_or_else(|faults| panic!("{faults}"));
    let expected = [
        r#""CREATE TABLE users ();\nSELECT 1;" false Sealed"#,
        r#""DROP TABLE users;" true Sealed"#,
        r#""-- migrate: no-transaction\nSELECT 2;" false Draft"#,
        r#""SELECT 3;" false None"#,
    ];
    assert_eq!(asked.0.into_inner(), expected);
}

#[test]
fn a_folder_that_is_not_there_is_a_fault() {
    let faults = load(Path::new("/no/such/folder")).expect_err("a fault");
    assert_eq!(faults.iter().count(), 1);
}
