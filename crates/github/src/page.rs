//! Lists that come in pages, and are asked for again only where they have changed.
//!
//! An answer of "not modified" costs nothing of what GitHub allows a person in an hour.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use octocrab::Octocrab;
use serde::{Deserialize, de::DeserializeOwned};

use crate::GitHubError;

/// The largest page that GitHub gives.
pub(crate) const PER_PAGE: u8 = 100;

/// Pages that are read of one list: 5,000 entries are more than anybody picks from.
const MOST_PAGES: usize = 50;

/// A list as it was last read, in its order.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T>(Vec<Seen<T>>);

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Pages<T> {
    pub(crate) fn items(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|page| page.items.iter())
    }
}

/// One page of it.
#[derive(Debug)]
struct Seen<T> {
    address: String,
    etag: Option<HeaderValue>,
    next: Option<String>,
    items: Arc<Vec<T>>,
}

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        let Self { address, etag, next, items } = self;
        Self { address: address.clone(), etag: etag.clone(), next: next.clone(), items: Arc::clone(items) }
    }
}

/// Some lists are bare, and some are wrapped together with their length.
#[derive(Deserialize)]
#[serde(untagged)]
enum Body<T> {
    Bare(Vec<T>),
    Wrapped {
        #[serde(alias = "installations")]
        repositories: Vec<T>,
    },
}

/// The whole list, as far as `MOST_PAGES` go. Of the pages `before` only those are read that have changed.
pub(crate) async fn again<T: DeserializeOwned>(
    api: &Octocrab,
    first: &str,
    before: &Pages<T>,
) -> Result<Pages<T>, GitHubError> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(address) = next.take().filter(|_| pages.len() < MOST_PAGES) {
        let known = before.0.get(pages.len()).filter(|known| known.address == address);
        let page = read(api, address, known).await?;
        next.clone_from(&page.next);
        pages.push(page);
    }
    Ok(Pages(pages))
}

async fn read<T: DeserializeOwned>(
    api: &Octocrab,
    address: String,
    known: Option<&Seen<T>>,
) -> Result<Seen<T>, GitHubError> {
    let etag = known.and_then(|known| known.etag.clone());
    let headers = etag.map(|etag| HeaderMap::from_iter([(header::IF_NONE_MATCH, etag)]));
    let answer = api._get_with_headers(address.as_str(), headers).await?;
    if let (StatusCode::NOT_MODIFIED, Some(known)) = (answer.status(), known) {
        return Ok(known.clone());
    }
    let answer = octocrab::map_github_error(answer).await?;
    let etag = answer.headers().get(header::ETAG).cloned();
    let next = answer.headers().get(header::LINK).and_then(|links| next_of(links.to_str().ok()?));
    let text = api.body_to_string(answer).await?;
    let items = match serde_json::from_str(&text) {
        Ok(Body::Bare(items) | Body::Wrapped { repositories: items }) => Arc::new(items),
        Err(_) => return Err(GitHubError::Unreachable("its answer was not understood".into())),
    };
    Ok(Seen { address, etag, next, items })
}

/// `<https://...&page=2>; rel="next", <...>; rel="last"`
fn next_of(links: &str) -> Option<String> {
    let next = links.split(',').find(|link| link.contains("rel=\"next\""))?;
    let (_, rest) = next.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::next_of;

    #[test]
    fn the_next_page_is_the_one_that_is_called_so() {
        let links =
            "<https://api.example/a?page=1>; rel=\"prev\", <https://api.example/a?page=3&x=1>; rel=\"next\"";
        assert_eq!(next_of(links).as_deref(), Some("https://api.example/a?page=3&x=1"));
        assert_eq!(next_of("<https://api.example/a?page=1>; rel=\"prev\""), None);
        assert_eq!(next_of("next"), None);
    }
}
