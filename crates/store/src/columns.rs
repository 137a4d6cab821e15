//! Binding values to a query and reading them from a row, in the few kinds of columns that both engines share.
//!
//! PostgreSQL refuses a NUL inside text, and a tool's output may hold one: every text is escaped on its way in and restored
//! on its way out, on both engines. JSON needs none of it, it writes a NUL as six letters.

use serde::{Serialize, de::DeserializeOwned};
use slipway_protocol::Author;
use sqlx::{
    Any, Decode, Row, Type,
    any::{AnyArguments, AnyRow},
};

use crate::StoreError;

pub(crate) type Query = sqlx::query::Query<'static, Any, AnyArguments>;

pub(crate) fn query(sql: &'static str) -> Query {
    sqlx::query(sql)
}

pub(crate) trait Bind: Sized {
    fn text(self, value: &str) -> Self;
    fn text_or_null(self, value: Option<&str>) -> Self;
    fn number(self, value: i64) -> Self;
    fn number_or_null(self, value: Option<i64>) -> Self;
    /// A revision, generation or limit; what no column can hold counts as the greatest it can.
    fn count(self, value: u64) -> Self;
    fn flag(self, value: bool) -> Self;
    fn bytes(self, value: &[u8]) -> Self;
    fn json(self, value: &impl Serialize) -> Self;
    fn json_or_null(self, value: Option<&impl Serialize>) -> Self;

    /// Two columns: id and name.
    fn author(self, author: &Author) -> Self {
        self.text(author.id.as_str()).text(&author.name)
    }

    /// Two columns: id and name.
    fn author_or_null(self, author: Option<&Author>) -> Self {
        self.text_or_null(author.map(|author| author.id.as_str()))
            .text_or_null(author.map(|author| author.name.as_str()))
    }
}

impl Bind for Query {
    fn text(self, value: &str) -> Self {
        self.bind(escaped(value))
    }

    fn text_or_null(self, value: Option<&str>) -> Self {
        self.bind(value.map(escaped))
    }

    fn number(self, value: i64) -> Self {
        self.bind(value)
    }

    fn number_or_null(self, value: Option<i64>) -> Self {
        self.bind(value)
    }

    fn count(self, value: u64) -> Self {
        self.bind(i64::try_from(value).unwrap_or(i64::MAX))
    }

    fn flag(self, value: bool) -> Self {
        self.bind(i64::from(value))
    }

    fn bytes(self, value: &[u8]) -> Self {
        self.bind(value.to_vec())
    }

    fn json(self, value: &impl Serialize) -> Self {
        self.bind(json(value))
    }

    fn json_or_null(self, value: Option<&impl Serialize>) -> Self {
        self.bind(value.map(json))
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is stored is plain data")
}

/// A row with the table it came from and what identifies it, to name them where it makes no sense.
pub(crate) struct Columns<'r> {
    row: &'r AnyRow,
    table: &'static str,
    key: &'static str,
}

impl<'r> Columns<'r> {
    pub(crate) fn of(row: &'r AnyRow, table: &'static str, key: &'static str) -> Self {
        Self { row, table, key }
    }

    pub(crate) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.get::<String>(column).map(restored)
    }

    pub(crate) fn text_or_null(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.get::<Option<String>>(column).map(|text| text.map(restored))
    }

    pub(crate) fn number(&self, column: &str) -> Result<i64, StoreError> {
        self.get(column)
    }

    pub(crate) fn number_or_null(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }

    pub(crate) fn count(&self, column: &str) -> Result<u64, StoreError> {
        self.number(column)?.try_into().map_err(|_| self.inconsistent(column))
    }

    pub(crate) fn flag(&self, column: &str) -> Result<bool, StoreError> {
        match self.number(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.inconsistent(column)),
        }
    }

    pub(crate) fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        self.get(column)
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        self.json_or_null(column)?.ok_or_else(|| self.inconsistent(column))
    }

    pub(crate) fn json_or_null<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let json = self.get::<Option<String>>(column)?;
        json.map(|json| serde_json::from_str(&json).map_err(|_| self.inconsistent(column))).transpose()
    }

    /// A word of a fixed set.
    pub(crate) fn slug<T>(&self, column: &str, known: fn(&str) -> Option<T>) -> Result<T, StoreError> {
        known(&self.text(column)?).ok_or_else(|| self.inconsistent(column))
    }

    /// Two columns: id and name, both or none.
    pub(crate) fn author_or_null(&self, id: &str, name: &str) -> Result<Option<Author>, StoreError> {
        match (self.text_or_null(id)?, self.text_or_null(name)?) {
            (Some(id), Some(name)) => Ok(Some(Author { id: slipway_protocol::UserId::new(id), name })),
            (None, None) => Ok(None),
            _ => Err(self.inconsistent(id)),
        }
    }

    pub(crate) fn author(&self) -> Result<Author, StoreError> {
        self.author_or_null("author_id", "author_name")?.ok_or_else(|| self.inconsistent("author_id"))
    }

    /// This row can't be; the log says which column.
    pub(crate) fn inconsistent(&self, column: &str) -> StoreError {
        let id = self.row.try_get(self.key).map(restored).unwrap_or_default();
        tracing::warn!(table = self.table, id, column, "a stored value makes no sense");
        StoreError::Inconsistent { table: self.table, id }
    }

    fn get<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: Decode<'r, Any> + Type<Any>,
    {
        self.row.try_get(column).map_err(|_| self.inconsistent(column))
    }
}

/// Stands before `0` for a NUL and before `1` for itself. No text means anything by it.
const ESCAPE: char = '\u{10FFFF}';

fn escaped(text: &str) -> String {
    if !text.contains(['\0', ESCAPE]) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\0' => out.extend([ESCAPE, '0']),
            ESCAPE => out.extend([ESCAPE, '1']),
            other => out.push(other),
        }
    }
    out
}

fn restored(text: String) -> String {
    if !text.contains(ESCAPE) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ESCAPE => out.push(if letters.next() == Some('0') { '\0' } else { ESCAPE }),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escaped, restored};

    #[test]
    fn any_text_comes_back_and_none_is_stored_with_a_nul() {
        for text in ["", "plain", "\0", "a\0b\0", "\u{10FFFF}", "\u{10FFFF}0\0\u{10FFFF}1", "é\0\u{10FFFF}\0"]
        {
            let stored = escaped(text);
            assert!(!stored.contains('\0'), "{text:?}");
            assert_eq!(restored(stored), text);
        }
    }
}
