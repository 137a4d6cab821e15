//! Token buckets by key: each holds what may be done in a minute, and fills up again over one.
//!
//! Invariant: memory is bounded, whoever asks: where too many are kept, full ones are forgotten, and newcomers share one.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const MINUTE: f64 = 60.0;

/// As many keys as are told apart at a time.
const MOST_KEPT: usize = 20_000;

pub(crate) struct Buckets<K> {
    per_minute: f64,
    most_kept: usize,
    kept: Mutex<Kept<K>>,
}

struct Kept<K> {
    buckets: HashMap<K, Bucket>,
    /// Of all who came when there was no more room.
    shared: Option<Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl<K: Hash + Eq> Buckets<K> {
    pub(crate) fn new(per_minute: u32) -> Self {
        let kept = Mutex::new(Kept { buckets: HashMap::new(), shared: None });
        Self { per_minute: f64::from(per_minute), most_kept: MOST_KEPT, kept }
    }

    /// Takes one, or says how long to wait for the next.
    pub(crate) fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.buckets.len() >= self.most_kept && !kept.buckets.contains_key(&key) {
            kept.buckets.retain(|_, bucket| bucket.tokens(self.per_minute, now) < self.per_minute);
        }
        let full = Bucket { tokens: self.per_minute, at: now };
        let room = kept.buckets.len() < self.most_kept || kept.buckets.contains_key(&key);
        let bucket =
            if room { kept.buckets.entry(key).or_insert(full) } else { kept.shared.get_or_insert(full) };
        bucket.take(self.per_minute, now)
    }
}

impl Bucket {
    fn tokens(&self, per_minute: f64, now: Instant) -> f64 {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        (self.tokens + since * per_minute / MINUTE).min(per_minute)
    }

    fn take(&mut self, per_minute: f64, now: Instant) -> Result<(), Duration> {
        let tokens = self.tokens(per_minute, now);
        *self = Self { tokens, at: now.max(self.at) };
        if tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - tokens) * MINUTE / per_minute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_up_again() {
        let (buckets, start) = (Buckets::new(60), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let taken = |key, now| (0..1000).take_while(|_| buckets.take(key, now).is_ok()).count();
        assert_eq!(taken("ada", start), 60);
        assert_eq!(buckets.take("ada", start), Err(Duration::from_secs(1)));
        assert_eq!(taken("bob", start), 60, "each their own");
        assert_eq!(taken("ada", after(10)), 10);
        assert_eq!(taken("ada", after(1000)), 60, "never more than a minute's");
        assert_eq!(buckets.take("ada", start), Err(Duration::from_secs(1)), "a clock behind gives nothing");
    }

    #[test]
    fn too_many_to_tell_apart_share_one() {
        let (mut buckets, start) = (Buckets::new(60), Instant::now());
        buckets.most_kept = 100;
        for key in 0..100 {
            buckets.take(key, start).unwrap();
        }
        let newcomers = (100..1000).filter(|key| buckets.take(*key, start).is_ok()).count();
        assert_eq!(newcomers, 60);
        buckets.take(0, start).unwrap();
        assert_eq!(buckets.kept.lock().unwrap().buckets.len(), 100);
        let later = start + Duration::from_mins(1);
        buckets.take(5000, later).unwrap();
        assert_eq!(buckets.kept.lock().unwrap().buckets.len(), 1, "who has rested is forgotten");
    }
}
