//! What the agent waits for a person to decide. Each is open until it is answered or expires.

use slipway_protocol::{ChangeBody, PermissionAsk, Request, RequestAsk, RequestId, RequestState};

use super::Transcript;
use crate::id;

impl Transcript {
    pub(in crate::session) fn ask(&mut self, key: &str, ask: RequestAsk, from_sub_agent: bool, now: i64) {
        if self.requests.contains_key(key) {
            return;
        }
        let request = Request {
            id: RequestId::new(format!("r{}", id::random(14))),
            ask: self.scrub_ask(ask),
            from_sub_agent,
            state: RequestState::Open,
            answer: None,
            answered_by: None,
            created_at: now,
        };
        self.put_request(key, request);
    }

    /// Notes a request; one that is no longer open is forgotten.
    pub(in crate::session) fn put_request(&mut self, key: &str, request: Request) {
        if request.state == RequestState::Open {
            self.requests.insert(key.to_owned(), request.clone());
        } else {
            self.requests.remove(key);
        }
        let rev = self.note(ChangeBody::Request(request.clone()));
        self.batch.requests.push((rev, request, key.to_owned()));
    }

    pub(in crate::session) fn open_request(&self, id: &RequestId) -> Option<(String, Request)> {
        let (key, request) = self.requests.iter().find(|(_, request)| request.id == *id)?;
        Some((key.clone(), request.clone()))
    }

    /// What the oldest open request asks, in one line.
    pub(in crate::session) fn open_question(&self) -> String {
        let oldest = self.requests.values().min_by_key(|request| request.created_at);
        match oldest.map(|request| &request.ask) {
            Some(RequestAsk::Permission(ask)) => permission(ask),
            Some(RequestAsk::Question { questions }) => {
                format!("Asks: {}", questions.first().map_or("a question", |question| &question.text))
            }
            None => String::new(),
        }
    }

    pub(in crate::session) fn has_open_requests(&self) -> bool {
        !self.requests.is_empty()
    }

    pub(in crate::session) fn expire_request(&mut self, key: &str) {
        if let Some(mut request) = self.requests.get(key).cloned() {
            request.state = RequestState::Expired;
            self.put_request(key, request);
        }
    }

    pub(in crate::session) fn expire_requests(&mut self) {
        for key in self.requests.keys().cloned().collect::<Vec<_>>() {
            self.expire_request(&key);
        }
    }
}

/// The title, and what it is about where the title doesn't say it already.
fn permission(ask: &PermissionAsk) -> String {
    let subject = ask.subject.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if ask.title.contains(subject) {
        format!("Asks: {}", ask.title)
    } else {
        format!("Asks: {}: {subject}", ask.title)
    }
}

#[cfg(test)]
mod tests {
    use slipway_protocol::PermissionAsk;

    #[test]
    fn a_question_names_what_it_is_about_once() {
        let asked = |title: &str, subject: &str| {
            let (action, title, subject) = ("edit".into(), title.into(), subject.into());
            let (call, diff, always) = (None, None, vec![]);
            super::permission(&PermissionAsk { call, action, title, subject, diff, always })
        };
        assert_eq!(asked("Edit a.txt", "a.txt"), "Asks: Edit a.txt");
        assert_eq!(asked("Run a command", "cat <<E\nx\nE"), "Asks: Run a command: cat <<E");
        assert_eq!(asked("Go on, though it repeats itself", ""), "Asks: Go on, though it repeats itself");
    }
}
