//! Where one session's wishes become commands: in order, each until it is answered.

use anyhow::Result;
use slipway_protocol::{
    Answer, Command, CommandId, NewSession, PromptId, RepositoryId, RequestAsk, SessionId, SubmittedCommand,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{
    browser::{Answered, Browser},
    follower::Shown,
    script::Script,
    story::Wish,
};

/// A command that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) wish: Wish,
    pub(crate) submitted: SubmittedCommand,
    pub(crate) answered: Answered,
}

/// What one session was asked, as the person remembers it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<Entry>,
    pub(crate) created: bool,
}

impl Ledger {
    /// How many of these were granted.
    pub(crate) fn applied(&self, which: fn(&Wish) -> bool) -> usize {
        let applied = |entry: &&Entry| entry.answered == Answered::Applied && which(&entry.wish);
        self.entries.iter().filter(applied).count()
    }
}

pub(crate) struct Desk {
    pub(crate) id: SessionId,
    pub(crate) first: Script,
    wishes: mpsc::Sender<(Wish, bool)>,
    work: JoinHandle<Result<Ledger>>,
}

impl Desk {
    /// Makes the session and then does what is wished.
    pub(crate) fn open(
        browser: Browser,
        repository: RepositoryId,
        id: SessionId,
        first: Script,
        shown: watch::Receiver<Shown>,
    ) -> Self {
        let (wishes, wished) = mpsc::channel(256);
        let worker = Worker { browser, id: id.clone(), shown, number: 0, ledger: Ledger::default() };
        let work = tokio::spawn(worker.run(repository, first.clone(), wished));
        Self { id, first, wishes, work }
    }

    pub(crate) async fn wish(&self, wish: Wish, twice: bool) {
        // A desk whose work failed says so when it is closed.
        let _ = self.wishes.send((wish, twice)).await;
    }

    /// Returns when everything was answered.
    pub(crate) async fn close(self) -> Result<Ledger> {
        drop(self.wishes);
        self.work.await?
    }
}

struct Worker {
    browser: Browser,
    id: SessionId,
    shown: watch::Receiver<Shown>,
    number: u32,
    ledger: Ledger,
}

impl Worker {
    async fn run(
        mut self,
        repository: RepositoryId,
        first: Script,
        mut wished: mpsc::Receiver<(Wish, bool)>,
    ) -> Result<Ledger> {
        let new = NewSession {
            id: self.id.clone(),
            repository,
            base_branch: String::new(),
            mode: first.mode,
            model: None,
            prompt: prompt(first.message),
            message: first.text(),
        };
        self.ledger.created = self.browser.create(&new).await? == Answered::Applied;
        while let Some((wish, twice)) = wished.recv().await {
            let Some(command) = self.command(&wish) else { continue };
            self.number += 1;
            let id = CommandId::new(format!("{}-{}", self.id, self.number));
            let submitted = SubmittedCommand { id, command };
            // Two tabs of one person, or one impatient finger.
            let (answered, again) = tokio::join!(self.browser.submit(&self.id, &submitted), async {
                if twice { Some(self.browser.submit(&self.id, &submitted).await) } else { None }
            });
            let answered = answered?;
            again.transpose()?;
            self.ledger.entries.push(Entry { wish, submitted, answered });
        }
        Ok(self.ledger)
    }

    /// None: there is nothing to answer just now.
    fn command(&self, wish: &Wish) -> Option<Command> {
        Some(match wish {
            Wish::Say(script) => Command::Prompt {
                prompt: prompt(script.message),
                text: script.text(),
                mode: Some(script.mode),
                model: None,
                attachments: Vec::new(),
            },
            Wish::Edit(script) => Command::EditPrompt { prompt: prompt(script.message), text: script.text() },
            Wish::Remove { message } => Command::RemovePrompt { prompt: prompt(*message) },
            Wish::Move { message, before } => {
                Command::MovePrompt { prompt: prompt(*message), before: before.map(prompt) }
            }
            Wish::SendNow { message } => Command::SendNow { prompt: prompt(*message) },
            Wish::Stop => Command::Stop { turn: None },
            Wish::Retry => Command::Retry,
            Wish::Answer { allow, always } => return self.answer(*allow, *always),
            Wish::Mode(mode) => Command::SetMode { mode: *mode },
            Wish::Rename { number } => Command::Rename { title: format!("Title {number}") },
            Wish::Wake => Command::Wake,
            Wish::Archive => Command::Archive,
            Wish::Restore => Command::Restore,
            Wish::Delete => Command::Delete,
        })
    }

    fn answer(&self, allow: bool, always: bool) -> Option<Command> {
        let shown = self.shown.borrow();
        let request = shown.view.as_ref()?.requests.first()?;
        let answer = match (&request.ask, allow, always) {
            (_, false, _) => Answer::Deny,
            (RequestAsk::Question { .. }, ..) => Answer::Choices { choices: vec![vec!["Left".into()]] },
            (RequestAsk::Permission(_), _, true) => Answer::AlwaysAllow,
            (RequestAsk::Permission(_), _, false) => Answer::AllowOnce,
        };
        Some(Command::Answer { request: request.id.clone(), answer })
    }
}

fn prompt(message: usize) -> PromptId {
    PromptId::new(format!("prompt-{message:04}"))
}
