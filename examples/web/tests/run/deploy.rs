//! The files of `deploy/` that are about this service: what they call is called as it stands there, with the roles that they
//! speak of. Docker and Kubernetes are not here.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process::Web;
use crate::{connect, server, value};

const YAML: &str = include_str!("../../../../deploy/init-container.yaml");
const DOCKERFILE: &str = include_str!("../../../../deploy/Dockerfile");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_the_deployment_calls_is_what_the_service_has() {
    let deployment: Value = serde_saphyr::from_str(YAML).unwrap();
    let pod = &deployment["spec"]["template"]["spec"];
    let (init, web) = (&pod["initContainers"][0], &pod["containers"][0]);
    assert_eq!(init["image"], web["image"]);
    let server = server();
    let owner = connect(server.url()).await;
    owner.batch_execute("CREATE ROLE app LOGIN PASSWORD 'app'").await.unwrap();
    let app = server.url().replacen(&user_info(server.url()), "app:app", 1);

    // Before the init container has run, this role can do nothing.
    let mut early = Web::start(&app, &["--linger", "600"]);
    early.hear_error("error: ");
    assert_eq!(early.get(path(web, "readinessProbe")).0, 503);
    drop(early);

    let migrated = Command::new(env!("CARGO_BIN_EXE_web"))
        .args(texts(&init["args"]))
        .env("DATABASE_URL", server.url())
        .env("MIGRATE_ENV", "production")
        .output()
        .unwrap();
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let report: Value = serde_json::from_slice(&migrated.stdout).unwrap();
    assert_eq!((&report["verb"], &report["exit_code"]), (&"up".into(), &0.into()));

    let grants: Vec<&str> = YAML.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    let grants: Vec<&str> = grants.into_iter().filter(|line| line.starts_with("GRANT ")).collect();
    let grants = grants.join("\n");
    assert_eq!(grants.matches("GRANT").count(), 2, "{grants}");
    owner.batch_execute(&grants).await.unwrap();
    let mut ready = Web::start(&app, &texts(&web["args"]));
    ready.hear("nothing to do: the database is at 0002_emails_waiting");
    for probe in ["livenessProbe", "readinessProbe"] {
        assert_eq!(ready.get(path(web, probe)).0, 200, "{probe}");
        assert_eq!(web[probe]["httpGet"]["port"], web["ports"][0]["name"]);
    }
    // The role of the service cannot do what the other one does.
    let may = "SELECT concat(has_schema_privilege('app', 'public', 'CREATE'), has_table_privilege('app', 'schema_migrations', 'INSERT'))";
    let older: u32 = value(&owner, "SHOW server_version_num").await.parse().unwrap();
    // PostgreSQL 14 lets everybody create in `public`.
    assert_eq!(value(&owner, may).await, if older < 150_000 { "tf" } else { "ff" });

    let listens =
        web["env"].as_array().unwrap().iter().find(|variable| variable["name"] == "LISTEN").unwrap();
    let port = web["ports"][0]["containerPort"].to_string();
    assert_eq!(listens["value"].as_str().unwrap().rsplit(':').next(), Some(port.as_str()));
}

fn path<'y>(container: &'y Value, probe: &str) -> &'y str {
    container[probe]["httpGet"]["path"].as_str().unwrap()
}

/// `user:password` of a URL.
fn user_info(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap();
    rest.rsplit_once('@').unwrap().0.to_owned()
}

#[test]
fn what_the_dockerfile_builds_and_copies_is_there() {
    let lines: Vec<&str> = DOCKERFILE.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
    let build = lines.iter().find_map(|line| line.strip_prefix("cargo build ")).unwrap();
    let options: Vec<&str> = build.trim_end_matches(" \\").split(' ').collect();
    assert_eq!(options, ["--release", "--locked", "--package", "web", "--no-default-features"]);
    assert!(lines.contains(&"&& cp target/release/web /web") && lines.contains(&"ENTRYPOINT [\"/web\"]"));
    assert!(lines.contains(&"COPY . ."));
    for line in lines.iter().filter(|line| line.starts_with("COPY --from=build ")) {
        let from = line.split(' ').nth(2).unwrap();
        assert!(["/web", "/etc/ssl/certs/ca-certificates.crt"].contains(&from), "{line}");
    }

    // What is built so has no server in it: its packages are the ones that cargo names for the same options.
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal,build", "--prefix", "none"])
        .args(&options[2..])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(
        tree.starts_with("web ") && tree.contains("\nmigrate-runtime ") && !tree.contains("migrate-server"),
        "{tree}"
    );

    // The image of the compiler is new enough for the workspace.
    let image = lines.iter().find_map(|line| line.strip_prefix("FROM rust:")).unwrap();
    let minor = |version: &str| version.split('.').nth(1).unwrap().parse::<u32>().unwrap();
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let wanted = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .unwrap()
        .trim_matches('"')
        .to_owned();
    assert!(minor(image.split('-').next().unwrap()) >= minor(&wanted), "{image} is older than {wanted}");
}
