//! Looking again at something that rarely changes: what is known already is not sent a second time, and does not count against
//! the limit of requests.

use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::{Api, GitHubError};

/// What was seen last, and the tag that it came with.
#[derive(Clone, Debug)]
pub struct Seen<T> {
    tag: Option<header::HeaderValue>,
    route: String,
    value: T,
}

impl Api {
    /// What is at `route` now; `seen` is what was there before, and is kept up to date.
    pub(crate) async fn look<T: DeserializeOwned + Clone>(
        &self,
        route: String,
        seen: &mut Option<Seen<T>>,
    ) -> Result<T, GitHubError> {
        let known = seen.as_ref().filter(|seen| seen.route == route);
        let mut headers = HeaderMap::new();
        if let Some(tag) = known.and_then(|seen| seen.tag.clone()) {
            headers.insert(header::IF_NONE_MATCH, tag);
        }
        let answer = self.octocrab()._get_with_headers(route.as_str(), Some(headers)).await?;
        if let (StatusCode::NOT_MODIFIED, Some(known)) = (answer.status(), known) {
            return Ok(known.value.clone());
        }
        let answer = octocrab::map_github_error(answer).await?;
        let tag = answer.headers().get(header::ETAG).cloned();
        let body = self.octocrab().body_to_string(answer).await?;
        let value: T = serde_json::from_str(&body).map_err(|error| {
            tracing::warn!(%error, "an answer of GitHub was not understood");
            GitHubError::Unreachable("its answer was not understood".into())
        })?;
        *seen = Some(Seen { tag, route, value: value.clone() });
        Ok(value)
    }
}
