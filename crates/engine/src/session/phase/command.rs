//! Which commands run tests: by the words of each command in a line of shell, never by a part of another word.

/// Programs that do nothing else.
const TEST_PROGRAMS: [&str; 21] = [
    "ava",
    "bats",
    "busted",
    "cargo-nextest",
    "ctest",
    "cypress",
    "gotestsum",
    "jest",
    "karma",
    "mocha",
    "nosetests",
    "nox",
    "pest",
    "phpunit",
    "py.test",
    "pytest",
    "rspec",
    "tap",
    "tox",
    "trial",
    "vitest",
];

/// Programs whose first word says what they do, and the words by which they test.
const TEST_VERBS: [(&str, &[&str]); 27] = [
    ("artisan", &["test"]),
    ("bazel", &["test"]),
    ("bun", &["test"]),
    ("cabal", &["test"]),
    ("cargo", &["nextest", "t", "test"]),
    ("composer", &["test"]),
    ("dart", &["test"]),
    ("deno", &["test"]),
    ("dotnet", &["test", "vstest"]),
    ("flutter", &["test"]),
    ("forge", &["test"]),
    ("go", &["test"]),
    ("hatch", &["test"]),
    ("lein", &["test"]),
    ("manage.py", &["test"]),
    ("meson", &["test"]),
    ("mix", &["test"]),
    ("node", &["--test"]),
    ("npm", &["t", "test", "tst"]),
    ("playwright", &["test"]),
    ("pnpm", &["t", "test"]),
    ("rails", &["test"]),
    ("sbt", &["test"]),
    ("stack", &["test"]),
    ("swift", &["test"]),
    ("yarn", &["test"]),
    ("zig", &["test"]),
];

/// Programs that are given targets, among options and other targets.
const TEST_TARGETS: [(&str, &[&str]); 13] = [
    ("ant", &["test"]),
    ("gmake", &["check", "test"]),
    ("gradle", &["check", "test"]),
    ("gradlew", &["check", "test"]),
    ("invoke", &["test", "tests"]),
    ("just", &["test", "tests"]),
    ("make", &["check", "test", "tests"]),
    ("mvn", &["test", "verify"]),
    ("mvnw", &["test", "verify"]),
    ("ninja", &["check", "test"]),
    ("rake", &["spec", "test"]),
    ("task", &["test"]),
    ("xcodebuild", &["test"]),
];

/// Words before a command that change nothing about what it is.
const WRAPPERS: [&str; 12] = [
    "bunx", "command", "env", "exec", "ionice", "nice", "nohup", "npx", "stdbuf", "sudo", "time", "xvfb-run",
];

/// Two words of the same kind: `uv run pytest`.
const TWO_WORD_WRAPPERS: [(&str, &str); 10] = [
    ("bundle", "exec"),
    ("hatch", "run"),
    ("mise", "exec"),
    ("pdm", "run"),
    ("pipenv", "run"),
    ("pnpm", "dlx"),
    ("pnpm", "exec"),
    ("poetry", "run"),
    ("uv", "run"),
    ("yarn", "exec"),
];

/// One of the commands in this line runs tests.
pub(super) fn tests(line: &str) -> bool {
    commands(line).iter().any(|words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        is_test(&words)
    })
}

fn is_test(words: &[&str]) -> bool {
    let [program, rest @ ..] = words else { return false };
    let name = program.rsplit('/').next().unwrap_or(program);
    // `A=b program`, and what stands before a program.
    if program.contains('=') && !program.starts_with('=') || WRAPPERS.contains(&name) || name.starts_with('-')
    {
        return is_test(rest);
    }
    if name == "timeout" {
        let after = rest.iter().position(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        return after.is_some_and(|at| is_test(&rest[at + 1..]));
    }
    let mut plain = rest.iter().copied().filter(|word| !word.starts_with(['-', '+']));
    let first = plain.next().unwrap_or_default();
    if TWO_WORD_WRAPPERS.contains(&(name, first)) {
        let at = rest.iter().position(|word| *word == first).unwrap_or_default();
        return is_test(&rest[at + 1..]);
    }
    let second = plain.next().unwrap_or_default();
    let is_of = |table: &[(&str, &[&str])], word: &str| {
        table.iter().any(|(known, verbs)| *known == name && verbs.contains(&word))
    };
    TEST_PROGRAMS.contains(&name)
        || is_of(&TEST_VERBS, first)
        || (name == "node" && rest.contains(&"--test"))
        || rest.iter().any(|word| is_of(&TEST_TARGETS, word.rsplit(':').next().unwrap_or(word)))
        || is_python(name) && runs_module(rest)
        // Scripts and aliases that are called what they do.
        || matches!(name, "npm" | "pnpm" | "yarn" | "bun" | "composer") && first == "run" && is_script(second)
        || matches!(name, "yarn" | "pnpm" | "bun") && is_script(first)
        || (name, first, second) == ("cargo", "xtask", "test")
        || (name, first, second) == ("zig", "build", "test")
        || (name, first, second) == ("php", "artisan", "test")
        || is_python(name) && first.ends_with("manage.py") && second == "test"
}

fn is_script(word: &str) -> bool {
    word == "test" || word.starts_with("test:")
}

fn is_python(name: &str) -> bool {
    name.strip_prefix("python").is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

fn runs_module(rest: &[&str]) -> bool {
    rest.windows(2).any(|pair| matches!(pair, ["-m", "pytest" | "unittest" | "nose" | "tox" | "nox"]))
}

/// The words of each command, as far as a shell would take them apart; what is quoted is one word.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word = String::new();
    let mut quote = None;
    for letter in line.chars() {
        let ends_word = quote.is_none() && (letter.is_whitespace() || ";&|()\n".contains(letter));
        match quote {
            _ if ends_word => {
                if !word.is_empty() {
                    commands.last_mut().expect("there is always one").push(std::mem::take(&mut word));
                }
                if !letter.is_whitespace() {
                    commands.push(Vec::new());
                }
            }
            Some(open) if open == letter => quote = None,
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            _ => word.push(letter),
        }
    }
    commands.last_mut().expect("there is always one").push(word);
    commands
}

#[cfg(test)]
mod tests {
    #[test]
    fn commands_that_test_are_known_by_their_words() {
        let testing = [
            "cargo test -p tide",
            "cargo +nightly test",
            "cargo nextest run",
            "cargo t",
            "cargo xtask test --only unit",
            "cd app && RUST_BACKTRACE=1 cargo test 2>&1 | tail -20",
            "(cd web; npm test)",
            "npm run test:unit -- --watch=false",
            "yarn test",
            "pnpm exec vitest run",
            "npx jest src/a.test.ts",
            "bun test",
            "deno test --allow-read",
            "node --test",
            "node_modules/.bin/mocha",
            "pytest -q",
            "python3 -m pytest tests/",
            "python -m unittest discover",
            "uv run pytest",
            "poetry run python -m pytest",
            "python manage.py test shop",
            "tox -e py312",
            "go test ./...",
            "make check",
            "make -C build -j4 test",
            "ctest --test-dir build",
            "./gradlew :app:test --info",
            "gradle check",
            "mvn -q verify",
            "./mvnw test",
            "dotnet test Shop.sln",
            "bundle exec rspec spec/models",
            "rake test",
            "bin/rails test",
            "vendor/bin/phpunit",
            "php artisan test",
            "mix test",
            "swift test",
            "zig build test",
            "zig test src/main.zig",
            "sudo -E timeout 60 cargo test",
            "timeout --signal=KILL 5m go test ./...",
        ];
        for line in testing {
            assert!(super::tests(line), "{line}");
        }
        let other = [
            "",
            "echo cargo testimonial",
            "echo cargo test",
            "git commit -m 'repair && cargo test'",
            "grep -rn \"npm test\" .",
            "cargo testimonial",
            "cargo build --tests",
            "cat src/pytest.ini",
            "ls tests",
            "npm run build test",
            "npm install jest",
            "go build ./test",
            "make build",
            "cargo run --bin test",
            "mkdir test",
            "./gradlew assemble",
            "python script.py test",
        ];
        for line in other {
            assert!(!super::tests(line), "{line}");
        }
    }
}
