//! The good practice of the README does what it says: each step leaves a schema that old and new code can both work with.

use crate::life::Life;
use crate::session::Session;

/// The migrations of the README whose first line is `-- 0010: …`, in its order.
fn steps() -> Vec<&'static str> {
    let readme = include_str!("../../../README.md");
    let blocks = readme.split("```sql\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let is_step = |block: &&str| block.starts_with("-- 00") && block.contains(": ");
    blocks.filter(is_step).collect()
}

#[test]
fn expand_and_contract() {
    let life = Life::new(Session::with(&[(
        "0001_users.sql",
        "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE);\n",
    )]));
    life.session.run_quietly(&["up"], 0);
    life.sql("INSERT INTO users (email) VALUES ('first')");
    let steps = steps();
    assert_eq!(steps.len(), 8, "{steps:#?}");
    for (number, step) in (2..).zip(steps) {
        life.session.write(&format!("migrations/{number:04}_step_{number}.sql"), step);
        life.session.run_quietly(&["lint", "--strict"], 0);
        life.session.run_quietly(&["up"], 0);
        match &step[3..7] {
            // Old code does not know it, and new code writes it.
            "0010" => {
                life.sql("INSERT INTO users (email) VALUES ('old')");
                life.sql("INSERT INTO users (email, plan) VALUES ('new', 'paid')");
            }
            "0011" => assert_eq!(life.sql("SELECT count(*) FROM users WHERE plan = 'free'"), ["2"]),
            "0014" => {
                let is_not_null = "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'plan'";
                assert_eq!(life.sql(is_not_null), ["t"]);
                assert_eq!(
                    life.sql("SELECT count(*) FROM pg_constraint WHERE conname = 'users_plan_not_null'"),
                    ["0"]
                );
            }
            // By the old name and by the new one.
            "0020" => {
                life.sql("INSERT INTO users (email, plan) VALUES ('by old', 'free')");
                life.sql("INSERT INTO users (email_address, plan) VALUES ('by new', 'free')");
                life.sql("UPDATE users SET email = 'by old 2' WHERE email = 'by old'");
                life.sql("UPDATE users SET email_address = 'by new 2' WHERE email = 'by new'");
                let both = "SELECT count(*) FROM users WHERE email = email_address AND email LIKE 'by % 2'";
                assert_eq!(life.sql(both), ["2"]);
            }
            "0021" => assert_eq!(
                life.sql("SELECT count(*) FROM users WHERE email IS DISTINCT FROM email_address"),
                ["0"]
            ),
            "0022" => {
                let found = life.sql("SELECT string_agg(email_address, ',' ORDER BY id) FROM users");
                assert_eq!(found, ["first,old,new,by old 2,by new 2"]);
            }
            _ => {}
        }
    }
    // Nothing of it is left but what was meant.
    assert_eq!(life.sql("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"), ["0"]);
    let output = life.session.output(&["status", "--exit-code"]);
    assert_eq!(output.status.code(), Some(0));
}
