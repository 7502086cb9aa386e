//! The files of `deploy/` that call the command: what they call is called, as it stands there; and the SQL for two roles. GitHub
//! Actions and Kubernetes are not here.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use migrate_server::Options;
use serde_json::Value;

use crate::skip::skip;

const WORKFLOW: &str = include_str!("../../../deploy/github-actions.yml");
const JOB: &str = include_str!("../../../deploy/fleet-job.yaml");
const INIT_CONTAINER: &str = include_str!("../../../deploy/init-container.yaml");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The step as its runner runs it: by bash, which stops at the first command that fails; beside this repository's
/// `migrations/`, and with the command in `PATH`.
fn run(step: &Value, variables: &[(&str, &str)]) -> Option<Output> {
    let command = Path::new(env!("CARGO_BIN_EXE_migrate")).parent().unwrap();
    let path = format!("{}:{}", command.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", step["run"].as_str().unwrap()])
        .current_dir(root())
        .env_remove("DATABASE_URL")
        .env("PATH", path)
        .envs(variables.iter().copied())
        .output();
    if output.is_err() {
        skip("bash", "the steps of the workflow are not run");
    }
    output.ok()
}

fn names(job: &Value) -> Vec<&str> {
    job["steps"].as_array().unwrap().iter().filter_map(|step| step["name"].as_str()).collect()
}

#[test]
fn each_step_of_the_workflow_does_what_it_is_there_for() {
    let workflow: Value = serde_saphyr::from_str(WORKFLOW).unwrap();
    let (check, drift) = (&workflow["jobs"]["check"], &workflow["jobs"]["drift"]);
    assert_eq!(names(check), ["install", "lint", "wait", "verify", "up"]);
    assert_eq!(names(drift), ["install", "wait", "drift"]);
    let install = workflow["env"]["INSTALL"].as_str().unwrap();
    let package = install.strip_prefix("cargo install --locked --path ").unwrap();
    let manifest = std::fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
    assert!(manifest.contains("[[bin]]\nname = \"migrate\"\n"));

    // `up` of the first job is what the second one looks at: its database stands for production's.
    let server = Options::new().start().unwrap_or_else(|error| panic!("{error}"));
    let variables = [("DATABASE_URL", server.url()), ("DEV_URL", server.url())];
    for job in [check, drift] {
        for variable in job["env"].as_object().unwrap().keys() {
            assert!(
                variables.iter().any(|(name, _)| name == variable),
                "{variable} is not given to the steps"
            );
        }
        let steps = job["steps"].as_array().unwrap();
        for step in steps.iter().filter(|step| step["name"].is_string() && step["name"] != "install") {
            let Some(output) = run(step, &variables) else { return };
            let said = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(output.status.success(), "{}: {said}", step["name"]);
        }
    }

    // And it fails where it should.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = migrate_runtime::connect(server.url()).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("ALTER TABLE users ADD by_hand int").await.unwrap();
    });
    let step = drift["steps"].as_array().unwrap().last().unwrap();
    let Some(output) = run(step, &variables) else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("by_hand"), "{said}");
}

#[test]
fn the_job_of_a_fleet_has_only_options_that_there_are() {
    let job: Value = serde_saphyr::from_str(JOB).unwrap();
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    let texts = |list: &Value| -> Vec<String> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap().replace("$(RELEASE)", "one"))
            .collect()
    };
    assert_eq!(texts(&container["command"]), ["migrate"]);
    // Nobody is there: it comes to the folders, which is behind every option.
    let output = Command::new(env!("CARGO_BIN_EXE_migrate"))
        .args(texts(&container["args"]))
        .env("DATABASE_URL", "postgres://app@127.0.0.1:1/control")
        .output()
        .unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("/migrations/"), "{said}");
}

#[test]
fn the_role_of_the_service_may_use_what_the_migrations_make() {
    let lines: Vec<&str> =
        INIT_CONTAINER.lines().map_while(|line| line.strip_prefix('#')).map(str::trim).collect();
    let after = lines.iter().position(|line| line.starts_with("And once after the first `up`")).unwrap();
    let sql = |lines: &[&str]| lines.iter().copied().filter(|line| line.ends_with(';')).collect::<String>();
    let (before, after) = lines.split_at(after);
    let (before, after) = (sql(before), sql(after));
    assert_eq!((before.matches(';').count(), after.matches(';').count()), (2, 2), "{before}{after}");

    let server = Options::new().start().unwrap_or_else(|error| panic!("{error}"));
    let (_, rest) = server.url().split_once("://").unwrap();
    let (user_info, place) = rest.rsplit_once('@').unwrap();
    let owner = user_info.split(':').next().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = migrate_runtime::connect(server.url()).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("CREATE ROLE app LOGIN PASSWORD 'app'").await.unwrap();
        client.batch_execute(&before.replace("ROLE owner ", &format!("ROLE {owner} "))).await.unwrap();

        let output = Command::new(env!("CARGO_BIN_EXE_migrate"))
            .args(["up", "--yes", "--dir", "examples/web/migrations", "--database-url", server.url()])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

        let (app, connection) =
            migrate_runtime::connect(&format!("postgres://app:app@{place}")).await.unwrap();
        tokio::spawn(connection);
        // What the service says for a POST, and the worker afterwards.
        app.batch_execute("INSERT INTO emails (recipient, body) VALUES ('ada@example.org', 'hello')")
            .await
            .unwrap();
        app.batch_execute("UPDATE emails SET sent_at = now(), sent_by = 'worker'").await.unwrap();

        client.batch_execute(&after).await.unwrap();
        app.batch_execute("SELECT * FROM schema_migrations").await.unwrap();
        for refused in
            ["DELETE FROM schema_migrations", "DELETE FROM schema_migrations_log", "DROP TABLE emails"]
        {
            app.batch_execute(refused).await.unwrap_err();
        }
    });
}
