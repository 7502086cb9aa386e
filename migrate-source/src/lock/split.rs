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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::SourceFile;

    const SUM: &str = "4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c";

    #[test]
    fn each_line_of_the_archive_has_its_ending_and_no_more() {
        let moved = ["0001_a.sql".to_owned(), "0002_b.sql".to_owned()];
        let lines = format!("{SUM}  0001_a.sql\n{SUM}  0002_b.sql");
        for ending in ["", "\n"] {
            let text = Some(format!("{lines}{ending}"));
            let file = SourceFile { name: String::new(), path: "migrate.lock".into(), text };
            let ledger = Ledger::read(file, &mut Vec::new()).expect("a ledger");
            let split = ledger.squashed(&moved, "0002_all.sql", SUM.parse().expect("a checksum"));
            assert_eq!(split.kept, format!("{SUM}  0002_all.sql\n"));
            assert_eq!(split.archived, format!("{HEAD}\n{lines}\n"));
        }
    }
}
