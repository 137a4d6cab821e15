//! A small stable hash to compare texts across a wire; not for security.

/// FNV-1a, 64 bit, over the UTF-8 bytes.
pub fn text_hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::text_hash;

    #[test]
    fn agrees_with_the_published_vectors() {
        assert_eq!(
            [text_hash(""), text_hash("a"), text_hash("foobar")],
            [0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c, 0x8594_4171_f739_67e8]
        );
    }
}
