//! When to come back after a connection was lost: exponential back-off with full jitter.

/// Milliseconds.
const FIRST: f64 = 1_000.0;
const LONGEST: f64 = 30_000.0;

/// How long to wait before the attempt with this number (0 is the first); `random` lies in 0..1. The upper bound
/// doubles from 1 s to 30 s, and the whole range below it is used, so that many browsers don't come back together.
pub fn delay(attempt: u32, random: f64) -> f64 {
    let bound = (FIRST * 2_f64.powi(attempt.min(10) as i32)).min(LONGEST);
    bound * random.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::delay;

    #[test]
    fn the_bound_doubles_up_to_thirty_seconds() {
        let bounds = [0, 1, 2, 3, 4, 5, 6, 100].map(|attempt| delay(attempt, 1.0) as u32);
        assert_eq!(bounds, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn jitter_uses_the_whole_range() {
        assert!(delay(3, 0.0).abs() < f64::EPSILON);
        assert!((delay(3, 0.5) - 4_000.0).abs() < f64::EPSILON);
        assert!((delay(0, 7.0) - 1_000.0).abs() < f64::EPSILON);
    }
}
