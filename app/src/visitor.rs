//! Who looks, and at what: known to the server for each request and carried over into the browser.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use slipway_protocol::{Installation, Person};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    pub person: Option<Person>,
    pub installation: Installation,
    pub theme: Theme,
    pub motion: Motion,
    /// Why the form that was just sent changed nothing.
    pub problem: Option<String>,
    /// A fresh id for the forms of this page, so that sending one twice does it once.
    pub form_id: String,
    /// When the page was made, in milliseconds since 1970: the same for server and browser.
    pub now: i64,
}

/// The colours: pinned, or as the system has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The value of `data-theme` and of the cookie.
    pub fn slug(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn from_slug(slug: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.slug() == slug).unwrap_or_default()
    }
}

/// What moves: as the system has it, or nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Motion {
    #[default]
    System,
    Reduced,
}

impl Motion {
    pub const ALL: [Self; 2] = [Self::System, Self::Reduced];

    pub fn label(self) -> &'static str {
        match self {
            Self::System => "As the system has it",
            Self::Reduced => "Reduced",
        }
    }

    /// The value of `data-motion` and of the cookie.
    pub fn slug(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Reduced => "reduced",
        }
    }

    pub fn from_slug(slug: &str) -> Self {
        Self::ALL.into_iter().find(|motion| motion.slug() == slug).unwrap_or_default()
    }
}

/// Takes the visitor from the request on the server, from the page in the browser.
pub fn provide_visitor() {
    let visitor = SharedValue::new(|| expect_context::<Visitor>()).into_inner();
    provide_context(StoredValue::new(visitor));
}

pub fn visitor() -> StoredValue<Visitor> {
    expect_context()
}
