//! The person's own account: where they are signed in.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use slipway_protocol::{About, Preferences, ProviderInfo, Spending};

use super::{ModelChoice, Problem};

/// Everything the settings page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    /// Signed in with GitHub; else the local user of this machine.
    pub github: bool,
    /// The one used last comes first.
    pub devices: Vec<SignedInDevice>,
    /// What a new session begins with, and what there is to choose from.
    pub preferences: Preferences,
    pub choice: ModelChoice,
    pub about: About,
    pub providers: Vec<ProviderInfo>,
    pub spending: Spending,
    /// The person owns the installation.
    pub owns: bool,
    /// For the owner, where people sign in with GitHub.
    pub owned: Option<Owned>,
}

/// How people come into this installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// The app at GitHub.
    pub client_id: String,
    /// As the setting has it: `everyone`, logins, or `org:NAME`.
    pub allow: String,
}

/// Where a person is signed in. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedInDevice {
    pub key: String,
    /// Such as "Firefox on Linux".
    pub name: String,
    pub since: i64,
    pub seen_at: i64,
    /// The one that shows this page.
    pub here: bool,
}

#[server(prefix = "/api", endpoint = "account/page", input = Json)]
pub async fn load_account() -> Result<AccountPage, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    crate::ssr::account_page(&engine, &person).await.map_err(crate::ssr::problem)
}
