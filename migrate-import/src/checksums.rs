//! What other tools keep in their tables to know a file again, computed from the file as they do.

use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher as _};

use sha2::{Digest, Sha256, Sha384};
use siphasher::sip::SipHasher13;

/// Of Prisma and Drizzle: SHA-256 of the file, in hexadecimal digits.
pub(crate) fn sha256(text: &str) -> String {
    hexadecimal(&Sha256::digest(text))
}

/// Of sqlx: SHA-384 of the file, in hexadecimal digits.
pub(crate) fn sha384(text: &str) -> String {
    hexadecimal(&Sha384::digest(text))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Of refinery: SipHash-1-3 of name, version and text as the standard library hashes them. The version is an `i32`, or an
/// `i64` in projects with its feature `int8-versions`: both are told.
pub(crate) fn refinery(name: &str, version: i64, text: &str) -> Vec<String> {
    let hash = |version: &dyn Fn(&mut SipHasher13)| {
        let mut hasher = SipHasher13::new();
        name.hash(&mut hasher);
        version(&mut hasher);
        text.hash(&mut hasher);
        hasher.finish().to_string()
    };
    let narrow = i32::try_from(version).ok().map(|version| hash(&|hasher| version.hash(hasher)));
    narrow.into_iter().chain([hash(&|hasher| version.hash(hasher))]).collect()
}

/// Of Flyway: CRC-32 of the lines without their endings, as a signed number.
pub(crate) fn flyway(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut crc = u32::MAX;
    // A line ends with `\n`, `\r\n` or `\r`.
    for line in text.split("\r\n").flat_map(|text| text.split(['\n', '\r'])) {
        for byte in line.bytes() {
            crc ^= u32::from(byte);
            for _ in 0..8 {
                let carry = crc & 1 == 1;
                crc >>= 1;
                if carry {
                    crc ^= 0xedb8_8320;
                }
            }
        }
    }
    (!crc).cast_signed().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(flyway("123456789"), 0xcbf4_3926_u32.cast_signed().to_string());
        assert_eq!(flyway("\u{feff}1234\r\n5\r67\n89\n"), flyway("123456789"));
        assert_eq!(flyway(""), "0");
        assert_eq!(&sha256("")[..16], "e3b0c44298fc1c14");
        assert_eq!(&sha384("")[..16], "38b060a751ac9638");
    }
}
