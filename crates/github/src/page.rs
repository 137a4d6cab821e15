//! Lists that come in pages.

use octocrab::{Octocrab, Page};
use serde::{Serialize, de::DeserializeOwned};

use crate::GitHubError;

/// The largest page that GitHub gives.
pub(crate) const PER_PAGE: u8 = 100;

/// Pages that are read of one list: 5,000 entries are more than anybody picks from.
const MOST_PAGES: usize = 50;

/// The whole list, in its order, as far as `MOST_PAGES` go.
pub(crate) async fn all<T: DeserializeOwned>(
    api: &Octocrab,
    route: &str,
    parameters: &impl Serialize,
) -> Result<Vec<T>, GitHubError> {
    let mut page: Page<T> = api.get(route, Some(parameters)).await?;
    let mut found = page.take_items();
    for _ in 1..MOST_PAGES {
        let Some(mut next) = api.get_page(&page.next).await? else { break };
        found.append(&mut next.take_items());
        page = next;
    }
    Ok(found)
}
