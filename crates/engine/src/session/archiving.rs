//! The long rest: an archived session's checkout and agent data are packed into the archive, and brought back on demand.

use slipway_protocol::{CommandId, CommandOutcome};

use super::{commands::Verdict, message::Done, state::Input, supervisor::Supervisor};
use crate::{Error, clock};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Packing {
    #[default]
    No,
    UnderWay,
    /// Tried and not done; the next supervisor tries again.
    Failed,
}

impl Supervisor {
    /// Ends the agent; the files are packed when nothing runs any more.
    pub(super) async fn archive(&mut self) -> Verdict {
        let now = clock::now();
        self.transcript.edit_head(|head| head.archived_at = Some(now));
        self.feed(Input::PutToSleep).await;
        Verdict::Done
    }

    /// True: the pack of an archived session has begun.
    pub(super) fn begin_packing(&mut self) -> bool {
        let head = &self.transcript.head;
        let to_pack = head.archived_at.is_some() && head.packed_bytes.is_none() && self.place.has_files(head);
        if !to_pack || self.packing != Packing::No {
            return false;
        }
        self.packing = Packing::UnderWay;
        let (place, head) = (self.place.clone(), head.clone());
        self.errand(async move { Done::Packed(place.pack(&head).await) });
        true
    }

    /// The files go when the row says that they are packed.
    pub(super) async fn packed(&mut self, result: Result<u64, Error>) {
        match result {
            Ok(bytes) => {
                self.packing = Packing::No;
                self.transcript.edit_head(|head| head.packed_bytes = Some(bytes));
                if self.commit().await
                    && let Err(error) =
                        self.place.remove_unpacked(&self.transcript.head, self.generation).await
                {
                    tracing::warn!(%error, "what was packed could not be removed");
                }
            }
            Err(error) => {
                tracing::error!(%error, "an archived session could not be packed; its folder stays");
                self.packing = Packing::Failed;
            }
        }
    }

    pub(super) fn unarchive(&mut self, command: CommandId) -> Verdict {
        if self.packing == Packing::UnderWay {
            return Verdict::Wait;
        }
        if self.transcript.head.packed_bytes.is_none() {
            self.transcript.edit_head(|head| head.archived_at = None);
            return Verdict::Done;
        }
        let (place, head, owner) = (self.place.clone(), self.transcript.head.clone(), self.owner.clone());
        self.under_way.push(command.clone());
        self.errand(async move {
            let result = place.unpack(&head, &owner).await;
            Done::Unpacked { command, result }
        });
        Verdict::Later
    }

    pub(super) async fn unpacked(&mut self, command: CommandId, result: Result<(), Error>) {
        self.under_way.retain(|held| *held != command);
        let outcome = match result {
            Ok(()) => {
                self.transcript.edit_head(|head| {
                    head.archived_at = None;
                    head.packed_bytes = None;
                });
                CommandOutcome::Applied
            }
            Err(error) => CommandOutcome::Refused { sentence: error.sentence },
        };
        let back = outcome == CommandOutcome::Applied;
        self.transcript.finish_command(command, outcome);
        if self.commit().await && back {
            self.place.forget_pack(&self.transcript.head).await;
            self.look_again();
        }
    }
}
