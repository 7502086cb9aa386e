//! Every link leads somewhere: within the built book, and from the files of the repository to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use mdbook_driver::MDBook;

use crate::ROOT;
use crate::html::Page;

/// The built book: each page by its path.
static BOOK: LazyLock<BTreeMap<String, Page>> = LazyLock::new(build);

fn build() -> BTreeMap<String, Page> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("book");
    let mut book = MDBook::load(Path::new(ROOT).join("docs")).unwrap();
    book.config.build.build_dir.clone_from(&target);
    book.build().unwrap();
    let mut files = Vec::new();
    files_in(&target, "html", &mut files);
    let page = |path: PathBuf| {
        let name = slashed(path.strip_prefix(&target).unwrap());
        (name, Page::parse(&std::fs::read_to_string(path).unwrap()))
    };
    files.into_iter().map(page).collect()
}

fn files_in(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_in(&path, ending, files);
        } else if path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
}

fn slashed(path: &Path) -> String {
    let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
    parts.join("/")
}

/// `recipes/../lints.html` as `lints.html`.
fn resolved(path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => assert!(resolved.pop(), "{} leads out", path.display()),
            Component::CurDir => {}
            other => resolved.push(other),
        }
    }
    resolved
}

/// What is wrong with a link that leads out of the book: nobody is asked, but it has the form of one.
fn wrong_outside(link: &str) -> Option<String> {
    let host = link.strip_prefix("https://").or(link.strip_prefix("http://"))?;
    let host = host.split(['/', '#', '?']).next().unwrap();
    let is_name = host.contains('.') && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    let is_clean = !link.contains([' ', '<', '>', '"', '|']);
    (!(is_name && is_clean)).then(|| format!("{link}: that is no address"))
}

#[test]
fn every_link_and_anchor_in_the_built_book_resolves() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("book");
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, page) in &*BOOK {
        for link in &page.links {
            count += 1;
            if link.contains("://") {
                wrong.extend(wrong_outside(link).map(|why| format!("{name}: {why}")));
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let is_404 = name == "404.html";
            if is_404 || link.starts_with("data:") || link.starts_with("mailto:") {
                continue;
            }
            let file = if path.is_empty() {
                name.clone()
            } else {
                slashed(&resolved(&Path::new(name).parent().unwrap().join(path)))
            };
            if !target.join(&file).is_file() {
                wrong.push(format!("{name}: {link}: there is no such page"));
            } else if !anchor.is_empty() && BOOK.get(&file).is_some_and(|page| !page.anchors.contains(anchor))
            {
                wrong.push(format!("{name}: {link}: there is no such heading"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(BOOK.len() > 30 && count > 1000, "{} pages, {count} links", BOOK.len());
}

#[test]
fn every_page_is_in_the_summary() {
    let source = Path::new(ROOT).join("docs/src");
    let summary = std::fs::read_to_string(source.join("SUMMARY.md")).unwrap();
    let links = summary.split("](").skip(1).map(|rest| rest.split_once(')').unwrap().0);
    let listed: BTreeSet<String> = links.map(str::to_owned).collect();
    let mut files = Vec::new();
    files_in(&source, "md", &mut files);
    let names = files.iter().map(|path| slashed(path.strip_prefix(&source).unwrap()));
    let found: BTreeSet<String> = names.filter(|name| name != "SUMMARY.md").collect();
    assert_eq!(found, listed);
}

/// The pages of the repository that are read there, and the documentation of the crates.
fn readers() -> Vec<PathBuf> {
    let root = Path::new(ROOT);
    let mut files: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .iter()
        .map(|name| root.join(name))
        .collect();
    for entry in std::fs::read_dir(root).unwrap() {
        let source = entry.unwrap().path().join("src");
        if source.is_dir() {
            files_in(&source, "rs", &mut files);
            files_in(&source, "md", &mut files);
        }
    }
    files.retain(|path| !path.starts_with(root.join("docs")));
    files
}

/// What a text names of the book: `docs/src/recipes/drop.md#a-table`.
fn named_pages(text: &str) -> impl Iterator<Item = &str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_./#".contains(c);
    text.match_indices("docs/src/").map(move |(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
        rest[..end].trim_end_matches('.')
    })
}

#[test]
fn what_names_a_page_of_the_book_names_one_that_is_there() {
    let mut count = 0;
    for path in readers() {
        let text = std::fs::read_to_string(&path).unwrap();
        for named in named_pages(&text) {
            count += 1;
            let (file, anchor) = named.split_once('#').unwrap_or((named, ""));
            let found = Path::new(ROOT).join(file);
            assert!(found.exists(), "{}: {named}", path.display());
            if !anchor.is_empty() {
                let page = file.trim_start_matches("docs/src/").replace(".md", ".html");
                assert!(BOOK[&page].anchors.contains(anchor), "{}: {named}", path.display());
            }
        }
    }
    assert!(count > 10, "only {count} were found");
}

#[test]
fn every_link_of_the_front_pages_leads_somewhere() {
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(Path::new(ROOT).join(name)).unwrap();
        let headings: BTreeSet<String> =
            text.lines().filter_map(|line| line.strip_prefix('#')).map(anchor_of).collect();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                assert_eq!(wrong_outside(link), None, "{name}");
            } else if let Some(anchor) = link.strip_prefix('#') {
                assert!(headings.contains(anchor), "{name}: there is no heading for {link}");
            } else {
                let file = link.split('#').next().unwrap();
                assert!(Path::new(ROOT).join(file).exists(), "{name}: {link}");
            }
        }
    }
}

/// What GitHub makes of a heading.
fn anchor_of(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
