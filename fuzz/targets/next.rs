//! Where a sign-in leads to: a page of ours, whatever the address said.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../server/src/auth/next.rs"]
#[expect(dead_code, reason = "not all of it is for this target")]
mod next;

fuzz_target!(|asked: &str| {
    let query = serde_json::json!({ "next": asked });
    let wanted: next::Wanted = serde_json::from_value(query).expect("any text may be asked for");
    let path = wanted.path();
    assert!(path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\"));
    assert!(!path.contains(['\r', '\n', '\t']));
});
