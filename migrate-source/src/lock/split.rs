//! A ledger whose first files move to a folder of their own, and a checkpoint takes their place.

use crate::checksum::Checksum;
use crate::lock::seal::HEAD;
use crate::lock::{Ledger, SEPARATOR};

/// What becomes of a ledger.
#[derive(Debug)]
pub(crate) struct Split {
    /// Without the files that moved, and with the checkpoint; all else stays as it is, to the byte.
    pub(crate) kept: String,
    /// The lines of the files that moved, as they were.
    pub(crate) archived: String,
}

impl Ledger {
    /// The ledger of the folder, and that of its archive. The checkpoint is added where it is not sealed yet.
    pub(crate) fn squashed(&self, moved: &[String], checkpoint: &str, checksum: Checksum) -> Split {
        let ending = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let (mut kept, mut archived) = (String::new(), format!("{HEAD}{ending}"));
        let mut line_of_checkpoint = Some([&checksum.to_string(), SEPARATOR, checkpoint, ending].concat())
            .filter(|_| !self.seals(checkpoint));
        let mut copied = 0;
        for line in self.lines.iter().filter(|line| moved.contains(&line.file)) {
            kept += &self.text[copied..line.start];
            kept.extend(line_of_checkpoint.take());
            copied = line.end;
            archived += &self.text[line.start..line.end];
            // The last line of a ledger may lack its ending.
            if !archived.ends_with('\n') {
                archived += ending;
            }
        }
        kept += &self.text[copied..];
        Split { kept, archived }
    }
}
