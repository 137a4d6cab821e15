//! What a repository brings along for the agent: looked for at each start, and kept from the agent unless the session's owner trusts
//! the repository.
//!
//! Invariant: an agent behind walls sees nothing of it that its person does not trust; one without walls is not started beside it.
//! Invariant: what the owner decides, or what comes into the checkout, holds before the next prompt is sent.

use slipway_agent::Brought;
use slipway_git::Hidden;
use slipway_protocol::{
    Configuration, ConfigurationKind, ErrorKind, FoundConfiguration, SessionHead, UserId,
};

use super::{state::Input, supervisor::Supervisor, work::Workplace};
use crate::{Error, trust};

/// Names that a sentence holds.
const NAMED: usize = 5;

impl Workplace {
    /// Looks for it, and brings the checkout into the state that the owner's decision asks for.
    pub(super) async fn prepare_configuration(
        &self,
        head: &SessionHead,
        owner: &UserId,
    ) -> Result<(Configuration, Brought), Error> {
        let (checkout, names) = (self.settings.checkout_dir(&head.id), self.agent.configuration_names());
        if self.trusts(head, owner).await? {
            self.git.show(&checkout, &head.base_commit, names).await?;
            let found = if self.brings_configuration(head) { self.survey(head).await } else { Vec::new() };
            return Ok((Configuration { found, in_force: true }, Brought::InForce));
        }
        let hidden = self.git.hide(&checkout, &head.base_commit, names).await?;
        let mut found = if hidden.covered.is_empty() { Vec::new() } else { self.survey(head).await };
        name_the_rest(&mut found, &hidden);
        let configuration = Configuration { found, in_force: false };
        Ok((configuration, Brought::Off { hidden: hidden.covered }))
    }

    /// Nobody has trusted it, and nothing would keep it from the agent.
    pub(super) fn must_be_trusted_first(&self, configuration: &Configuration) -> Result<(), Error> {
        if !self.settings.host_mode || configuration.in_force || configuration.found.is_empty() {
            return Ok(());
        }
        let named: Vec<_> = configuration.found.iter().take(NAMED).map(|found| found.name.as_str()).collect();
        Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "This repository brings configuration for the agent ({}), which can run programs, and agents run without isolation \
                 here. Trust the repository first. Your message is kept.",
                named.join(", ")
            ),
        ))
    }

    pub(super) async fn trusts(&self, head: &SessionHead, owner: &UserId) -> Result<bool, Error> {
        let Some(repository) = trust::known_as(&self.git, &self.settings, &head.id) else { return Ok(false) };
        Ok(self.store.trust(owner, &repository).await?.unwrap_or(false))
    }

    /// Something stands in the checkout under one of the names; it is not looked into.
    pub(super) fn brings_configuration(&self, head: &SessionHead) -> bool {
        let checkout = self.settings.checkout_dir(&head.id);
        self.agent.configuration_names().iter().any(|name| checkout.join(name).symlink_metadata().is_ok())
    }

    /// What cannot be read is still told by the name that it stands under.
    async fn survey(&self, head: &SessionHead) -> Vec<FoundConfiguration> {
        let survey = self.agent.survey(&self.settings.checkout_dir(&head.id)).await;
        survey.unwrap_or_else(|error| {
            tracing::warn!(session.id = %head.id, %error, "a repository's configuration was not understood");
            Vec::new()
        })
    }
}

/// Nothing is hidden of which nobody hears.
fn name_the_rest(found: &mut Vec<FoundConfiguration>, hidden: &Hidden) {
    let setting = |name: String| FoundConfiguration { kind: ConfigurationKind::Setting, name };
    if found.is_empty() {
        found.extend(hidden.covered.iter().cloned().map(setting));
    }
    found.extend(hidden.aside.iter().map(|name| setting(format!("{name} (put aside)"))));
}

impl Supervisor {
    /// Looks for the next prompt; an agent that was started under another decision, or before files came that it may not see, is
    /// started anew first.
    pub(super) async fn look_for_next(&mut self) -> Option<Input> {
        if self.must_start_anew().await {
            self.wanted = true;
            return Some(Input::PutToSleep);
        }
        if !self.has_work() {
            return None;
        }
        Some(self.overspent().await.map_or(Input::Next, Input::Overspent))
    }

    async fn must_start_anew(&mut self) -> bool {
        let head = &self.transcript.head;
        if self.configuration_moved {
            return true;
        }
        if head.configuration.found.is_empty() {
            return false;
        }
        // Where it cannot be told now, it is told before the next prompt.
        let trusts = self.place.trusts(head, &self.owner).await;
        trusts.is_ok_and(|trusts| trusts != head.configuration.in_force)
    }

    /// Something other than the agent has written into the checkout. What it put in the place of a covered file is not covered: a mount
    /// goes with the file that it is on.
    pub(super) fn files_were_written(&mut self) {
        let has_agent = self.conversation.is_some() || self.at_agent > 0;
        if has_agent && !self.transcript.head.configuration.in_force {
            self.configuration_moved |= self.place.brings_configuration(&self.transcript.head);
        }
    }
}
