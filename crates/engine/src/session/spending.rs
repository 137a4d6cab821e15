//! What the session's person may use of models in a day: looked at before a prompt is sent, and in the turn whenever usage is told.

use super::{
    excess::Excess,
    state::{Input, State},
    supervisor::Supervisor,
};
use crate::{clock, spending::Overspent};

impl Supervisor {
    pub(super) fn show_usage(&mut self, context_used: u64, tokens: u64, cost_micros: u64) {
        self.transcript.count_usage(context_used, tokens, cost_micros, clock::now());
        self.spending_due = true;
    }

    /// Stops a turn when its person's agents have used what they may.
    pub(super) async fn look_at_spending(&mut self) {
        // What was told last counts as well.
        if !matches!(self.state, State::Busy(_)) || !self.commit().await {
            return;
        }
        if let Some(overspent) = self.overspent().await {
            tracing::info!(%overspent, "the turn is stopped");
            self.blame(Excess::Day(overspent));
            self.feed(Input::Overspent(overspent)).await;
        }
    }

    /// Why what waits is not sent today. A store that does not say is no reason to stand still.
    pub(super) async fn overspent(&mut self) -> Option<Overspent> {
        let daily = self.place.settings.limits.daily;
        daily.overspent(&self.place.store, &self.owner).await.unwrap_or_else(|error| {
            tracing::error!(%error, "could not look at what was used today");
            None
        })
    }
}
