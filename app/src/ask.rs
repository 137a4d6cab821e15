//! Asking something of a session, with an id of its own for each command.

use slipway_protocol::{Command, CommandId, CommandOutcome, ErrorKind, SessionId, SubmittedCommand};

use crate::{
    api::{Problem, submit},
    browser::random_id,
};

/// Asks once; a command that was refused is a problem with the reason as its sentence.
pub async fn ask(session: SessionId, command: Command) -> Result<(), Problem> {
    ask_as(CommandId::new(random_id()), session, command).await
}

/// The same with an id that the caller keeps, so that it can ask again without doing it twice.
pub async fn ask_as(id: CommandId, session: SessionId, command: Command) -> Result<(), Problem> {
    match submit(session, SubmittedCommand { id, command }).await? {
        CommandOutcome::Applied => Ok(()),
        CommandOutcome::Refused { sentence } => Err(Problem::new(ErrorKind::Conflict, sentence)),
    }
}
