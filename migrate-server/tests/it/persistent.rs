//! A server whose data stay: found again, never shared, never taken from somebody else.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

use migrate_server::{Error, Options, Server};

use crate::owner::Owner;
use crate::skip::skip;
use crate::support::{Scratch, asks_for_password, listens, port_of, query};

fn start_in(dir: &Path) -> Result<Server, Error> {
    Options::new().data_in(dir).start()
}

#[test]
fn data_stay_until_asked_to_go() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("not/yet/there");
    let server = start_in(&dir).unwrap();
    assert_eq!(server.data_dir(), Some(&*dir));
    query(&server, "create table t as select 42 as n");
    assert_eq!(query(&server, "show fsync"), "on");
    drop(server);
    assert!(dir.join("data/PG_VERSION").exists());

    let server = start_in(&dir).unwrap();
    assert_eq!(query(&server, "select n from t"), "42");
    drop(server);

    let server = Options::new().data_in(&dir).fresh(true).start().unwrap();
    assert_eq!(query(&server, "select to_regclass('t') is null"), "t");
}

#[test]
fn two_at_once_are_refused() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("data");
    let server = start_in(&dir).unwrap();
    let error = start_in(&dir).unwrap_err();
    let Error::InUse { process, .. } = &error else { panic!("{error}") };
    assert_eq!(*process, Some(std::process::id()));
    let text = error.to_string();
    assert!(text.contains(&format!("in use by process {}; end that one", std::process::id())), "{text}");
    // The refusal has not disturbed the first one.
    assert!(asks_for_password(port_of(server.url())));
    drop(server);
    start_in(&dir).unwrap();
}

#[test]
fn the_next_run_waits_for_the_end_of_a_killed_one() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("data");
    let mut owner = Owner::spawn(None, Some(&dir), "");
    let (url, _) = owner.server();
    owner.child.kill().unwrap();
    owner.child.wait().unwrap();
    let server = start_in(&dir).unwrap();
    assert!(!listens(port_of(&url)));
    assert!(asks_for_password(port_of(server.url())));
}

#[test]
fn what_a_crash_leaves_is_no_obstacle() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("data");
    drop(start_in(&dir).unwrap());
    // The process number of a dead server, taken by another process of the same user since.
    let nobody_listens = 1;
    let pid = std::process::id();
    let stale = format!("{pid}\n{}/data\n1\n{nobody_listens}\n\n127.0.0.1\n", dir.display());
    fs::write(dir.join("data/postmaster.pid"), stale).unwrap();
    drop(start_in(&dir).unwrap());

    // An `initdb` that was killed half-way.
    fs::rename(dir.join("data"), dir.join("data.new")).unwrap();
    fs::remove_dir_all(dir.join("data.new/global")).unwrap();
    drop(start_in(&dir).unwrap());
    assert!(!dir.join("data.new").exists());
}

#[test]
fn another_version_is_named() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("data");
    drop(start_in(&dir).unwrap());
    fs::write(dir.join("data/PG_VERSION"), "8.4\n").unwrap();
    let error = start_in(&dir).unwrap_err();
    assert!(matches!(&error, Error::OtherVersion { made_by, .. } if made_by == "8.4"), "{error}");
    let text = error.to_string();
    assert!(text.contains("delete the directory to start afresh"), "{text}");
    drop(Options::new().data_in(&dir).fresh(true).start().unwrap());
}

#[test]
fn a_directory_of_somebody_else_is_left_alone() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("full");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("thesis.txt"), "years of work").unwrap();
    let before = fs::metadata(&dir).unwrap();
    let error = start_in(&dir).unwrap_err();
    assert!(error.to_string().contains("there are other files in it"), "{error}");
    let after = fs::metadata(&dir).unwrap();
    assert_eq!((after.uid(), after.mode()), (before.uid(), before.mode()));

    let link = scratch.path().join("link");
    std::os::unix::fs::symlink(scratch.path(), &link).unwrap();
    let error = start_in(&link).unwrap_err();
    assert!(error.to_string().contains("symbolic link"), "{error}");

    // An empty one is taken.
    let empty = scratch.path().join("empty");
    fs::create_dir(&empty).unwrap();
    drop(start_in(&empty).unwrap());
    // One that is open to others is not, later.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&empty, open).unwrap();
    let error = start_in(&empty).unwrap_err();
    assert!(error.to_string().contains("mode 755 instead of 700"), "{error}");
}

#[test]
fn planted_links_are_not_followed() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("data");
    drop(start_in(&dir).unwrap());
    let victim = scratch.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    for name in ["server.log", "owner.lock", "password"] {
        fs::remove_file(dir.join(name)).unwrap();
        std::os::unix::fs::symlink(&victim, dir.join(name)).unwrap();
        let error = start_in(&dir).unwrap_err();
        assert!(error.to_string().contains("symbolic link"), "{error}");
        fs::remove_file(dir.join(name)).unwrap();
        fs::hard_link(&victim, dir.join(name)).unwrap();
        let error = start_in(&dir).unwrap_err();
        assert!(error.to_string().contains("is not an ordinary file"), "{error}");
        fs::remove_file(dir.join(name)).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        fs::write(dir.join(name), "").unwrap();
    }
}

#[test]
fn as_root_data_go_where_nobody_can_reach_them() {
    if !rustix::process::geteuid().is_root() {
        return skip("root", "only root has a server of another user");
    }
    let scratch = Scratch::new();
    let closed = scratch.path().join("closed");
    fs::DirBuilder::new().mode(0o700).create(&closed).unwrap();
    let wanted = closed.join("data");
    let server = start_in(&wanted).unwrap();
    let dir = server.data_dir().unwrap().to_owned();
    assert!(dir.starts_with("/var/tmp") && !wanted.exists());
    assert!(asks_for_password(port_of(server.url())));
    drop(server);
    // The same place again.
    let server = start_in(&wanted).unwrap();
    assert_eq!(server.data_dir(), Some(&*dir));
    drop(server);
    // A third user's is refused.
    std::os::unix::fs::chown(&dir, Some(1), None).unwrap();
    let error = start_in(&wanted).unwrap_err();
    assert!(error.to_string().contains("belongs to the user with the id 1"), "{error}");
    fs::remove_dir_all(dir).unwrap();
}
