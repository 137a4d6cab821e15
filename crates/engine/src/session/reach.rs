//! Which machines the agent may reach, as far as the session has a say in it. The keeper decides, and the installation before it.

use slipway_protocol::{Author, Deed, Notice, PartBody, Place, Rules, SessionHead};
use slipway_sandbox::Reach;
use slipway_store::Remembered;

use super::{commands::Verdict, supervisor::Supervisor};
use crate::clock;

/// Machines that one session can allow.
const MOST_PLACES: usize = 100;

/// In the keeper's words.
pub(super) fn reach(rules: &Rules) -> Reach {
    Reach { closed: rules.closed, also: rules.also.iter().map(Place::to_string).collect() }
}

impl Supervisor {
    pub(super) fn set_reach(&mut self, place: Place, allowed: bool, author: &Author) -> Verdict {
        let SessionHead { rules, .. } = &self.transcript.head;
        if allowed == rules.also.contains(&place) {
            return Verdict::Done;
        }
        if allowed && rules.also.len() >= MOST_PLACES {
            return Verdict::Refused(format!(
                "A session can allow {MOST_PLACES} machines. Take one back first."
            ));
        }
        let sentence = if allowed {
            self.tell_agent(&format!("You may reach {place} from now on."));
            format!("{} lets the agent reach {place} in this session.", author.name)
        } else {
            format!("{} no longer lets the agent reach {place}.", author.name)
        };
        self.transcript.notice(Notice::Information, sentence, clock::now());
        self.transcript.edit_head(|head| {
            head.rules.also.retain(|held| *held != place);
            head.rules.also.extend(allowed.then_some(place));
        });
        let reach = reach(&self.transcript.head.rules);
        if let Some(conversation) = &mut self.conversation {
            conversation.set_reach(reach);
        }
        Verdict::Done
    }

    pub(super) async fn show_refusal(&mut self, place: Place, sentence: String, can_allow: bool) {
        let subject = format!("{} {place}", self.id);
        let entry = Remembered { who: None, from: None, deed: Deed::RefusedMachine, subject: &subject };
        if let Err(error) = self.place.store.audit(entry, clock::now()).await {
            tracing::error!(%error, "the audit could not be written");
        }
        let body = if can_allow {
            PartBody::Refused { place }
        } else {
            PartBody::Notice { notice: Notice::Information }
        };
        self.transcript.tell(body, sentence, clock::now());
    }
}
