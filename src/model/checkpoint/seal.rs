//! A checksum inside the file that it belongs to.
//!
//! It is SHA-256 over all bytes, with its own 64 digits replaced by zeros. It is inside the file because two files cannot be
//! replaced at the same instant, and it covers all bytes so that none can change unnoticed. It protects against faulty disks,
//! not against people: whoever can write the file can also write a new sum.

use super::damage::Damage;
use crate::text::hex;
use sha2::{Digest, Sha256};

/// What is in place of the sum while it is computed.
pub(super) const PLACEHOLDER: &str = concat!(
    "0000000000000000000000000000000000000000",
    "000000000000000000000000"
);

/// Replaces the placeholder by the sum.
pub(super) fn close(bytes: &mut [u8]) {
    let sum = hex(&Sha256::digest(&*bytes));
    if let Some(at) = find(bytes, PLACEHOLDER) {
        bytes[at..at + sum.len()].copy_from_slice(sum.as_bytes());
    }
}

/// Checks that `bytes`, whose header holds `sum`, have that sum.
pub(super) fn check(bytes: &[u8], sum: &str) -> Result<(), Damage> {
    if sum.len() != PLACEHOLDER.len() {
        return Err(Damage::Checksum);
    }
    let at = find(bytes, sum).ok_or(Damage::Checksum)?;
    let mut hash = Sha256::new();
    hash.update(&bytes[..at]);
    hash.update(PLACEHOLDER);
    hash.update(&bytes[at + sum.len()..]);
    match hex(&hash.finalize()) == sum {
        true => Ok(()),
        false => Err(Damage::Checksum),
    }
}

/// Position of the text in the header at the beginning of the file: 8 bytes of length, then as many bytes of JSON.
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
