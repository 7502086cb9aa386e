//! What the book shows of the README's examples is what the README shows, which other tests hold to what happens.

use std::collections::BTreeMap;
use std::path::Path;

use crate::ROOT;

const PAGES: [&str; 2] = ["docs/src/getting-started.md", "docs/src/how-it-works.md"];

/// How much of a block's first line says what it is an example of.
const TELLING: usize = 24;

/// The blocks of code by their language and how they begin. Several may begin alike.
fn blocks(name: &str) -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(Path::new(ROOT).join(name)).unwrap();
    let mut blocks = BTreeMap::<String, Vec<String>>::new();
    for block in text.split("\n```").skip(1).step_by(2) {
        let (language, code) = block.split_once('\n').unwrap();
        let beginning: String = code.lines().take(1).flat_map(str::chars).take(TELLING).collect();
        blocks.entry(format!("{language}: {beginning}")).or_default().push(code.to_owned());
    }
    blocks
}

#[test]
fn a_block_that_begins_alike_goes_on_alike() {
    let readme = blocks("README.md");
    let mut count = 0;
    for page in PAGES {
        for (beginning, found) in blocks(page) {
            let Some(there) = readme.get(&beginning) else { continue };
            for block in found {
                count += 1;
                assert!(there.contains(&block), "{page} and README.md show two of {beginning}:\n{block}");
            }
        }
    }
    assert!(count >= 6, "only {count} blocks are in both");
}
