//! What the agents of one person may use of models in a day. Days are UTC's.

use std::fmt;

use slipway_protocol::{ErrorKind, Person, Spending, Spent, UserId, count};
use slipway_store::{Store, StoreError};

use crate::{Engine, Error, clock};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// None: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DailyLimits {
    pub tokens: Option<u64>,
    /// Millionths of a US dollar.
    pub cost_micros: Option<u64>,
}

/// All that a person's agents may use today is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overspent {
    pub(crate) what: Allowance,
    /// When it goes on, in milliseconds since 1970.
    pub(crate) until: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    Tokens(u64),
    CostMicros(u64),
}

impl DailyLimits {
    fn is_set(self) -> bool {
        self != Self::default()
    }

    /// What of `spent` has come to its limit.
    fn reached(self, spent: Spent) -> Option<Allowance> {
        let tokens = self.tokens.filter(|most| spent.tokens >= *most).map(Allowance::Tokens);
        let cost = self.cost_micros.filter(|most| spent.cost_micros >= *most).map(Allowance::CostMicros);
        tokens.or(cost)
    }

    /// Whether this person's agents have to wait for tomorrow.
    pub(crate) async fn overspent(
        self,
        store: &Store,
        who: &UserId,
    ) -> Result<Option<Overspent>, StoreError> {
        if !self.is_set() {
            return Ok(None);
        }
        let today = day_of(clock::now());
        let reached = self.reached(store.spent(who, today).await?);
        Ok(reached.map(|what| Overspent { what, until: (today + 1) * DAY_MS }))
    }
}

impl fmt::Display for Allowance {
    /// `2,000,000 tokens`, `$5.00`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens(most) => write!(f, "{} tokens", count(*most)),
            Self::CostMicros(most) => write!(f, "${}.{:02}", count(most / 1_000_000), most / 10_000 % 100),
        }
    }
}

impl fmt::Display for Overspent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "You have used today's {}. It goes on at 00:00 UTC.", self.what)
    }
}

impl fmt::Display for DailyLimits {
    /// As the doctor says it; nothing where there is no limit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens = self.tokens.map(Allowance::Tokens);
        let cost = self.cost_micros.map(Allowance::CostMicros);
        [tokens, cost].into_iter().flatten().try_for_each(|most| write!(f, ", {most} a day"))
    }
}

impl Engine {
    pub async fn spending(&self, who: &Person) -> Result<Spending, Error> {
        let DailyLimits { tokens, cost_micros } = self.settings.limits.daily;
        let today = self.store.spent(&who.id, day_of(clock::now())).await?;
        Ok(Spending { today, most_tokens: tokens, most_cost_micros: cost_micros })
    }

    /// What somebody is told who asks for more. Said before anything is stored, so that who wrote something still has it.
    pub(crate) async fn overspent(&self, who: &Person) -> Result<Option<Error>, Error> {
        let overspent = self.settings.limits.daily.overspent(&self.store, &who.id).await?;
        Ok(overspent.map(|overspent| Error::new(ErrorKind::Conflict, overspent.to_string())))
    }
}

/// Counted from 1970.
pub(crate) fn day_of(moment: i64) -> i64 {
    moment.div_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_reached_when_all_of_it_is_used() {
        let limits = DailyLimits { tokens: Some(1_000), cost_micros: Some(500_000) };
        let reached = |tokens, cost_micros| limits.reached(Spent { tokens, cost_micros });
        assert_eq!(reached(999, 499_999), None);
        assert_eq!(reached(1_000, 0), Some(Allowance::Tokens(1_000)));
        assert_eq!(reached(0, 500_000), Some(Allowance::CostMicros(500_000)));
        assert_eq!(DailyLimits::default().reached(Spent { tokens: u64::MAX, cost_micros: u64::MAX }), None);
    }

    #[test]
    fn who_used_all_hears_of_what_and_until_when() {
        let said = |what| Overspent { what, until: 0 }.to_string();
        let tokens = "You have used today's 2,000,000 tokens. It goes on at 00:00 UTC.";
        assert_eq!(said(Allowance::Tokens(2_000_000)), tokens);
        assert_eq!(
            said(Allowance::CostMicros(12_345_678_900)),
            "You have used today's $12,345.67. It goes on at 00:00 UTC."
        );
        let both = DailyLimits { tokens: Some(1_000), cost_micros: Some(5_000_000) };
        assert_eq!(
            (both.to_string(), DailyLimits::default().to_string()),
            (", 1,000 tokens a day, $5.00 a day".into(), String::new())
        );
    }

    #[test]
    fn a_day_begins_at_midnight() {
        assert_eq!([0, DAY_MS - 1, DAY_MS, -1].map(day_of), [0, 0, 1, -1]);
    }
}
