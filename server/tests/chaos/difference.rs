//! Where two values differ, in few words.

use serde::Serialize;
use serde_json::Value;

/// None: they are equal.
pub(crate) fn difference<T: Serialize>(seen: &T, stored: &T) -> Option<String> {
    let value = |it: &T| serde_json::to_value(it).unwrap_or_default();
    first("", &value(seen), &value(stored))
}

fn first(path: &str, seen: &Value, stored: &Value) -> Option<String> {
    match (seen, stored) {
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            a.iter().find_map(|(key, seen)| first(&format!("{path}/{key}"), seen, b.get(key)?))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(at, (seen, stored))| first(&format!("{path}/{at}"), seen, stored)),
        _ => (seen != stored).then(|| format!("{path}: seen {seen}, stored {stored}")),
    }
}
