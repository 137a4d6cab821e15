//! After the last fault: whatever waits for a person is done, until nothing is under way any more.

use std::time::Duration;

use anyhow::{Context as _, Result};
use slipway_protocol::{
    Answer, Command, CommandId, Phase, Request, RequestAsk, Role, SessionId, SessionView, SubmittedCommand,
};
use slipway_store::Store;

use crate::{
    browser::{Answered, Browser},
    desk::Ledger,
    patience::Patience,
    script::Script,
};

const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A session of the story.
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) first: Script,
    pub(crate) last: Script,
    pub(crate) ledger: Ledger,
}

/// The file's own view of things, beside the server.
pub(crate) async fn open(url: &str) -> Result<Store> {
    let patience = Patience::new("opening the database");
    loop {
        match Store::open(url).await {
            Ok(store) => return Ok(store),
            Err(_) => patience.pause(LOOK_AGAIN).await?,
        }
    }
}

/// All of a session; none where it was deleted.
pub(crate) async fn view(store: &Store, id: &SessionId) -> Result<Option<SessionView>> {
    let patience = Patience::new("reading the database");
    loop {
        match store.view(id, 100_000).await {
            Ok(view) => return Ok(view),
            Err(_) => patience.pause(LOOK_AGAIN).await?,
        }
    }
}

/// Answers what is asked, and presses "Retry" where that is offered.
pub(crate) struct Janitor<'a> {
    store: &'a Store,
    browser: &'a Browser,
    number: u32,
}

impl<'a> Janitor<'a> {
    pub(crate) fn new(store: &'a Store, browser: &'a Browser) -> Self {
        Self { store, browser, number: 0 }
    }

    /// Works while something else is waited for.
    pub(crate) async fn beside<T>(
        &mut self,
        sessions: &[Session],
        waited: impl Future<Output = T>,
    ) -> Result<T> {
        let mut waited = std::pin::pin!(waited);
        loop {
            tokio::select! {
                biased;
                done = &mut waited => return Ok(done),
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            for session in sessions {
                self.tidy(session).await?;
            }
        }
    }

    pub(crate) async fn until_rest(&mut self, sessions: &[Session]) -> Result<()> {
        let patience = Patience::new("rest");
        loop {
            let mut restless = None;
            for session in sessions {
                if !self.tidy(session).await? {
                    restless = Some(&session.id);
                }
            }
            let Some(id) = restless else { return Ok(()) };
            if let Err(error) = patience.pause(LOOK_AGAIN).await {
                let view = serde_json::to_string(&view(self.store, id).await?)?;
                let pending = self.store.pending_commands(id).await?;
                return Err(error.context(format!("{id}: {pending:?}\n{view}")));
            }
        }
    }

    /// True: nothing is under way, and the last message was heard.
    async fn tidy(&mut self, session: &Session) -> Result<bool> {
        let Some(view) = view(self.store, &session.id).await? else { return Ok(session.ledger.created) };
        for request in &view.requests {
            self.submit(&session.id, Command::Answer { request: request.id.clone(), answer: yes(request) })
                .await?;
        }
        if view.head.phase == Phase::Failed && !view.queue.is_empty() {
            self.submit(&session.id, Command::Retry).await?;
        }
        let waiting = self.store.pending_commands(&session.id).await.context("commands")?;
        let heard = view.messages.iter().any(|said| {
            said.message.role == Role::User
                && said.parts.iter().any(|part| part.text.starts_with(&session.last.mark()))
        });
        let open = view.messages.iter().any(|said| said.message.ended_at.is_none());
        let calm = view.queue.is_empty() && view.requests.is_empty() && !view.head.phase.is_busy();
        Ok(calm && heard && !open && waiting.is_empty())
    }

    async fn submit(&mut self, session: &SessionId, command: Command) -> Result<()> {
        self.number += 1;
        let id = CommandId::new(format!("{session}-tidy-{}", self.number));
        self.browser.submit(session, &SubmittedCommand { id, command }).await.map(drop)
    }
}

fn yes(request: &Request) -> Answer {
    match request.ask {
        RequestAsk::Permission(_) => Answer::AllowOnce,
        RequestAsk::Question { .. } => Answer::Choices { choices: vec![vec!["Right".into()]] },
    }
}

/// Everything once more under the same ids: it changes nothing, and says how each command ended.
pub(crate) async fn ask_again(
    browser: &Browser,
    sessions: &mut [Session],
    violations: &mut Vec<String>,
) -> Result<()> {
    for session in sessions {
        for entry in &mut session.ledger.entries {
            let again = browser.submit(&session.id, &entry.submitted).await?;
            // "Applied" may have meant "stored, and will be"; a refusal is final.
            if matches!(entry.answered, Answered::Refused(_)) && again == Answered::Applied {
                violations.push(format!("{entry:?} was refused, and was applied when it was asked again"));
            }
            if again != Answered::Gone {
                entry.answered = again;
            }
        }
    }
    Ok(())
}
