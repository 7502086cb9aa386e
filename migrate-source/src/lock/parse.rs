//! The text of a lock file as lines, or everything that is wrong with how it is written.

use std::collections::BTreeMap;

use crate::checksum::Checksum;
use crate::lock::{LedgerFault, Line, LockFault, SEPARATOR};
use crate::name::{Direction, FileName};
use crate::position::Position;

/// What git and others write around the two sides of a conflict.
const MARKERS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// Parses a ledger.
///
/// # Errors
///
/// Every fault of it, in the order of the text.
pub(super) fn parse(text: &str) -> Result<Vec<Line>, Vec<LedgerFault>> {
    // Between its markers, a conflict has lines that contradict each other: what to do about those is said by this.
    if let Some((at, _)) = pieces(text).find(|(_, piece)| MARKERS.iter().any(|mark| piece.starts_with(mark)))
    {
        return Err(vec![(at, LockFault::MergeMarker)]);
    }
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    for (start, piece) in pieces(text) {
        let content = piece.strip_suffix('\n').unwrap_or(piece);
        let content = content.strip_suffix('\r').unwrap_or(content);
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match parse_line(content) {
            Ok((checksum, file, name)) => {
                let end = start + piece.len();
                lines.push(Line { start, end, checksum, file, name });
            }
            Err((at, fault)) => faults.push((start + at, fault)),
        }
    }
    check_order(text, &lines, &mut faults);
    if text.starts_with(BYTE_ORDER_MARK) {
        faults.push((0, LockFault::ByteOrderMark));
    }
    faults.sort_by_key(|(at, _)| *at);
    if faults.is_empty() { Ok(lines) } else { Err(faults) }
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The lines with their line endings, and where they begin. A byte order mark belongs to none.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    text[start..].split_inclusive('\n').map(move |piece| {
        start += piece.len();
        (start - piece.len(), piece)
    })
}

fn parse_line(line: &str) -> Result<(Checksum, String, FileName), LedgerFault> {
    const DIGITS: usize = 2 * Checksum::LEN;
    let digits = line.bytes().take_while(u8::is_ascii_hexdigit).count();
    if digits < DIGITS {
        return Err((digits, LockFault::NoChecksum));
    }
    let (digits, rest) = line.split_at(DIGITS);
    if let Some(at) = digits.find(|c: char| c.is_ascii_uppercase()) {
        return Err((at, LockFault::Capitals));
    }
    let checksum = digits.parse().map_err(|_| (0, LockFault::NoChecksum))?;
    if rest.starts_with(" *") {
        return Err((DIGITS + 1, LockFault::BinaryMark));
    }
    let start = DIGITS + SEPARATOR.len();
    let file = rest.strip_prefix(SEPARATOR).filter(|file| !file.trim().is_empty());
    let file = file.ok_or((DIGITS, LockFault::NoFile))?;
    if file.contains(['/', '\\']) {
        return Err((start, LockFault::Path));
    }
    let trimmed = file.trim_end();
    if trimmed != file {
        return Err((start + trimmed.len(), LockFault::TrailingSpace));
    }
    let name = FileName::parse(file).map_err(|fault| (start, LockFault::Name(fault)))?;
    if name.direction == Direction::Repeatable {
        return Err((start, LockFault::Repeatable));
    }
    Ok((checksum, file.to_owned(), name))
}

/// Each file once, each version once, the versions upwards, a down behind its up.
fn check_order(text: &str, lines: &[Line], faults: &mut Vec<LedgerFault>) {
    let order = |line: &Line| (line.name.version, line.name.direction == Direction::Down);
    let mut seen: BTreeMap<(i64, bool), &Line> = BTreeMap::new();
    for line in lines {
        let number = |other: &Line| Position::of_byte(text, other.start).line;
        let highest = seen.last_key_value().map(|(_, highest)| *highest);
        let fault = match (seen.get(&order(line)), highest) {
            (Some(first), _) if first.file == line.file => LockFault::DuplicateFile { first: number(first) },
            (Some(first), _) => {
                LockFault::DuplicateVersion { first: number(first), other: first.file.clone() }
            }
            (None, Some(highest)) if order(line) < order(highest) => {
                LockFault::Unsorted { before: highest.file.clone(), line: number(highest) }
            }
            _ => {
                seen.insert(order(line), line);
                continue;
            }
        };
        faults.push((line.name_start(), fault));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c";

    fn files(text: &str) -> Vec<String> {
        let lines = parse(text).expect("no fault");
        assert!(lines.iter().all(|line| line.checksum.to_string() == SUM));
        assert!(lines.iter().all(|line| text[line.name_start()..].starts_with(&line.file)));
        lines.into_iter().map(|line| line.file).collect()
    }

    #[track_caller]
    fn check_fault(line: &str, at: usize, fault: LockFault) {
        assert_eq!(parse(line).expect_err("a fault"), [(at, fault)]);
    }

    #[test]
    fn lines() {
        assert!(files("").is_empty());
        assert!(files("# Nothing yet.\n\n").is_empty());
        let both = ["0001_a.up.sql", "0001_a.down.sql"];
        assert_eq!(files(&format!("# c\n{SUM}  {}\n\n# d\n{SUM}  {}\n", both[0], both[1])), both);
        assert_eq!(files(&format!("# c\r\n\r\n{SUM}  {}\r\n{SUM}  {}", both[0], both[1])), both);
    }

    #[test]
    fn malformed_lines() {
        check_fault("hello", 0, LockFault::NoChecksum);
        check_fault("  ", 0, LockFault::NoChecksum);
        check_fault("\u{feff}", 0, LockFault::ByteOrderMark);
        check_fault(&format!("{}  0001_a.sql", &SUM[1..]), 63, LockFault::NoChecksum);
        check_fault(&format!("{}é  0001_a.sql", &SUM[..62]), 62, LockFault::NoChecksum);
        check_fault(&format!("{}B  0001_a.sql", &SUM[..63]), 63, LockFault::Capitals);
        check_fault(&format!("{SUM}0  0001_a.sql"), 64, LockFault::NoFile);
        check_fault(&format!("{SUM} 0001_a.sql"), 64, LockFault::NoFile);
        check_fault(&format!("{SUM}\t0001_a.sql"), 64, LockFault::NoFile);
        check_fault(&format!("{SUM}   \r\n"), 64, LockFault::NoFile);
        check_fault(SUM, 64, LockFault::NoFile);
        check_fault(&format!("{SUM} *0001_a.sql"), 65, LockFault::BinaryMark);
        check_fault(&format!("{SUM}  ./0001_a.sql"), 66, LockFault::Path);
        check_fault(&format!("{SUM}  0001_a.sql \n"), 76, LockFault::TrailingSpace);
        check_fault(&format!("{SUM}  R_views.sql"), 66, LockFault::Repeatable);
        let name = LockFault::Name(crate::fault::NameFault::NoVersion);
        check_fault(&format!("{SUM}   0001_a.sql"), 66, name);
    }

    #[test]
    fn the_order_of_lines() {
        let faults = |files: &[&str]| {
            let text = files.iter().fold(String::new(), |text, file| text + SUM + SEPARATOR + file + "\n");
            let faults = parse(&text).expect_err("faults");
            faults
                .into_iter()
                .map(|(at, fault)| (Position::of_byte(&text, at).line, fault))
                .collect::<Vec<_>>()
        };
        let unsorted = |before: &str, line| LockFault::Unsorted { before: before.into(), line };
        assert_eq!(
            faults(&["0001_a.sql", "0003_c.sql", "0002_b.sql", "0004_d.sql"]),
            [(3, unsorted("0003_c.sql", 2))]
        );
        assert_eq!(faults(&["0001_a.down.sql", "0001_a.up.sql"]), [(2, unsorted("0001_a.down.sql", 1))]);
        assert_eq!(
            faults(&["0001_a.sql", "0002_b.sql", "0001_a.sql"]),
            [(3, LockFault::DuplicateFile { first: 1 })]
        );
        let other = "0001_a.sql".to_owned();
        assert_eq!(
            faults(&["0001_a.sql", "0002_b.sql", "0001_c.sql"]),
            [(3, LockFault::DuplicateVersion { first: 1, other })]
        );
    }

    #[test]
    fn a_conflict_is_told_once() {
        let text = format!("<<<<<<< ours\n{SUM}  0001_a.sql\n=======\n{SUM}  0001_b.sql\n>>>>>>> theirs\n");
        check_fault(&text, 0, LockFault::MergeMarker);
    }
}
