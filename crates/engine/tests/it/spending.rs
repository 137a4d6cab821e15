//! Who has used what they may of models in a day waits for the next one, and loses nothing.

use slipway_engine::{DailyLimits, Engine};
use slipway_protocol::{
    Command, CommandId, ErrorKind, Phase, PromptId, RepositoryId, Spent, SubmittedCommand,
};

use crate::{
    session::{Session, new_id, new_session},
    stage::{Server, Stage},
};

const TOKENS: DailyLimits = DailyLimits { tokens: Some(10_000), cost_micros: None };
const COST: DailyLimits = DailyLimits { tokens: None, cost_micros: Some(10_000) };

async fn server(stage: &Stage, node: &str, daily: DailyLimits) -> Server {
    stage.server_with(node, |settings| settings.limits.daily = daily).await
}

async fn begin_another(engine: &Engine, session: &Session, repository: &RepositoryId) -> (ErrorKind, String) {
    let new = new_session(repository.clone(), "Another one");
    let refusal = engine.create_session(&session.person(), new).await.unwrap_err();
    (refusal.kind, refusal.sentence)
}

fn prompt(text: &str) -> SubmittedCommand {
    let command = Command::Prompt {
        prompt: PromptId::new(new_id("prompt")),
        text: text.into(),
        mode: None,
        model: None,
        attachments: Vec::new(),
    };
    SubmittedCommand { id: CommandId::new(new_id("command")), command }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_uses_up_the_day_is_stopped_and_what_is_typed_next_is_kept() {
    for (daily, amount) in [(TOKENS, "10,000 tokens"), (COST, "$0.01")] {
        let Some(stage) = Stage::on_a_file() else { return };
        let server = server(&stage, "one", daily).await;
        let mut session = server.begin("/say first\n/usage 1000 200").await;
        session.until_idle().await;
        let (who, repository) = (session.person(), session.view().head.repository.clone());
        let last = prompt("/usage 7000 2000\n/say so far\n/step\n/hold never");
        server.engine.submit(&who, &session.id, last.clone()).await.unwrap();
        let stopped = format!(
            "notice: Stopped: you have used today's {amount}. It goes on at 00:00 UTC; what was done is kept."
        );
        session.until_said(&stopped).await;
        session.until_phase(Phase::Idle).await;
        let spending = server.engine.spending(&who).await.unwrap();
        assert_eq!(spending.today, Spent { tokens: 10_200, cost_micros: 10_200 });
        assert_eq!((spending.most_tokens, spending.most_cost_micros), (daily.tokens, daily.cost_micros));

        server.engine.save_draft(&who, &session.id, "/say more").await.unwrap();
        let refused = server.engine.submit(&who, &session.id, prompt("/say more")).await.unwrap_err();
        let sentence = format!("You have used today's {amount}. It goes on at 00:00 UTC.");
        assert_eq!((refused.kind, &refused.sentence), (ErrorKind::Conflict, &sentence));
        assert_eq!(server.engine.draft(&who, &session.id).await.unwrap().text, "/say more");
        assert_eq!(
            begin_another(&server.engine, &session, &repository).await,
            (ErrorKind::Conflict, sentence)
        );
        // What was taken before is not refused when it is asked for again.
        server.engine.submit(&who, &session.id, last).await.unwrap();
        assert_eq!(stage.prompts().len(), 2, "nothing more reached the agent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_says_until_when_and_is_sent_as_soon_as_it_may() {
    let Some(stage) = Stage::on_a_file() else { return };
    let strict = server(&stage, "one", TOKENS).await;
    let mut session = strict.begin("/hold first\n/usage 9000 2000\n/say one\n/step\n/hold never").await;
    stage.until_held(&mut session, "first").await;
    session.say("/say two").await;
    stage.agent.open_gate("first").await.unwrap();
    session.until_phase(Phase::WaitingForAgent).await;
    let head = session.view().head.clone();
    assert_eq!(head.activity, "You have used today's 10,000 tokens. It goes on at 00:00 UTC.");
    assert_eq!(session.view().queue.len(), 1);
    let stop = session.refused(Command::Stop { turn: None }).await;
    assert_eq!(stop, "The agent is not at work yet. Remove the waiting message instead.");
    strict.end().await;

    let id = session.id.clone();
    drop(session);
    let open = server(&stage, "one", DailyLimits::default()).await;
    let mut session = open.session(&id).await;
    session.until_said("agent: two").await;
    session.until_idle().await;
}
