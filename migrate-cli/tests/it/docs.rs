//! `docs`, on a server of its own.

use migrate_server::Server;

use crate::session::Session;

const FILES: [(&str, &str); 7] = [
    (
        "0001_users.up.sql",
        "CREATE TYPE mood AS ENUM ('good', 'bad');\n\
         CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, mood mood);\n\
         COMMENT ON TABLE users IS 'Who may <log in>';\n\
         COMMENT ON COLUMN users.email IS 'As they typed it';\n",
    ),
    ("0001_users.down.sql", "DROP TABLE users;\nDROP TYPE mood;\n"),
    (
        "0002_posts.sql",
        "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint NOT NULL REFERENCES users ON DELETE CASCADE);\n",
    ),
    (
        "0003_index.sql",
        "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY by_author ON posts (author);\n",
    ),
    (
        "0004_tags.sql",
        "CREATE TABLE \"<b>tags</b>\" (id int);\nALTER TABLE users ADD name text DEFAULT '';\n",
    ),
    ("R_a.sql", "CREATE OR REPLACE VIEW names AS SELECT name FROM users;\n"),
    ("R_b.sql", "CREATE OR REPLACE VIEW emails AS SELECT email FROM users;\n"),
];

/// The section of this anchor.
#[track_caller]
fn section<'p>(page: &'p str, anchor: &str) -> &'p str {
    let start = page.find(&format!("<section class=\"thing\" id=\"{anchor}\""));
    let start = start.or_else(|| page.find(&format!("<section class=\"thing migration\" id=\"{anchor}\"")));
    let rest = &page[start.unwrap_or_else(|| panic!("{anchor} is not in {page}"))..];
    &rest[..rest.find("</section>").unwrap()]
}

fn by(stem: &str) -> String {
    format!("<a href=\"#migration.{stem}\">{stem}</a>")
}

#[test]
fn each_table_and_the_migration_that_made_it() {
    let server = Server::start().unwrap();
    let mut session = Session::with(&FILES);
    session.set("DATABASE_URL", "postgres://nobody@localhost:1/production");
    let (object, code) = session.json(&["docs", "--dev-url", server.url()]);
    assert_eq!((&object["wrote"][0], code), (&serde_json::json!("schema.html"), 0), "{object}");
    let page = session.read("schema.html");

    let users = section(&page, "table.public.users");
    assert!(users.contains("made by") && users.contains("Who may &lt;log in&gt;"), "{users}");
    assert!(users.contains(&by("0001_users")) && users.contains(&by("0004_tags")), "{users}");
    assert!(users.contains("As they typed it") && users.contains("identity</span> always"), "{users}");
    assert!(users.contains("<a href=\"#enum.public.mood\">mood</a>"), "{users}");
    assert!(
        users.contains("Referenced by") && users.contains("<a href=\"#table.public.posts\">posts</a>"),
        "{users}"
    );
    let posts = section(&page, "table.public.posts");
    assert!(posts.contains(&by("0002_posts")) && posts.contains(&by("0003_index")), "{posts}");
    assert!(posts.contains("<a href=\"#table.public.users\">users</a>(id)"), "{posts}");
    assert!(posts.contains("CREATE INDEX by_author") && posts.contains("ON DELETE CASCADE"), "{posts}");
    let tags = section(&page, "table.public.~22~3cb~3etags~3c~2fb~3e~22");
    assert!(tags.contains("&lt;b&gt;tags&lt;/b&gt;") && tags.contains(&by("0004_tags")), "{tags}");
    for (view, stem) in [("names", "R_a"), ("emails", "R_b")] {
        let view = section(&page, &format!("view.public.{view}"));
        assert!(view.contains(&by(stem)), "{view}");
    }
    let first = section(&page, "migration.0001_users");
    assert!(first.contains("0001_users.down.sql") && first.contains("DROP TYPE mood;"), "{first}");
    assert!(!page.contains("schema_migrations") && !page.contains("applied at"), "{page}");

    // The same again, also where it has to be replaced, and in another place.
    session.run_quietly(&["docs", "--dev-url", server.url(), "--out", "page.html"], 0);
    assert_eq!(session.read("page.html"), page);
    assert_eq!(session.names("."), ["migrations", "page.html", "schema.html"]);
    session.run_quietly(&["docs", "--dev-url", server.url(), "--out", "nowhere/page.html"], 1);
}

#[test]
fn a_database_as_it_is() {
    let server = Server::start().unwrap();
    let mut session = Session::with(&FILES[..4]);
    session.write("migrations/migrate.toml", "history-table = \"public.The History\"\n");
    session.set("DATABASE_URL", server.url());
    session.run_quietly(&["up", "--to", "2", "--yes"], 0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = migrate_runtime::connect(server.url()).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute("CREATE TABLE by_hand ()").await.unwrap();
        drop(client);
        connection.await.unwrap();
    });
    session.write("migrations/0003_index.sql", "CREATE INDEX by_author ON posts (author);\n");
    let (object, code) = session.json(&["docs", "--live", "--dev-url", server.url()]);
    assert_eq!(code, 0, "{object}");
    assert!(object["database"].is_string(), "{object}");
    let page = session.read("schema.html");
    assert!(section(&page, "table.public.by_hand").contains("no migration"), "{page}");
    let posts = section(&page, "table.public.posts");
    assert!(posts.contains(&by("0002_posts")) && !posts.contains("by_author"), "{posts}");
    let second = section(&page, "migration.0002_posts");
    assert!(second.contains("applied at <time>20"), "{second}");
    assert!(
        section(&page, "migration.0003_index").contains("<span class=\"state\">pending</span>"),
        "{page}"
    );
    assert!(!page.contains("The History"), "{page}");
}

#[test]
fn a_folder_without_migrations() {
    let server = Server::start().unwrap();
    let session = Session::with(&[]);
    session.run_quietly(&["docs", "--dev-url", server.url()], 0);
    assert!(session.read("schema.html").contains("<b>0</b> tables"));
}
