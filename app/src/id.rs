//! Ids that the client chooses, so that sending something twice does it once.

/// Characters that are hard to take for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Random bytes that go into an id; 100 bits are used.
pub const BYTES: usize = 20;

/// An id of 20 characters.
pub fn from_random(bytes: [u8; BYTES]) -> String {
    bytes.into_iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

#[cfg(test)]
mod tests {
    use super::from_random;

    #[test]
    fn an_id_is_twenty_plain_characters() {
        assert_eq!(from_random([0; 20]), "a".repeat(20));
        assert_eq!(from_random([255; 20]), "9".repeat(20));
    }

    #[test]
    fn the_alphabet_has_no_twins() {
        let mut letters = super::ALPHABET.to_vec();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 32);
    }
}
