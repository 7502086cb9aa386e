//! Plans that somebody wrote badly: whatever both schemas guarantee and a commit does not is found, whatever it is called.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::{Presence, Way};
use crate::testing::{database, schema};

struct Case {
    before: &'static str,
    after: &'static str,
    /// Each is committed by itself.
    statements: &'static [&'static str],
    /// What is missing between two of them. Nothing: the plan holds.
    gap: &'static str,
}

const CASES: &[Case] = &[
    Case {
        before: "CREATE TABLE t (k int CONSTRAINT k UNIQUE)",
        after: "CREATE TABLE t (k int); CREATE UNIQUE INDEX kk ON t (k)",
        statements: &["ALTER TABLE t DROP CONSTRAINT k", "CREATE UNIQUE INDEX kk ON t (k)"],
        gap: "`t` without `UNIQUE (k)`",
    },
    Case {
        before: "CREATE TABLE t (k int CONSTRAINT k UNIQUE)",
        after: "CREATE TABLE t (k int); CREATE UNIQUE INDEX kk ON t (k)",
        statements: &["CREATE UNIQUE INDEX kk ON t (k)", "ALTER TABLE t DROP CONSTRAINT k"],
        gap: "",
    },
    Case {
        before: "CREATE TABLE t (k int NOT NULL); CREATE UNIQUE INDEX kk ON t (k)",
        after: "CREATE TABLE t (k int PRIMARY KEY)",
        statements: &["DROP INDEX kk", "ALTER TABLE t ADD PRIMARY KEY (k)"],
        gap: "`t` without `UNIQUE (k)`",
    },
    Case {
        before: "CREATE TABLE t (k int PRIMARY KEY)",
        after: "CREATE TABLE t (k int NOT NULL CONSTRAINT u UNIQUE)",
        statements: &[
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE (k)",
            "ALTER TABLE t DROP CONSTRAINT t_pkey",
            "ALTER TABLE t ALTER k DROP NOT NULL",
            "ALTER TABLE t ALTER k SET NOT NULL",
        ],
        gap: "`t` without `k NOT NULL`",
    },
    Case {
        before: "CREATE TABLE t (k int CHECK (k IS NOT NULL))",
        after: "CREATE TABLE t (k int NOT NULL)",
        statements: &["ALTER TABLE t DROP CONSTRAINT t_k_check", "ALTER TABLE t ALTER k SET NOT NULL"],
        gap: "`t` without `k NOT NULL`",
    },
    // A name that goes to another key says nothing of the first.
    Case {
        before: "CREATE TABLE t (a int CONSTRAINT x UNIQUE, b int CONSTRAINT y UNIQUE)",
        after: "CREATE TABLE t (a int CONSTRAINT y UNIQUE, b int CONSTRAINT x UNIQUE)",
        statements: &[
            "ALTER TABLE t DROP CONSTRAINT x, DROP CONSTRAINT y, ADD CONSTRAINT x UNIQUE (b)",
            "ALTER TABLE t ADD CONSTRAINT y UNIQUE (a)",
        ],
        gap: "`t` without `UNIQUE (a)`",
    },
    Case {
        before: "CREATE TABLE t (a int CONSTRAINT x UNIQUE, b int CONSTRAINT y UNIQUE)",
        after: "CREATE TABLE t (a int CONSTRAINT y UNIQUE, b int CONSTRAINT x UNIQUE)",
        statements: &[
            "ALTER TABLE t DROP CONSTRAINT x, DROP CONSTRAINT y, ADD CONSTRAINT x UNIQUE (b), ADD CONSTRAINT y UNIQUE (a)",
        ],
        gap: "",
    },
    // Whoever relies on fewer columns can rely on more.
    Case {
        before: "CREATE TABLE t (a int CONSTRAINT u UNIQUE, b int)",
        after: "CREATE TABLE t (a int, b int, CONSTRAINT v UNIQUE (b, a))",
        statements: &["ALTER TABLE t DROP CONSTRAINT u", "ALTER TABLE t ADD CONSTRAINT v UNIQUE (b, a)"],
        gap: "`t` without `UNIQUE (b, a)`",
    },
    Case {
        before: "CREATE TABLE t (a int, b int, CONSTRAINT u UNIQUE (a, b))",
        after: "CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX i ON t (b) INCLUDE (a)",
        statements: &["CREATE UNIQUE INDEX i ON t (b) INCLUDE (a)", "ALTER TABLE t DROP CONSTRAINT u"],
        gap: "",
    },
    Case {
        before: "CREATE TABLE t (a text); CREATE UNIQUE INDEX i ON t (lower(a))",
        after: "CREATE TABLE t (a text); CREATE UNIQUE INDEX j ON t (lower(a) text_pattern_ops) WHERE a <> ''",
        statements: &["DROP INDEX i", "CREATE UNIQUE INDEX j ON t (lower(a) text_pattern_ops) WHERE a <> ''"],
        gap: "`t` without `UNIQUE (lower(a)) WHERE (a <> ''::text)`",
    },
    // It is there for those of the partitions to be attached.
    Case {
        before:
            "CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
            CREATE UNIQUE INDEX i ON t (a)",
        after:
            "CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
            CREATE UNIQUE INDEX j ON t (a)",
        statements: &[
            "CREATE UNIQUE INDEX j ON ONLY t (a)",
            "ALTER INDEX t1_a_idx RENAME TO t1_old",
            "CREATE UNIQUE INDEX t1_a_idx ON t1 (a)",
            "DROP INDEX i",
            "ALTER INDEX j ATTACH PARTITION t1_a_idx",
        ],
        gap: "`t` without `UNIQUE (a)`",
    },
    Case {
        before: "CREATE TABLE t (a int, CONSTRAINT x EXCLUDE USING btree (a WITH =))",
        after: "CREATE TABLE t (a int CONSTRAINT y UNIQUE)",
        statements: &["ALTER TABLE t DROP CONSTRAINT x", "ALTER TABLE t ADD CONSTRAINT y UNIQUE (a)"],
        gap: "`t` without `UNIQUE (a)`",
    },
    Case {
        before: "CREATE TABLE t (a int4range, CONSTRAINT x EXCLUDE USING gist (a WITH &&))",
        after: "CREATE TABLE t (a int4range, CONSTRAINT y EXCLUDE USING gist (a WITH &&) DEFERRABLE)",
        statements: &[
            "ALTER TABLE t DROP CONSTRAINT x",
            "ALTER TABLE t ADD CONSTRAINT y EXCLUDE USING gist (a WITH &&) DEFERRABLE",
        ],
        gap: "`t` without `EXCLUDE (a WITH &&)`",
    },
    Case {
        before: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int CONSTRAINT f REFERENCES p)",
        after: "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int CONSTRAINT g REFERENCES p ON DELETE CASCADE)",
        statements: &[
            "ALTER TABLE c DROP CONSTRAINT f, ADD CONSTRAINT g FOREIGN KEY (p) REFERENCES p ON DELETE CASCADE NOT VALID",
            "ALTER TABLE c VALIDATE CONSTRAINT g",
        ],
        gap: "`c` without `FOREIGN KEY (p) REFERENCES public.p (id)`",
    },
    Case {
        before: "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0))",
        after: "CREATE TABLE t (a int CONSTRAINT d CHECK (a > 0) NO INHERIT)",
        statements: &[
            "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT d CHECK (a > 0) NO INHERIT NOT VALID",
            "ALTER TABLE t VALIDATE CONSTRAINT d",
        ],
        gap: "`t` without `CHECK ((a > 0))`",
    },
    // What holds for new rows only is kept as that.
    Case {
        before: "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
        after: "CREATE TABLE t (a int CONSTRAINT d CHECK (a > 0))",
        statements: &[
            "ALTER TABLE t ADD CONSTRAINT d CHECK (a > 0) NOT VALID",
            "ALTER TABLE t DROP CONSTRAINT c",
            "ALTER TABLE t VALIDATE CONSTRAINT d",
        ],
        gap: "",
    },
    // One of the two is there all the time, under a name of its own meanwhile.
    Case {
        before: "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0))",
        after: "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 1))",
        statements: &[
            "ALTER TABLE t ADD CONSTRAINT c__new CHECK (a > 1) NOT VALID",
            "ALTER TABLE t VALIDATE CONSTRAINT c__new",
            "ALTER TABLE t DROP CONSTRAINT c",
            "ALTER TABLE t RENAME CONSTRAINT c__new TO c",
        ],
        gap: "",
    },
    Case {
        before: "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0))",
        after: "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 1))",
        statements: &[
            "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 1) NOT VALID",
            "ALTER TABLE t VALIDATE CONSTRAINT c",
        ],
        gap: "`constraint t.c` missing or not valid",
    },
    Case {
        before: "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a)",
        after: "CREATE TABLE t (a int, b int); CREATE INDEX j ON t (a, b)",
        statements: &["DROP INDEX i", "CREATE INDEX j ON t (a, b)"],
        gap: "`t` without `INDEX USING btree (a)`",
    },
    Case {
        before: "CREATE TABLE t (a int); GRANT SELECT ON t TO PUBLIC",
        after: "CREATE TABLE t (a int); GRANT SELECT (a) ON t TO PUBLIC",
        statements: &["REVOKE SELECT ON t FROM PUBLIC", "GRANT SELECT (a) ON t TO PUBLIC"],
        gap: "`t` without `GRANT SELECT (a) TO PUBLIC`",
    },
    // What is missing at the end is named as a difference.
    Case {
        before: "CREATE TABLE t (a int CONSTRAINT u UNIQUE)",
        after: "CREATE TABLE t (a int CONSTRAINT u UNIQUE)",
        statements: &["ALTER TABLE t DROP CONSTRAINT u"],
        gap: "",
    },
    // A query names it, so that it is no other's.
    Case {
        before: "CREATE VIEW v AS SELECT 1 AS one",
        after: "CREATE VIEW w AS SELECT 1 AS one",
        statements: &["DROP VIEW v", "CREATE VIEW w AS SELECT 1 AS one"],
        gap: "",
    },
    Case {
        before: "CREATE VIEW v AS SELECT 1 AS one",
        after: "CREATE VIEW v AS SELECT 2::bigint AS one",
        statements: &["DROP VIEW v", "CREATE VIEW v AS SELECT 2::bigint AS one"],
        gap: "`view v` missing or not valid",
    },
];

#[tokio::test]
async fn what_both_schemas_guarantee_holds_at_every_commit() {
    let client = database("presence").await;
    let empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    let mut wrong = Vec::new();
    for case in CASES {
        client.batch_execute(&format!("{empty}; {}", case.after)).await.unwrap();
        let last = schema(&client).await;
        client.batch_execute(&format!("{empty}; {}", case.before)).await.unwrap();
        let first = schema(&client).await;
        let mut presence = Presence::new(Way::Up, &first, &last);
        for statement in case.statements {
            client.batch_execute(statement).await.unwrap();
            presence.observe(0, statement, &schema(&client).await);
        }
        let gap = presence.gap().map(|gap| gap.to_string()).unwrap_or_default();
        if !gap.contains(case.gap) || gap.is_empty() != case.gap.is_empty() {
            wrong.push(format!("{:?}\nfound: {gap}\nexpected: {}", case.statements, case.gap));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn a_gap_names_where_it_begins_and_ends() {
    let client = database("presence_gap").await;
    client.batch_execute("CREATE TABLE t (a int CONSTRAINT c UNIQUE)").await.unwrap();
    let first = schema(&client).await;
    let mut presence = Presence::new(Way::Up, &first, &first);
    let steps =
        ["ALTER TABLE t DROP CONSTRAINT c", "CREATE TABLE u ()", "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)"];
    for (file, statement) in steps.into_iter().enumerate() {
        client.batch_execute(statement).await.unwrap();
        presence.observe(file, statement, &schema(&client).await);
    }
    let gap = presence.gap().map(|gap| gap.to_string());
    let expected = "the migrations would leave `constraint t.c` missing or not valid between two transactions\n\
                    from: in migration 1, `ALTER TABLE t DROP CONSTRAINT c`\n\
                    until: in migration 3, `ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)`";
    assert_eq!(gap.as_deref(), Some(expected));
}
