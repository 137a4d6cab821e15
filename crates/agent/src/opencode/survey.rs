//! What a repository brings along for OpenCode, told by kind and name.
//!
//! Read by a job in the sandbox, which follows no link, and understood here as far as a person needs it to decide. What is not
//! understood is a setting by the name of its file: nothing that OpenCode might read is left out.
//!
//! Invariant: of the repository's own words only names leave this file, short and without signs that change how text runs.

use std::{collections::BTreeSet, path::Path, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;
use slipway_protocol::{ConfigurationKind, FoundConfiguration};
use slipway_sandbox::{Job, Sandbox, View};

use super::jsonc;
use crate::AgentError;

/// Where OpenCode looks, at the top of a checkout.
pub(super) const NAMES: [&str; 3] = [".opencode", "opencode.jsonc", "opencode.json"];

const SURVEY: &str = include_str!("survey.sh");
const LIMIT: Duration = Duration::from_secs(20);
/// Of a file with settings, in bytes; a larger one is named and not understood.
const LARGEST: usize = 256 * 1024;
/// Files of a folder that are looked at, and things that are told.
const MOST_FILES: usize = 1000;
const MOST_FOUND: usize = 60;
/// Of a name, in letters.
const LONGEST_NAME: usize = 80;

/// Files that say nothing to OpenCode itself.
const SILENT: [&str; 5] = [".gitignore", "package-lock.json", "bun.lock", "bun.lockb", "README.md"];

pub(super) async fn survey(
    sandbox: &Sandbox,
    checkout: &Path,
) -> Result<Vec<FoundConfiguration>, AgentError> {
    let failed = |why: &dyn std::fmt::Display| {
        AgentError::Unreachable(format!("What the repository brings for the agent could not be read: {why}."))
    };
    let mut argv = ["/bin/sh", "-eu", "-c", SURVEY, "slipway-survey"].map(String::from).to_vec();
    argv.push(checkout.to_string_lossy().into_owned());
    argv.extend(NAMES.map(String::from));
    let env = [
        ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("LC_ALL", "C.UTF-8".into()),
        ("LARGEST", (LARGEST + 1).to_string()),
        ("MOST", MOST_FILES.to_string()),
    ];
    let output = sandbox.run(Job {
        argv,
        env: env.map(|(name, value)| (name.to_owned(), value)).into(),
        cwd: "/".into(),
        view: View::default().reading([checkout.to_owned()]),
        stdin: Vec::new(),
        timeout: LIMIT,
        output_limit: 4 * 1024 * 1024,
    });
    let output = output.await.map_err(|error| failed(&error))?;
    if output.status != 0 {
        return Err(failed(&String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(understand(&String::from_utf8_lossy(&output.stdout)))
}

/// From what the job said.
fn understand(said: &str) -> Vec<FoundConfiguration> {
    let mut found = BTreeSet::new();
    for line in said.split('\0').filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "json" => of_settings(rest, &mut found),
            "link" => tell(&mut found, ConfigurationKind::Setting, &format!("{rest} (a link)")),
            _ => of_file(rest, &mut found),
        }
    }
    found.into_iter().take(MOST_FOUND).collect()
}

fn tell(found: &mut BTreeSet<FoundConfiguration>, kind: ConfigurationKind, name: &str) {
    let plain: String = name.chars().filter(|letter| is_plain(*letter)).take(LONGEST_NAME).collect();
    found.insert(FoundConfiguration { kind, name: plain });
}

/// No control, and nothing that turns the direction of the text around it or has no width.
fn is_plain(letter: char) -> bool {
    let turns = matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    !letter.is_control() && !turns
}

/// A file of a folder, by the folder that it lies in.
fn of_file(path: &str, found: &mut BTreeSet<FoundConfiguration>) {
    use ConfigurationKind::{Agent, Command, Plugin, Setting, Skill, Tool};
    let Some((_, inner)) = path.split_once('/') else {
        // What is in a file with settings is told by itself.
        if !is_settings(path) {
            tell(found, Setting, path);
        }
        return;
    };
    if is_settings(inner) || SILENT.contains(&inner) {
        return;
    }
    let (folder, name) = inner.split_once('/').unwrap_or(("", inner));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    match folder {
        "plugin" | "plugins" => tell(found, Plugin, name),
        "tool" | "tools" => tell(found, Tool, stem),
        "agent" | "agents" | "mode" | "modes" => tell(found, Agent, stem),
        "command" | "commands" => tell(found, Command, stem),
        "skill" | "skills" => tell(found, Skill, name.split('/').next().unwrap_or(name)),
        _ => tell(found, Setting, path),
    }
}

fn is_settings(name: &str) -> bool {
    matches!(name, "opencode.json" | "opencode.jsonc")
}

/// `PATH TEXT` of a file with settings.
fn of_settings(line: &str, found: &mut BTreeSet<FoundConfiguration>) {
    use ConfigurationKind::{Agent, Command, McpServer, Plugin, Setting};
    let (path, text) = line.rsplit_once(' ').unwrap_or((line, ""));
    let text = BASE64_STANDARD.decode(text).unwrap_or_default();
    let settings = if text.len() > LARGEST { None } else { jsonc::read(&String::from_utf8_lossy(&text)) };
    let Some(Value::Object(settings)) = settings else {
        return tell(found, Setting, path);
    };
    let mut told = BTreeSet::new();
    for (key, value) in &settings {
        let names = || value.as_object().into_iter().flat_map(|named| named.keys());
        match key.as_str() {
            "$schema" => {}
            "plugin" | "plugins" => {
                for plugin in value.as_array().into_iter().flatten() {
                    // With options it is a list that begins with the name.
                    let name = plugin.as_str().or_else(|| plugin.get(0)?.as_str()).unwrap_or(path);
                    tell(&mut told, Plugin, name);
                }
            }
            "mcp" => names().for_each(|name| tell(&mut told, McpServer, name)),
            "agent" | "agents" | "mode" => names().for_each(|name| tell(&mut told, Agent, name)),
            "command" | "commands" => names().for_each(|name| tell(&mut told, Command, name)),
            _ => tell(&mut told, Setting, key),
        }
    }
    if told.is_empty() && !settings.is_empty() {
        tell(&mut told, Setting, path);
    }
    found.append(&mut told);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(said: &str) -> Vec<(ConfigurationKind, String)> {
        understand(said).into_iter().map(|found| (found.kind, found.name)).collect()
    }

    fn settings(path: &str, text: &str) -> String {
        format!("json {path} {}\0", BASE64_STANDARD.encode(text))
    }

    #[test]
    fn what_is_brought_is_told_by_kind_and_name_once() {
        use ConfigurationKind::{Agent, Command, McpServer, Plugin, Setting, Skill, Tool};
        let said = [
            "file .opencode/plugin/spy.js\0file .opencode/agent/build.md\0file .opencode/agents/build.md\0",
            "file .opencode/tool/count.ts\0file .opencode/command/team/ship.md\0file .opencode/skill/clock/SKILL.md\0",
            "file .opencode/.gitignore\0file .opencode/package.json\0file .opencode/opencode.json\0file opencode.json\0",
            "link opencode.jsonc\0",
            &settings(
                "opencode.json",
                "{ // all of it\n\"plugin\": [\"a\", [\"b\", {\"x\": 1}],], \"mcp\": {\"db\": {}}, \"permission\": \"allow\" }",
            ),
        ];
        assert_eq!(
            found(&said.concat()),
            [
                (Plugin, "a".into()),
                (Plugin, "b".into()),
                (Plugin, "spy.js".into()),
                (McpServer, "db".into()),
                (Tool, "count".into()),
                (Agent, "build".into()),
                (Command, "team/ship".into()),
                (Skill, "clock".into()),
                (Setting, ".opencode/package.json".into()),
                (Setting, "opencode.jsonc (a link)".into()),
                (Setting, "permission".into()),
            ]
        );
    }

    #[test]
    fn what_is_not_understood_is_named_by_its_file() {
        use ConfigurationKind::Setting;
        let hostile = "{\"mcp\": ".repeat(3);
        assert_eq!(found(&settings("opencode.json", &hostile)), [(Setting, "opencode.json".into())]);
        assert_eq!(found(&settings("opencode.json", "[]")), [(Setting, "opencode.json".into())]);
        assert_eq!(found(&settings("opencode.json", r#"{"mcp": 7}"#)), [(Setting, "opencode.json".into())]);
        assert_eq!(found(&settings("opencode.json", "{}")), []);
        let large = format!("{{\"mcp\": {{}}}}{}", " ".repeat(LARGEST));
        assert_eq!(found(&settings("opencode.json", &large)), [(Setting, "opencode.json".into())]);
    }

    #[test]
    fn names_are_short_and_run_one_way() {
        let said = format!("file .opencode/plugin/\u{202e}gpj.\u{1b}[31m{}\0", "x".repeat(500));
        let names: Vec<_> = found(&said).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, [format!("gpj.[31m{}", "x".repeat(LONGEST_NAME - 8))]);
        let many: Vec<_> = (0..500).map(|at| format!("file .opencode/plugin/{at}.js\0")).collect();
        let many = many.concat();
        assert_eq!(found(&many).len(), MOST_FOUND);
    }
}
