//! Plan mode changes no file, whatever the model tries.

use slipway_agent::Permissions;
use slipway_protocol::{Mode, ToolStatus};

use crate::stage::Stage;

const ATTEMPTS: &str = r#"Plan it.
/bash echo hacked > echo.txt
/bash sed -i s/tick/hacked/ clock.txt
/bash cat clock.txt | tee tee.txt >> more.txt
/bash git checkout -b other && git commit --allow-empty -m x
/write written.txt
hacked
/tool edit {"filePath":"clock.txt","oldString":"tick","newString":"hacked"}
/tool apply_patch {"patchText":"*** Begin Patch\n*** Add File: patched.txt\n+hacked\n*** End Patch"}
/write .opencode/plans/plan.md
hacked
/say Then by others.
/tool task {"description":"Look","subagent_type":"explore","prompt":"/bash echo hacked > sub.txt\n/write sub2.txt\nhacked\n/read clock.txt\n/say Looked."}
/tool task {"description":"Do","subagent_type":"general","prompt":"/bash echo hacked > sub3.txt\n/say Done."}
/tool task {"description":"Build","subagent_type":"build","prompt":"/bash echo hacked > sub4.txt\n/say Built."}
/say This is the plan."#;

#[tokio::test]
async fn nothing_changes_in_plan_mode() {
    let Some(stage) = Stage::set().await else { return };
    // Even where Build asks for nothing.
    let mut talk = stage.talk(Permissions::Auto).await;
    talk.turn(ATTEMPTS, Mode::Plan).await;

    assert_eq!(stage.git(&["status", "--porcelain", "--ignored"]), "");
    assert_eq!(stage.git(&["branch", "--format=%(refname)"]), "refs/heads/main");
    assert_eq!(talk.prose(), ["Then by others.", "This is the plan."]);
    let ends: Vec<_> = talk.tools().into_iter().map(|(call, _)| (call.tool.as_str(), call.status)).collect();
    let denied = |tool| (tool, ToolStatus::Denied);
    let mut expected = vec![denied("bash"); 4];
    expected.extend(["write", "edit", "apply_patch", "write"].map(denied));
    expected.extend([("task", ToolStatus::Completed), denied("task"), denied("task")]);
    // What the sub-agent tried.
    expected.extend([denied("bash"), denied("write"), ("read", ToolStatus::Completed)]);
    assert_eq!(ends, expected);

    // The same conversation goes on to build, and back.
    talk.turn("/bash echo built > built.txt\n/say x", Mode::Build).await;
    assert_eq!(stage.file("built.txt").unwrap(), "built\n");
    talk.turn("/bash rm built.txt\n/say x", Mode::Plan).await;
    assert_eq!(stage.file("built.txt").unwrap(), "built\n");
    talk.close().await;
}

#[tokio::test]
async fn looking_around_is_free_in_plan_mode() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Ask).await;
    let told = talk
        .turn("/read clock.txt\n/tool glob {\"pattern\":\"*.txt\"}\n/tool grep {\"pattern\":\"to.k\"}\n/say Seen.", Mode::Plan)
        .await;
    assert!(!told.iter().any(|event| matches!(event, slipway_agent::AgentEvent::Asked { .. })));
    let ends: Vec<_> = talk
        .tools()
        .into_iter()
        .map(|(call, text)| (call.status, text.contains("clock.txt") || text.contains("tick")))
        .collect();
    assert_eq!(ends, [(ToolStatus::Completed, true); 3]);
    talk.close().await;
}
