//! A checksum inside the file that it is of.
//!
//! SHA-256 over all bytes, with the checksum's own 64 digits replaced by zeros. Inside rather than beside, because two
//! files cannot be replaced at the same instant; over everything rather than over the arrays alone, so that no byte of
//! the file can change unnoticed. It is there against disks, not against people: who can write the file can write the
//! sum.

use crate::text::hex;
use sha2::{Digest, Sha256};

/// What stands where the sum belongs while it is computed.
pub(super) const PLACEHOLDER: &str = concat!(
    "0000000000000000000000000000000000000000",
    "000000000000000000000000"
);

/// Puts the sum in the placeholder's place.
pub(super) fn close(bytes: &mut [u8]) {
    let sum = hex(&Sha256::digest(&*bytes));
    if let Some(at) = find(bytes, PLACEHOLDER) {
        bytes[at..at + sum.len()].copy_from_slice(sum.as_bytes());
    }
}

/// Whether `bytes`, which hold `sum` in their description, have that sum.
pub(super) fn check(bytes: &[u8], sum: &str) -> Result<(), String> {
    let torn = || "its checksum does not match: it was cut off or changed".to_owned();
    if sum.len() != PLACEHOLDER.len() {
        return Err(torn());
    }
    let at = find(bytes, sum).ok_or_else(torn)?;
    let mut hash = Sha256::new();
    hash.update(&bytes[..at]);
    hash.update(PLACEHOLDER);
    hash.update(&bytes[at + sum.len()..]);
    match hex(&hash.finalize()) == sum {
        true => Ok(()),
        false => Err(torn()),
    }
}

/// Where the text first stands within the description at the file's beginning: 8 bytes of length, then so much JSON.
fn find(bytes: &[u8], text: &str) -> Option<usize> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let description = rest.get(..length)?;
    let at = description
        .windows(text.len())
        .position(|window| window == text.as_bytes())?;
    Some(8 + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_changes_unnoticed() {
        let text = format!("{{\"sum\":\"{PLACEHOLDER}\"}}");
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text.bytes().chain([1, 2, 3]));
        close(&mut bytes);
        let sum = String::from_utf8(bytes[16..80].to_vec()).unwrap();
        check(&bytes, &sum).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(check(&other, &sum).is_err(), "byte {at}");
        }
    }
}
