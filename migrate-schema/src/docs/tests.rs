//! What the page has, of schemas that are written down here.

use std::collections::BTreeMap;

use super::*;
use crate::fact::{Fact, Need};

/// A thing with attributes, and what it is a part of.
fn fact(kind: Kind, path: &[&str], attributes: &[(&str, &str)], part_of: Option<&Fact>) -> Fact {
    Fact {
        key: Key::new(kind, path.iter().map(|&part| part.to_owned()).collect()),
        attributes: attributes.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
        needs: part_of.map(|whole| (whole.key().clone(), Need::Part)).into_iter().collect(),
    }
}

fn column(table: &Fact, name: &str, place: &str, attributes: &[(&str, &str)]) -> Fact {
    let path = [&*table.key().path()[0], &*table.key().path()[1], name];
    fact(Kind::Column, &path, &[attributes, &[("_place", place)]].concat(), Some(table))
}

/// A table with a key, and a column that references another one or nothing.
fn table(name: &str, references: Option<&str>) -> Vec<Fact> {
    let table = fact(Kind::Table, &["public", name], &[], None);
    let mut facts = vec![
        column(&table, "id", "00001", &[("type", "bigint"), ("not_null", "true")]),
        fact(
            Kind::Constraint,
            &["public", name, "the_key"],
            &[("definition", "PRIMARY KEY (id)"), ("_type", "p"), ("_columns", "[\"id\"]")],
            Some(&table),
        ),
    ];
    if let Some(other) = references {
        facts.push(column(&table, "other_id", "00002", &[("type", "bigint")]));
        facts.push(fact(
            Kind::Constraint,
            &["public", name, "to_other"],
            &[
                ("definition", &format!("FOREIGN KEY (other_id) REFERENCES {other}(id) ON DELETE CASCADE")),
                ("_type", "f"),
                ("_columns", "[\"other_id\"]"),
                ("_references", &format!("public.{other}")),
            ],
            Some(&table),
        ));
    }
    facts.push(table);
    facts
}

fn schema(facts: &[&[Fact]]) -> Schema {
    Schema::new(facts.concat())
}

/// The elements with the text in them, one a line, without what every page has.
fn outline(page: &str) -> Vec<&str> {
    let main = page.split_once("<main>").and_then(|(_, rest)| rest.split_once("<script>")).expect("a page").0;
    main.lines()
        .filter(|line| line.starts_with("<h") || line.starts_with("<section") || line.starts_with("<li"))
        .collect()
}

#[test]
fn tables_are_linked_both_ways_and_with_their_migrations() {
    let users = table("users", None);
    let posts = table("posts", Some("users"));
    let (first, last) = (schema(&[&users]), schema(&[&users, &posts]));
    let mut timeline = Timeline::new();
    timeline.take(Step::new("0001_users"), &Schema::default(), &first);
    let mut step = Step::new("0002_posts");
    step.up = Some(("0002_posts.sql".to_owned(), "CREATE TABLE posts ();\n".to_owned()));
    timeline.take(step, &first, &last);
    let page = docs("Database schema", "about", &last, &timeline);
    assert_eq!(
        page,
        docs("Database schema", "about", &last, &timeline),
        "it differs from one time to the next"
    );
    assert_eq!(
        outline(&page),
        [
            "<header>",
            "<h1>Database schema</h1>",
            "<h2 id=\"diagram\">Diagram</h2>",
            "<h2 id=\"tables\">Tables</h2>",
            "<section class=\"thing\" id=\"table.public.posts\" data-name=\"posts\">",
            "<h3><a href=\"#table.public.posts\">posts</a> <span class=\"kind\">table</span></h3>",
            "<h4>Columns</h4>",
            "<h4>Keys</h4>",
            "<h4>References</h4>",
            "<section class=\"thing\" id=\"table.public.users\" data-name=\"users\">",
            "<h3><a href=\"#table.public.users\">users</a> <span class=\"kind\">table</span></h3>",
            "<h4>Columns</h4>",
            "<h4>Keys</h4>",
            "<h4>Referenced by</h4>",
            "<h2 id=\"history\">Migrations</h2>",
            "<section class=\"thing migration\" id=\"migration.0001_users\" data-name=\"0001_users\">",
            "<h3><a href=\"#migration.0001_users\"><span class=\"version\">0001</span> users</a></h3>",
            "<li class=\"made-it\"><span class=\"sign\">+</span> table <code><a href=\"#table.public.users\">users</a></code></li>",
            "<section class=\"thing migration\" id=\"migration.0002_posts\" data-name=\"0002_posts\">",
            "<h3><a href=\"#migration.0002_posts\"><span class=\"version\">0002</span> posts</a></h3>",
            "<li class=\"made-it\"><span class=\"sign\">+</span> table <code><a href=\"#table.public.posts\">posts</a></code></li>",
        ]
    );
    assert!(
        page.contains("<p class=\"made\">made by <a href=\"#migration.0002_posts\">0002_posts</a></p>"),
        "{page}"
    );
    assert!(page.contains("(id)</code> <span class=\"dim\">ON DELETE CASCADE</span>"), "{page}");
    assert!(page.contains("<title>posts(other_id) → users(id)</title>"), "{page}");
}

/// All there is in a page that leads somewhere leads to something on it.
fn links_lead_somewhere(page: &str) {
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    for part in page.split(" id=\"").skip(1) {
        *ids.entry(part.split('"').next().unwrap_or_default()).or_default() += 1;
    }
    assert!(ids.values().all(|count| *count == 1), "{ids:?}");
    for part in page.split("href=\"#").skip(1) {
        let to = part.split('"').next().unwrap_or_default();
        assert!(to.is_empty() || ids.contains_key(to), "nothing is called {to}");
    }
}

#[test]
fn names_are_text_whatever_is_in_them() {
    let evil = "\"<script>alert('x')</script>\"";
    let long = "x".repeat(63);
    let names = [evil, &long, "\"a\"\"b.c\"", "\"größe 表\"", "\"]]><!--\"", "\"\u{202e}abc\""];
    let mut facts: Vec<Fact> = Vec::new();
    for name in names {
        facts.extend(table(name, Some(names[0])));
    }
    let whole = fact(Kind::Table, &["public", evil], &[], None);
    facts.push(fact(
        Kind::Comment,
        &["table", "public", evil],
        &[("text", "</section></main><img src=x onerror=alert(1)>")],
        Some(&whole),
    ));
    facts.push(fact(Kind::View, &["public", "v"], &[("definition", "SELECT '</pre><script>'")], None));
    facts.push(fact(Kind::Enum, &["public", "e"], &[("values", "[\"<b>\", \"\\\"\", \"a, b\"]")], None));
    let schema = Schema::new(facts);
    let mut step = Step::new("0001_<i>");
    step.up = Some(("<u>.sql".to_owned(), "SELECT '</script><script>alert(2)</script>';".to_owned()));
    step.note = Some("<s>".to_owned());
    let mut timeline = Timeline::new();
    timeline.take(step, &Schema::default(), &schema);
    let page = docs("<h1>", "</p><h2>", &schema, &timeline);
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert_eq!(page.matches("</script").count(), 1, "{page}");
    for markup in ["<img", "<i>", "<u>", "<s>", "<h1><h1>", "</pre><script", "<!--", "\u{202e}"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;/section&gt;&lt;/main&gt;&lt;img src=x onerror=alert(1)&gt;"), "{page}");
    assert!(page.contains("größe 表") && page.contains(&long), "{page}");
    links_lead_somewhere(&page);
}

#[test]
fn nothing_is_fetched() {
    let page = docs("x", "y", &schema(&[&table("users", None)]), &Timeline::new());
    for outside in ["http:", "https:", "//fonts", "@import", "url(", "src=", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    links_lead_somewhere(&page);
    links_lead_somewhere(&docs("x", "y", &Schema::default(), &Timeline::new()));
}

#[test]
fn what_has_no_place_of_its_own_is_not_linked() {
    let public = fact(Kind::Schema, &["public"], &[], None);
    let view = fact(Kind::View, &["public", "v"], &[("definition", "SELECT 1")], None);
    let mood = fact(Kind::Enum, &["public", "mood"], &[("values", "[\"good\"]")], None);
    let path = ["public", "v", "mood"];
    let mut default =
        fact(Kind::Default, &path, &[("expression", "'good'"), ("_of_view", "true")], Some(&view));
    default.needs.insert(mood.key().clone(), Need::Normal);
    let comment = fact(Kind::Comment, &["schema", "public"], &[("text", "ours")], Some(&public));
    let acl = [("acl", "{\"PUBLIC\": {\"USAGE\": false}}")];
    let privileges = fact(Kind::Privileges, &["SCHEMA", "public"], &acl, Some(&public));
    let last = Schema::new([public, view, mood, default, comment, privileges]);
    let mut timeline = Timeline::new();
    timeline.take(Step::new("0001_all"), &Schema::default(), &last);
    links_lead_somewhere(&docs("x", "y", &last, &timeline));
}

#[test]
fn many_tables_have_a_diagram_each() {
    let names: Vec<String> = (0..100).map(|number| format!("t{number:03}")).collect();
    let mut facts = Vec::new();
    for (at, name) in names.iter().enumerate() {
        facts.extend(table(name, names.get(at + 1).map(String::as_str)));
    }
    let page = docs("x", "y", &Schema::new(facts), &Timeline::new());
    assert!(!page.contains("id=\"diagram\""), "{page}");
    assert_eq!(page.matches("<svg").count(), 100);
    links_lead_somewhere(&page);
}

#[test]
fn who_made_it_and_who_changed_it_last() {
    let bare = table("users", None);
    let users = bare[2].clone();
    let name = column(&users, "name", "00002", &[("type", "text")]);
    let index =
        fact(Kind::Index, &["public", "by_name"], &[("definition", "CREATE INDEX by_name")], Some(&users));
    // An index is a part of its columns too, but it does not change them.
    let mut on_column = index.clone();
    on_column.needs.insert(name.key().clone(), Need::Part);
    let path = ["public", "users", "name"];
    let default = fact(Kind::Default, &path, &[("expression", "''")], Some(&name));
    let privileges = fact(Kind::Privileges, &["TABLE", "public", "users"], &[("_usual", "{}")], Some(&users));
    let states = [
        schema(&[&bare, std::slice::from_ref(&privileges)]),
        schema(&[&bare, &[name.clone(), privileges.clone()]]),
        schema(&[&bare, &[name.clone(), on_column.clone(), privileges.clone()]]),
        schema(&[&bare, &[name.clone(), on_column, default, privileges]]),
    ];
    let mut timeline = Timeline::new();
    let mut before = &Schema::default();
    for (at, state) in states.iter().enumerate() {
        timeline.take(Step::new(format!("{}_step", at + 1)), before, state);
        before = state;
    }
    let of = |timeline: &Timeline, fact: &Fact| {
        let (made, last) = timeline.authors(fact.key()).expect("somebody made it");
        (made.stem.clone(), last.stem.clone())
    };
    let steps = |made: usize, last: usize| (format!("{made}_step"), format!("{last}_step"));
    assert_eq!(of(&timeline, &users), steps(1, 4));
    assert_eq!(of(&timeline, &bare[0]), steps(1, 1));
    assert_eq!(of(&timeline, &name), steps(2, 4));
    assert_eq!(of(&timeline, &index), steps(3, 3));
    // Each change is told once: of a new table not its columns, and no privileges that are nobody's.
    let told: Vec<usize> = timeline.steps.iter().map(|(_, changes)| changes.len()).collect();
    assert_eq!(told, [1, 1, 1, 1]);
    // It goes and comes again.
    timeline.take(Step::new("5_drop"), &states[3], &states[0]);
    assert!(timeline.authors(name.key()).is_none());
    assert_eq!(of(&timeline, &users), ("1_step".to_owned(), "5_drop".to_owned()));
}
