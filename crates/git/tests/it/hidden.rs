//! What an agent must not see of its checkout: its own git leaves it alone, and nobody else is told anything untrue.

use std::{fs, os::unix::fs::symlink};

use slipway_git::{Discarded, Hidden, Restored};
use slipway_protocol::UpdateWay;
use slipway_sandbox::{Job, View};
use slipway_test_support::programs::bubblewrap;

use crate::stage::{BRANCH, Stage, sandbox};

const NAMES: [&str; 3] = [".agent", "agent.json", "agent.jsonc"];
const SETTINGS: &str = "{\"plugin\": []}\n";

impl Stage {
    /// A repository with configuration, and its checkout with that hidden.
    async fn configured() -> (Self, String, Hidden) {
        let stage = Self::new();
        fs::create_dir_all(stage.source().join(".agent/plugin")).unwrap();
        fs::write(stage.source().join(".agent/plugin/spy.js"), "spy\n").unwrap();
        fs::write(stage.source().join("agent.json"), SETTINGS).unwrap();
        stage.person(&["add", "--all"]);
        stage.person(&["commit", "--quiet", "--message", "configured"]);
        let base = stage.start().await;
        let hidden = stage.hide(&base).await;
        (stage, base, hidden)
    }

    async fn hide(&self, base: &str) -> Hidden {
        self.git.hide(&self.work(), base, &NAMES).await.unwrap()
    }

    /// What the agent's shell prints, behind walls that cover what is hidden. None: there are no walls.
    async fn shell(&self, hidden: &Hidden, script: &str) -> Option<String> {
        bubblewrap()?;
        let env = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("HOME", "/tmp"),
            ("GIT_AUTHOR_NAME", "Agent"),
            ("GIT_AUTHOR_EMAIL", "agent@example.org"),
            ("GIT_COMMITTER_NAME", "Agent"),
            ("GIT_COMMITTER_EMAIL", "agent@example.org"),
        ];
        let covered = hidden.covered.iter().map(|name| self.work().join(name));
        let output = sandbox()
            .run(Job {
                argv: ["/bin/sh", "-c", script].map(String::from).into(),
                env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                cwd: self.work(),
                view: View::of(&self.work()).reading([self.mirror()]).hiding(covered),
                stdin: Vec::new(),
                timeout: std::time::Duration::from_mins(1),
                output_limit: 64 * 1024,
            })
            .await
            .unwrap();
        Some(String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    }

    fn is_untouched(&self) -> bool {
        let read = |name: &str| fs::read_to_string(self.work().join(name)).ok();
        read(".agent/plugin/spy.js").as_deref() == Some("spy\n")
            && read("agent.json").as_deref() == Some(SETTINGS)
    }
}

fn covered(names: &[&str]) -> Hidden {
    Hidden { covered: names.iter().map(|name| (*name).to_owned()).collect(), aside: Vec::new() }
}

#[tokio::test]
async fn the_agents_git_leaves_alone_what_the_agent_does_not_see() {
    let (stage, base, hidden) = Stage::configured().await;
    assert_eq!(hidden, covered(&[".agent", "agent.json"]));
    let script = "cat agent.json; ls -A .agent; git status --short; echo more >>a.txt; echo new >new.txt; git add --all; \
                  git commit --quiet --all --message two; git show --format=%s --name-only HEAD; \
                  echo x >>a.txt; git stash --quiet; git reset --quiet --hard; git checkout --quiet -- .; \
                  git checkout --quiet -b other HEAD~1; git checkout --quiet -; git status --short";
    let Some(said) = stage.shell(&hidden, script).await else { return };
    assert_eq!(said, "two\n\na.txt\nnew.txt\n");
    assert!(stage.is_untouched());
    assert_eq!(stage.changed(&base).await, [("a.txt".into(), 1, 0), ("new.txt".into(), 1, 0)]);
    stage.deliver(&base).await.unwrap();
    let listed = stage.person(&["ls-tree", "-r", "--name-only", BRANCH]);
    assert_eq!(listed, ".agent/plugin/spy.js\na.txt\nagent.json\nnew.txt");
    assert_eq!(stage.shell(&hidden, "git status --short").await.unwrap(), "", "also after a delivery");

    stage.git.show(&stage.work(), &base, &NAMES).await.unwrap();
    stage.write("agent.json", "{}\n");
    assert_eq!(stage.agent(&["status", "--short"]), " M agent.json");
}

#[tokio::test]
async fn what_an_agent_wrote_before_it_was_hidden_is_in_no_commit_of_its_own_and_in_all_that_is_told() {
    let stage = Stage::new();
    let base = stage.start().await;
    assert_eq!(stage.hide(&base).await, Hidden::default());
    stage.write("agent.json", SETTINGS);
    let hidden = stage.hide(&base).await;
    assert_eq!(hidden, covered(&["agent.json"]));
    if let Some(said) = stage.shell(&hidden, "git add --all; git status --short; cat .git/info/exclude").await
    {
        assert_eq!(said, "/agent.json\n");
    }
    assert_eq!(stage.changed(&base).await, [("agent.json".into(), 1, 0)]);
    stage.agent(&["add", "--force", "agent.json"]);
    stage.agent(&["commit", "--quiet", "--message", "settings"]);
    stage.hide(&base).await;
    // Marked in the agent's index, and all the same a change for everybody else.
    stage.write("agent.json", "{}\n{}\n");
    assert_eq!(stage.agent(&["status", "--short"]), "");
    assert_eq!(stage.changed(&base).await, [("agent.json".into(), 2, 0)]);
    stage.deliver(&base).await.unwrap();
    assert_eq!(stage.person(&["show", &format!("{BRANCH}:agent.json")]), "{}\n{}");

    fs::remove_file(stage.work().join("agent.json")).unwrap();
    assert_eq!(stage.hide(&base).await, Hidden::default());
    assert_eq!(stage.agent(&["status", "--short"]), " D agent.json");
}

#[tokio::test]
async fn checkpoints_undo_and_discard_know_the_files_as_they_are() {
    let (stage, base, _) = Stage::configured().await;
    let before = stage.git.mark(&stage.work(), &base, "before").await.unwrap();
    stage.write("agent.json", "{}\n");
    stage.write("a.txt", "three\n");
    let after = stage.git.mark(&stage.work(), &base, "after").await.unwrap();
    let files = stage.git.difference(&stage.work(), &before, &after).await.unwrap();
    assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["a.txt", "agent.json"]);
    let undone = stage.git.restore(&stage.work(), &after, &before).await.unwrap();
    assert_eq!(undone, Restored::Done { files: 2 });
    assert!(stage.is_untouched());
    stage.write("agent.json", "{}\n");
    let again = stage.git.mark(&stage.work(), &base, "again").await.unwrap();
    let discarded = stage.git.discard(&stage.work(), &base, &again, "agent.json", "discarded").await.unwrap();
    assert!(matches!(discarded, Discarded::Done { .. }), "{discarded:?}");
    assert!(stage.is_untouched());
    assert_eq!(stage.changed(&base).await, []);
}

#[tokio::test]
async fn the_base_brings_new_configuration_and_the_agents_git_stays_quiet() {
    let (stage, base, hidden) = Stage::configured().await;
    stage.write("a.txt", "one\ntwo\nthree\n");
    fs::write(stage.source().join(".agent/plugin/other.js"), "other\n").unwrap();
    fs::write(stage.source().join("agent.json"), "{}\n").unwrap();
    stage.person(&["add", "--all"]);
    stage.person(&["commit", "--quiet", "--message", "more"]);
    stage.start().await;
    let updated =
        stage.git.update(&stage.work(), &stage.mirror(), &base, "main", UpdateWay::Merge).await.unwrap();
    assert_eq!(updated.conflicts, [""; 0]);
    assert_eq!(fs::read_to_string(stage.work().join("agent.json")).unwrap(), "{}\n");
    assert_eq!(stage.changed(&updated.base_commit).await, [("a.txt".into(), 1, 0)]);
    if let Some(said) = stage.shell(&hidden, "git status --short; cat agent.json").await {
        assert_eq!(said, " M a.txt\n");
    }
}

#[tokio::test]
async fn a_link_is_put_aside_and_comes_back() {
    let stage = Stage::new();
    let outside = stage.folder.path().join("outside");
    symlink(&outside, stage.source().join("agent.json")).unwrap();
    symlink("a.txt", stage.source().join("agent.jsonc")).unwrap();
    symlink(".", stage.source().join(".agent")).unwrap();
    stage.person(&["add", "--all"]);
    stage.person(&["commit", "--quiet", "--message", "links"]);
    let base = stage.start().await;
    let links = || NAMES.map(|name| fs::read_link(stage.work().join(name)).ok());
    let there = links();
    for _ in 0..2 {
        let hidden = stage.hide(&base).await;
        assert_eq!(hidden, Hidden { covered: Vec::new(), aside: NAMES.map(String::from).into() });
        assert_eq!(links(), [None, None, None]);
    }
    assert!(!outside.exists());
    assert_eq!(stage.agent(&["status", "--short"]), "");
    assert_eq!(stage.changed(&base).await, [], "nobody took them away");
    stage.write("a.txt", "three\n");
    stage.deliver(&base).await.unwrap();
    assert_eq!(stage.person(&["diff", "--name-only", "main", BRANCH]), "a.txt");

    // In its place there is something else by now: that stays, and so does the link.
    stage.write("agent.json", SETTINGS);
    stage.git.show(&stage.work(), &base, &NAMES).await.unwrap();
    assert_eq!(links(), [there[0].clone(), None, there[2].clone()]);
    assert!(fs::read_link(stage.work().join(".git/slipway-aside/agent.json")).is_ok());
    fs::remove_file(stage.work().join("agent.json")).unwrap();
    stage.git.show(&stage.work(), &base, &NAMES).await.unwrap();
    assert_eq!(links(), there);
    assert_eq!(stage.agent(&["status", "--short"]), "");
}

#[tokio::test]
async fn what_an_agent_puts_in_the_way_stops_nothing() {
    let (stage, base, _) = Stage::configured().await;
    let inner = stage.work().join(".git");
    // What was written down is no longer to be believed, and git is broken.
    fs::remove_file(inner.join("slipway-hidden")).unwrap();
    symlink("/etc", inner.join("slipway-hidden")).unwrap();
    symlink("/nowhere", inner.join("slipway-aside")).unwrap();
    fs::write(inner.join("index.lock"), "").unwrap();
    assert_eq!(stage.hide(&base).await, covered(&[".agent", "agent.json"]));
    fs::remove_file(inner.join("index.lock")).unwrap();
    fs::write(inner.join("index"), "broken").unwrap();
    assert_eq!(stage.hide(&base).await, covered(&[".agent", "agent.json"]));
    let _ = fs::remove_file(inner.join("slipway-hidden"));
    fs::create_dir(inner.join("slipway-hidden")).unwrap();
    fs::rename(inner.join("objects"), inner.join("elsewhere")).unwrap();
    symlink("elsewhere", inner.join("objects")).unwrap();
    assert_eq!(stage.hide(&base).await, covered(&[".agent", "agent.json"]));
    assert!(stage.is_untouched());
}
