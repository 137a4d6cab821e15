//! What failed tests said, to be told once more at the end: of a long log people see the last lines.

use std::collections::HashSet;

use serde_json::Value;

/// Of what one test said; the rest is above.
const LINES: usize = 30;

/// In what `cargo test` printed.
pub(super) fn of_tests(printed: &str) -> Vec<String> {
    let failed = |line: &str| line.strip_prefix("test ")?.strip_suffix(" ... FAILED").map(str::to_owned);
    let failed: HashSet<String> = printed.lines().filter_map(failed).collect();
    let mut told = Vec::new();
    let mut lines = printed.lines();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix("---- ").and_then(|line| line.strip_suffix(" stdout ----"));
        let Some(name) = name.filter(|name| failed.contains(*name)) else { continue };
        let of_another =
            |line: &&str| !line.starts_with("---- ") && *line != "failures:" && *line != "stack backtrace:";
        let said = lines.clone().take_while(of_another).filter(|line| !line.is_empty()).take(LINES);
        told.push(block(name, said));
    }
    told
}

/// In the report that Playwright wrote.
pub(super) fn of_browser_tests(report: &Value) -> Vec<String> {
    let list =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut told = Vec::new();
    let mut suites = list(report, "suites");
    while let Some(suite) = suites.pop() {
        suites.extend(list(&suite, "suites"));
        for spec in list(&suite, "specs").iter().filter(|spec| spec["ok"] == false) {
            let results = list(spec, "tests").into_iter().flat_map(|test| list(&test, "results"));
            let errors = results.flat_map(|result| list(&result, "errors"));
            let said: Vec<_> =
                errors.filter_map(|error| error["message"].as_str().map(str::to_owned)).collect();
            let text = |name: &str| spec[name].as_str().unwrap_or_default();
            let name = format!("{}:{} {}", text("file"), spec["line"], text("title"));
            told.push(block(&name, said.iter().flat_map(|message| message.lines()).take(LINES)));
        }
    }
    told
}

fn block<'l>(name: &str, said: impl Iterator<Item = &'l str>) -> String {
    said.fold(format!("FAILED {name}"), |told, line| told + "\n    " + line)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failed_test_is_told_with_what_it_said() {
        let printed = "test a ... ok\ntest b ... FAILED\n\nsuccesses:\n\n---- a stdout ----\nfine\n\nfailures:\n\n\
                       ---- b stdout ----\n\nthread 'b' panicked at b.rs:1:1:\nno\nstack backtrace:\n   0: x\n\n\n\
                       failures:\n    b\n";
        assert_eq!(of_tests(printed), ["FAILED b\n    thread 'b' panicked at b.rs:1:1:\n    no"]);
    }

    #[test]
    fn a_failed_browser_test_is_told_with_its_errors() {
        let errors = json!([{ "message": "Error: one\n+ two" }]);
        let spec = |ok: bool| json!({ "ok": ok, "title": "opens", "file": "a.spec.ts", "line": 3, "tests": [{ "results": [{ "errors": errors }] }] });
        let report = json!({ "suites": [{ "specs": [spec(true)], "suites": [{ "specs": [spec(false)] }] }] });
        assert_eq!(of_browser_tests(&report), ["FAILED a.spec.ts:3 opens\n    Error: one\n    + two"]);
    }
}
