//! What the repository of a folder says of its migrations, if it is in one. `git` is run as a process; that there is none, or no
//! repository, is no error.

use std::path::Path;
use std::process::{Command, Stdio};

/// Where the default branch may be, the likeliest first.
const BRANCHES: [&str; 5] =
    ["refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master", "main", "master"];

/// The branch that others are merged into, and the names of the files that it has in this folder.
pub(crate) struct Upstream {
    pub(crate) branch: String,
    pub(crate) files: Vec<String>,
}

/// What the default branch has: that of the remote, or else the local one, at its last commit.
pub(crate) fn upstream(folder: &Path) -> Option<Upstream> {
    let commit = |branch: &&str| {
        git(folder, &["rev-parse", "--verify", "--quiet", &format!("{branch}^{{commit}}")]).is_some()
    };
    let branch = BRANCHES.into_iter().find(commit)?;
    // Of the folder that it is run in, without those above.
    let files = git(folder, &["ls-tree", "-z", "--name-only", branch])?;
    let name = git(folder, &["rev-parse", "--abbrev-ref", branch])?;
    let files = files.split('\0').filter(|file| !file.is_empty()).map(str::to_owned).collect();
    Some(Upstream { branch: name.trim().to_owned(), files })
}

fn git(folder: &Path, args: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(args).stdin(Stdio::null()).stderr(Stdio::null());
    let output = git.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}
