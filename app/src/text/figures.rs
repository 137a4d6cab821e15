//! Counts, sizes, costs and durations.

pub use slipway_protocol::count;

/// `1 file`, `6 files`
pub fn plural(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number as u64))
}

/// `840`, `38 k`, `1.2 M`
pub fn tokens(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{} k", number / 1_000),
        _ => {
            let tenths = number / 100_000;
            if tenths.is_multiple_of(10) {
                format!("{} M", tenths / 10)
            } else {
                format!("{}.{} M", tenths / 10, tenths % 10)
            }
        }
    }
}

/// `840 bytes`, `48 KB`, `1.2 MB`
pub fn bytes(number: u64) -> String {
    match number {
        0..1_000 => plural(number as usize, "byte"),
        1_000..1_000_000 => format!("{} KB", number / 1_000),
        _ => format!("{}.{} MB", count(number / 1_000_000), number / 100_000 % 10),
    }
}

/// A stretch of seconds in its largest whole unit: "14 days".
pub fn span(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let whole = units.into_iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
    let (length, unit) = whole.unwrap_or((1, "second"));
    plural((seconds / length) as usize, unit)
}

/// `$0.42`
pub fn cost(micros: u64) -> String {
    let cents = (micros + 5_000) / 10_000;
    if cents == 0 && micros > 0 {
        return "< $0.01".into();
    }
    format!("${}.{:02}", count(cents / 100), cents % 100)
}

/// `0.4 s`, `4 s`, `1 min 12 s`, `2 h 5 min`
pub fn duration(milliseconds: i64) -> String {
    let tenths = milliseconds.max(0) / 100;
    let seconds = tenths / 10;
    match seconds {
        0..10 if tenths % 10 != 0 => format!("{seconds}.{} s", tenths % 10),
        0..60 => format!("{seconds} s"),
        60..3_600 if seconds % 60 == 0 => format!("{} min", seconds / 60),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ if seconds % 3_600 < 60 => format!("{} h", seconds / 3_600),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// How full the conversation is, in percent; none where the limit is unknown.
pub fn percent(used: u64, limit: u64) -> Option<u64> {
    (limit > 0).then(|| (used * 100 / limit).min(100))
}

#[cfg(test)]
mod tests {
    use super::{bytes, cost, duration, percent, plural, span, tokens};

    #[test]
    fn a_span_is_told_in_its_largest_whole_unit() {
        let told = [1_209_600, 86_400, 600, 90, 0].map(span);
        assert_eq!(told, ["14 days", "1 day", "10 minutes", "90 seconds", "0 seconds"]);
    }

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(
            [plural(1, "file"), plural(6, "file"), plural(0, "step")],
            ["1 file", "6 files", "0 steps"]
        );
    }

    #[test]
    fn tokens_and_costs_are_short() {
        assert_eq!(
            [840, 38_123, 200_000, 1_000_000, 1_250_000].map(tokens),
            ["840", "38 k", "200 k", "1 M", "1.2 M"]
        );
        assert_eq!([0, 4_000, 420_000, 1_234_567_000].map(cost), ["$0.00", "< $0.01", "$0.42", "$1,234.57"]);
        assert_eq!([percent(76_000, 200_000), percent(1, 0), percent(9, 3)], [Some(38), None, Some(100)]);
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!([1, 840, 48_999, 1_250_000].map(bytes), ["1 byte", "840 bytes", "48 KB", "1.2 MB"]);
    }

    #[test]
    fn durations_keep_two_units_at_most() {
        let shown = [-5, 0, 400, 3_140, 4_000, 12_900, 60_000, 72_000, 3_600_000, 7_500_000].map(duration);
        let wanted =
            ["0 s", "0 s", "0.4 s", "3.1 s", "4 s", "12 s", "1 min", "1 min 12 s", "1 h", "2 h 5 min"];
        assert_eq!(shown, wanted);
    }
}
