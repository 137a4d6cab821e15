//! What happens in a turn.

use slipway_agent::{AgentEvent, FailureKind, Permissions};
use slipway_protocol::{
    Answer, Mode, PartBody, PermissionAsk, Question, QuestionOption, RequestAsk, Task, TaskStatus, ToolStatus,
};

use crate::stage::{Stage, Talk};

#[tokio::test]
async fn a_turn_streams_thinks_edits_and_runs() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    let told = talk
        .turn(
            "Mend the clock.\n/think Where is it?\n/say I look.\n/read clock.txt\n/step\n\
             /tool edit {\"filePath\":\"clock.txt\",\"oldString\":\"tock\",\"newString\":\"TOCK\"}\n\
             /write bell.txt\nding\n/step\n/bash echo one; echo two >&2; exit 3\n/usage 500 40\n/say **Done**, with `code`.",
            Mode::Build,
        )
        .await;

    assert_eq!(stage.file("clock.txt").unwrap(), "tick\nTOCK\n");
    assert_eq!(stage.file("bell.txt").unwrap(), "ding\n");
    assert_eq!(talk.prose(), ["I look.", "**Done**, with `code`."]);
    let thoughts: Vec<_> =
        talk.parts().filter(|part| part.body == PartBody::Reasoning).map(|part| part.text.as_str()).collect();
    assert_eq!(thoughts, ["Where is it?"]);
    assert!(talk.parts().all(|part| !part.open));
    let tools: Vec<_> = talk
        .tools()
        .into_iter()
        .map(|(call, text)| {
            (call.tool.as_str(), call.target.as_str(), call.status, call.added, call.removed, call.exit, text)
        })
        .collect();
    let done = ToolStatus::Completed;
    assert_eq!(
        tools,
        [
            ("read", "clock.txt", done, 0, 0, None, "tick\ntock"),
            ("edit", "clock.txt", done, 1, 1, None, "Edit applied successfully."),
            ("write", "bell.txt", done, 1, 0, None, "Wrote file successfully."),
            ("bash", "echo one; echo two >&2; exit 3", done, 0, 0, Some(3), "one\ntwo\n"),
        ]
    );
    let tells_all = |event: &AgentEvent| {
        matches!(event, AgentEvent::Usage { context_used: 540, tokens: 541.., cost_micros: 0 })
    };
    assert!(told.iter().any(tells_all), "of each step the tokens, of the last one what the model saw");
    assert_eq!(told.last(), Some(&AgentEvent::Idle { settled: true }));
    assert!(!told.iter().any(|event| matches!(event, AgentEvent::Asked { .. } | AgentEvent::Failed { .. })));
    talk.close().await;
}

#[tokio::test]
async fn the_key_is_nowhere_in_the_agents_world() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    // The agent's environment, its server's, and all it stores.
    let look = "env; tr '\\0' '\\n' < /proc/$PPID/environ; tr '\\0' '\\n' < /proc/$PPID/cmdline; \
                cat \"$XDG_CONFIG_HOME\"/opencode/* 2> /dev/null; echo the end";
    talk.turn(&format!("/bash {look}\n/say Nothing."), Mode::Build).await;
    let (_, seen) = talk.tools()[0];
    assert!(seen.contains("OPENCODE_CONFIG_CONTENT=") && seen.contains("the end"), "{seen}");
    let key = slipway_test_support::scripted_model::KEY;
    assert!(!seen.contains(key), "{seen}");
    // The provider was shown it all the same.
    let request = stage.model.requests().into_iter().next().unwrap();
    assert_eq!(request.headers["authorization"], format!("Bearer {key}"));
    talk.close().await;
}

async fn asks_for(talk: &mut Talk) -> (String, PermissionAsk, bool) {
    match talk.asked().await {
        (key, RequestAsk::Permission(ask), from_sub_agent) => (key, ask, from_sub_agent),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn edits_and_commands_ask() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Ask).await;

    talk.prompt("/bash cat clock.txt\n/say Read.\n/bash cat bell.txt\n/say Again.", Mode::Build).await;
    let (key, ask, from_sub_agent) = asks_for(&mut talk).await;
    assert_eq!(
        (ask.title.as_str(), ask.subject.as_str(), from_sub_agent),
        ("Run a command", "cat clock.txt", false)
    );
    assert_eq!(ask.always, ["cat *"]);
    assert!(talk.conversation.answer(&key, &Answer::AlwaysAllow).await.unwrap());
    // The second `cat` does not ask: nobody would answer it.
    talk.idle().await;
    assert_eq!(talk.prose(), ["Read.", "Again."]);
    assert!(!talk.conversation.answer(&key, &Answer::Deny).await.unwrap(), "it was answered before");

    talk.prompt("/write bell.txt\nding\n/say Not reached.", Mode::Build).await;
    let (key, ask, _) = asks_for(&mut talk).await;
    assert_eq!((ask.title.as_str(), ask.subject.as_str()), ("Edit bell.txt", "bell.txt"));
    assert!(ask.diff.unwrap().ends_with("+ding\n"));
    assert!(talk.conversation.answer(&key, &Answer::Deny).await.unwrap());
    talk.idle().await;
    let (call, _) = talk.tools().pop().unwrap();
    assert_eq!((call.status, call.error.as_deref()), (ToolStatus::Denied, Some("Denied.")));
    assert_eq!(stage.file("bell.txt"), None);

    talk.prompt(
        "/tool task {\"description\":\"Ring\",\"subagent_type\":\"general\",\"prompt\":\"/write bell.txt\\nding\\n/say Rung.\"}",
        Mode::Build,
    )
    .await;
    let (key, ask, from_sub_agent) = asks_for(&mut talk).await;
    assert_eq!((ask.subject.as_str(), from_sub_agent), ("bell.txt", true));
    assert!(talk.conversation.answer(&key, &Answer::AllowOnce).await.unwrap());
    talk.idle().await;
    assert_eq!(stage.file("bell.txt").unwrap(), "ding\n");
    let tasks = talk.tools().into_iter().filter(|(call, _)| call.tool == "task");
    let results: Vec<_> = tasks.map(|(call, result)| (call.target.as_str(), result)).collect();
    assert_eq!(results, [("Ring", "Rung.")]);

    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.txt");
    std::fs::write(&secret, "secret").unwrap();
    talk.prompt(&format!("/read {}\n/say x", secret.display()), Mode::Build).await;
    let (key, ask, _) = asks_for(&mut talk).await;
    assert_eq!((ask.title.as_str(), ask.subject.as_str()), ("Leave the checkout", secret.to_str().unwrap()));
    assert!(talk.conversation.answer(&key, &Answer::Deny).await.unwrap());
    talk.idle().await;
    talk.close().await;
}

#[tokio::test]
async fn questions_and_tasks() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    let question = r#"{"questions":[{"header":"Store","question":"Which one?","options":[{"label":"SQLite","description":"A file"},{"label":"PostgreSQL","description":"A server"}]}]}"#;
    let tasks = r#"{"todos":[{"content":"Choose","status":"completed","priority":"high"},{"content":"Build","status":"in_progress","priority":"high"}]}"#;
    talk.prompt(
        &format!("/tool question {question}\n/say Good.\n/tool todowrite {tasks}\n/say Noted."),
        Mode::Plan,
    )
    .await;
    let (key, ask, _) = talk.asked().await;
    let option = |label: &str, description: &str| QuestionOption {
        label: label.into(),
        description: description.into(),
    };
    assert_eq!(
        ask,
        RequestAsk::Question {
            questions: vec![Question {
                header: "Store".into(),
                text: "Which one?".into(),
                options: vec![option("SQLite", "A file"), option("PostgreSQL", "A server")],
                multiple: false,
            }]
        }
    );
    assert!(talk.conversation.answer(&key, &Answer::AllowOnce).await.is_err());
    let choices = vec![vec!["SQLite".to_owned()]];
    assert!(talk.conversation.answer(&key, &Answer::Choices { choices }).await.unwrap());
    talk.idle().await;
    assert!(talk.events.contains(&AgentEvent::AskClosed { key }));
    assert!(talk.tools()[0].1.contains("\"Which one?\"=\"SQLite\""), "{}", talk.tools()[0].1);
    let task = |text: &str, status| Task { text: text.into(), status };
    let noted = [task("Choose", TaskStatus::Completed), task("Build", TaskStatus::InProgress)];
    assert!(talk.events.contains(&AgentEvent::Tasks(noted.into())));
    talk.close().await;
}

#[tokio::test]
async fn a_stop_keeps_the_text_and_the_next_prompt_works() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    talk.prompt("/say One two\n/hold gate\n/say three", Mode::Build).await;
    talk.until(|event| matches!(event, AgentEvent::Delta { text, .. } if text == "two")).await;
    stage.model.gates().held("gate").await;
    talk.conversation.stop().await.unwrap();
    talk.idle().await;
    assert_eq!(talk.prose(), ["One two"]);
    assert!(
        talk.events
            .iter()
            .any(|event| matches!(event, AgentEvent::Failed { kind: FailureKind::Aborted, .. }))
    );

    talk.prompt("/bash echo before; sleep 600; echo after\n/say x", Mode::Build).await;
    talk.until(|event| matches!(event, AgentEvent::Delta { text, .. } if text == "before\n")).await;
    talk.conversation.stop().await.unwrap();
    talk.idle().await;
    let (call, output) = talk.tools()[0];
    assert_eq!(
        (call.status, call.error.as_deref(), output),
        (ToolStatus::Stopped, Some("Stopped."), "before\n")
    );

    talk.turn("/say Still here.", Mode::Build).await;
    assert_eq!(talk.prose().last(), Some(&"Still here."));
    talk.close().await;
}

#[tokio::test]
async fn a_provider_that_fails_is_asked_again_or_told_of() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    let told = talk
        .turn("/fail 429 times 1 retry-after 1\n/say First\n/cut times 1\n/say second.", Mode::Build)
        .await;
    let retries: Vec<_> = told
        .iter()
        .filter_map(|event| match event {
            AgentEvent::Retrying { attempt, .. } => Some(*attempt),
            _ => None,
        })
        .collect();
    assert_eq!(retries, [1, 2]);
    assert_eq!(told.iter().filter(|event| matches!(event, AgentEvent::Dropped { .. })).count(), 1);
    assert_eq!(talk.prose(), ["First second."]);

    let failure = async |talk: &mut Talk, prompt: &str| {
        let told = talk.turn(prompt, Mode::Build).await;
        told.into_iter().find_map(|event| match event {
            AgentEvent::Failed { kind, sentence } => Some((kind, sentence)),
            _ => None,
        })
    };
    let (kind, sentence) = failure(&mut talk, "/fail 401").await.unwrap();
    assert_eq!(kind, FailureKind::KeyRefused, "{sentence}");
    let (kind, sentence) = failure(&mut talk, "/fail 400 message That is odd").await.unwrap();
    assert_eq!(
        (kind, sentence.as_str()),
        (FailureKind::Provider, "The model provider did not accept the request (“That is odd”).")
    );

    // A conversation that no longer fits is summed up, and goes on.
    let overflow = "/fail 400 message This model's maximum context length is 9 tokens";
    assert_eq!(failure(&mut talk, overflow).await, None);
    assert!(talk.parts().any(|part| matches!(part.body, PartBody::Notice { .. })));
    talk.close().await;
}

#[tokio::test]
async fn sub_agents_are_heard_below_the_call_that_started_them() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    let task = |name: &str, script: &str| {
        let input = serde_json::json!({"description": name, "subagent_type": "general", "prompt": script});
        format!("/tool task {input}")
    };
    talk.turn(
        &format!(
            "/say I ask.\n{}\n{}\n/say Both are done.",
            task("Listen", "/think Where?\n/say I listen.\n/read clock.txt\n/say It **ticks**."),
            task("Ring", "/bash echo ding\n/say Rung."),
        ),
        Mode::Build,
    )
    .await;

    assert_eq!(talk.prose(), ["I ask.", "Both are done."]);
    let calls: Vec<String> = talk.calls_of("task").into_iter().map(str::to_owned).collect();
    let told: Vec<Vec<_>> = calls
        .iter()
        .map(|call| {
            let below = talk.below(call).into_iter().map(|part| match &part.body {
                PartBody::Tool(call) => (call.target.as_str(), part.text.as_str()),
                other => (other.slug(), part.text.as_str()),
            });
            below.collect()
        })
        .collect();
    assert_eq!(
        told,
        [
            vec![
                ("reasoning", "Where?"),
                ("text", "I listen."),
                ("clock.txt", "tick\ntock"),
                ("text", "It **ticks**.")
            ],
            vec![("echo ding", "ding\n"), ("text", "Rung.")],
        ]
    );
    assert!(talk.parts().all(|part| !part.open));
    talk.close().await;
}

/// A server that comes back knows whose words it hears, and after a gap a sub-agent's are brought too.
#[tokio::test]
async fn a_sub_agent_goes_on_below_its_call_when_another_takes_over() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    let script = "/say Before.\n/bash echo one\n/hold gate\n/say After.";
    let input = serde_json::json!({"description": "Wait", "subagent_type": "general", "prompt": script});
    talk.prompt(&format!("/tool task {input}\n/say Done."), Mode::Build).await;
    stage.model.gates().held("gate").await;
    talk.until(|event| matches!(event, AgentEvent::Delta { text, .. } if text == "one\n")).await;

    let mut talk = stage.take_over(talk.leave(), 2).await;
    for event in talk.conversation.reconcile().await.unwrap() {
        talk.apply(&event);
    }
    stage.model.gates().open("gate");
    talk.idle().await;
    let call = talk.calls_of("task")[0].to_owned();
    let said: Vec<_> = talk.below(&call).into_iter().map(|part| part.text.as_str()).collect();
    assert_eq!(said, ["Before.", "one\n", "After."]);
    assert_eq!(talk.prose(), ["Done."]);
    talk.close().await;
}
