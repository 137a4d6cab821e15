//! Licence expressions (SPDX): may a package be used where these licences are allowed?

use anyhow::{Result, bail};

/// Whether the expression can be met with allowed licences alone.
pub(super) fn allowed(expression: &str, allow: &[String]) -> Result<bool> {
    // Old manifests write `MIT/Apache-2.0`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allow };
    let result = reader.any()?;
    if !reader.words.is_empty() {
        bail!("`{expression}` is no licence expression");
    }
    Ok(result)
}

struct Reader<'a> {
    words: &'a [&'a str],
    allow: &'a [String],
}

impl<'a> Reader<'a> {
    /// A OR B
    fn any(&mut self) -> Result<bool> {
        let mut result = self.all()?;
        while self.take("OR") {
            result |= self.all()?;
        }
        Ok(result)
    }

    /// A AND B, which binds tighter.
    fn all(&mut self) -> Result<bool> {
        let mut result = self.one()?;
        while self.take("AND") {
            result &= self.one()?;
        }
        Ok(result)
    }

    fn one(&mut self) -> Result<bool> {
        if self.take("(") {
            let result = self.any()?;
            if !self.take(")") {
                bail!("a bracket is not closed");
            }
            return Ok(result);
        }
        let Some(name) = self.next() else { bail!("a licence is missing") };
        let full = if self.take("WITH") {
            let Some(exception) = self.next() else { bail!("an exception is missing") };
            format!("{name} WITH {exception}")
        } else {
            name.to_owned()
        };
        Ok(self.allow.contains(&full))
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.words.first() == Some(&word);
        if there {
            self.words = &self.words[1..];
        }
        there
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(expression: &str) -> bool {
        let allow = ["MIT", "Apache-2.0", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        allowed(expression, &allow).unwrap()
    }

    #[test]
    fn expressions_are_read_as_they_are_meant() {
        assert!(may("MIT OR GPL-3.0"));
        assert!(may("MIT/GPL-3.0"));
        assert!(may("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(may("Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
        assert!(!may("MIT AND GPL-3.0"));
        assert!(!may("GPL-3.0 OR MIT AND GPL-2.0"));
        assert!(!may("Apache-2.0 WITH Unknown-exception"));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(allowed("MIT OR", &[]).is_err());
        assert!(allowed("MIT Apache-2.0", &[]).is_err());
        assert!(allowed("(MIT", &[]).is_err());
    }
}
