//! What the agent said, without the secrets in it.
//!
//! Invariant: no text of a part, a request, a task or a title is noted, stored or streamed that did not pass here.

use std::sync::Arc;

use slipway_protocol::{PartBody, Question, RequestAsk};

use super::Transcript;
use crate::scrub::{Scrubber, scrubbed};

impl Transcript {
    /// All of a part's text so far. What may still become a secret comes with what follows it.
    pub(super) fn scrub(&mut self, key: &str, text: &str, open: bool) -> String {
        let mut scrubber = Scrubber::new(Arc::clone(&self.secrets));
        let mut shown = scrubber.push(text);
        if open {
            self.scrubbers.insert(key.to_owned(), scrubber);
        } else {
            self.scrubbers.remove(key);
            shown += &scrubber.finish();
        }
        shown
    }

    /// What was appended to it.
    pub(super) fn scrub_more(&mut self, key: &str, text: &str) -> String {
        if !self.scrubbers.contains_key(key) {
            self.scrubbers.insert(key.to_owned(), Scrubber::new(Arc::clone(&self.secrets)));
        }
        self.scrubbers.get_mut(key).map(|scrubber| scrubber.push(text)).unwrap_or_default()
    }

    /// What was held back, now that no more comes.
    pub(super) fn scrub_rest(&mut self, key: &str) -> String {
        self.scrubbers.remove(key).map(|mut scrubber| scrubber.finish()).unwrap_or_default()
    }

    pub(super) fn scrub_body(&self, body: PartBody) -> PartBody {
        let PartBody::Tool(mut call) = body else { return body };
        for text in
            [&mut call.target, &mut call.input].into_iter().chain(&mut call.diff).chain(&mut call.error)
        {
            *text = self.scrub_line(text);
        }
        PartBody::Tool(call)
    }

    pub(super) fn scrub_ask(&self, mut ask: RequestAsk) -> RequestAsk {
        match &mut ask {
            RequestAsk::Permission(ask) => {
                let texts = [&mut ask.title, &mut ask.subject].into_iter().chain(&mut ask.diff);
                // A rule without its secret fits nothing any more, so the person is asked again.
                texts.chain(&mut ask.always).for_each(|text| *text = self.scrub_line(text));
            }
            RequestAsk::Question { questions } => {
                for question in questions {
                    self.scrub_question(question);
                }
            }
        }
        ask
    }

    fn scrub_question(&self, question: &mut Question) {
        let options =
            question.options.iter_mut().flat_map(|option| [&mut option.label, &mut option.description]);
        for text in [&mut question.header, &mut question.text].into_iter().chain(options) {
            *text = self.scrub_line(text);
        }
    }

    /// A text that is whole: a title, or what a task is about.
    pub(in crate::session) fn scrub_line(&self, text: &str) -> String {
        scrubbed(&self.secrets, text)
    }
}
