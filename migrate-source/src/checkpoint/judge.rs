//! Where a checkpoint stands in its folder: before all others, and without a down.

use crate::checkpoint::CheckpointFault;
use crate::fault::{Fault, FaultKind};
use crate::named_file::NamedFile;

/// Every fault of the checkpoints among the files that have a version, which are in order.
pub(crate) fn judge(files: &[NamedFile]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for checkpoint in files.iter().filter(|file| file.is_checkpoint() && !file.is_down()) {
        let first = files.first().filter(|first| first.name.version < checkpoint.name.version);
        faults.extend(first.map(|first| {
            let first = first.file.clone();
            checkpoint.fault(FaultKind::Checkpoint(CheckpointFault::NotFirst { first }))
        }));
        let down = files.iter().find(|file| file.is_down() && file.stem() == checkpoint.stem());
        faults.extend(down.map(|down| {
            let checkpoint = checkpoint.file.clone();
            down.fault(FaultKind::Checkpoint(CheckpointFault::HasDown { checkpoint }))
        }));
    }
    faults
}
