//! Who may use an installation.

use slipway_github::{Account, Api};

use crate::Error;

/// `everyone`, `LOGIN,LOGIN` or `org:NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    Everyone,
    /// In lower case.
    Logins(Vec<String>),
    /// In lower case. Its members, also those who do not show it.
    Organisation(String),
}

/// As it is read.
impl std::fmt::Display for Allow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Logins(logins) => f.write_str(&logins.join(",")),
            Self::Organisation(name) => write!(f, "org:{name}"),
        }
    }
}

impl Allow {
    /// None: it names nobody.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        if text == "everyone" {
            return Some(Self::Everyone);
        }
        if let Some(name) = text.strip_prefix("org:") {
            return is_login(name).then(|| Self::Organisation(name.to_owned()));
        }
        let logins: Vec<_> = text.split(',').map(|login| login.trim().to_owned()).collect();
        logins.iter().all(|login| is_login(login)).then_some(Self::Logins(logins))
    }

    /// What a token must be able to see for this question.
    pub fn scope(&self) -> Option<&'static str> {
        matches!(self, Self::Organisation(_)).then_some("read:org")
    }

    pub(super) async fn lets_in(&self, account: &Account, api: &Api) -> Result<bool, Error> {
        let is = |name: &String| name.eq_ignore_ascii_case(&account.login);
        match self {
            Self::Everyone => Ok(true),
            Self::Logins(logins) => Ok(logins.iter().any(is)),
            Self::Organisation(name) => {
                let theirs = api.organisations().await?;
                Ok(theirs.iter().any(|login| login.eq_ignore_ascii_case(name)))
            }
        }
    }
}

fn is_login(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::Allow;

    #[test]
    fn who_is_let_in_is_read_from_a_line() {
        assert_eq!(Allow::parse(" Everyone "), Some(Allow::Everyone));
        assert_eq!(Allow::parse("Ada, bob"), Some(Allow::Logins(vec!["ada".into(), "bob".into()])));
        assert_eq!(Allow::parse("org:Acme"), Some(Allow::Organisation("acme".into())));
        for text in ["everyone", "ada,bob", "org:acme"] {
            assert_eq!(Allow::parse(text).unwrap().to_string(), text);
        }
        for nobody in ["", "ada,,bob", "org:", "org:a b", "ada;bob"] {
            assert_eq!(Allow::parse(nobody), None, "{nobody}");
        }
    }
}
