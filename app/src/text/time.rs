//! Points in time, in milliseconds since 1970.

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `now`, `6 min`, `1 h`, `yesterday`, `3 days`, `12 May`, `May 2025`. `offset`: what local time is ahead of UTC.
pub fn relative(now: i64, then: i64, offset: i64) -> String {
    let age = now - then;
    let days = day(now + offset) - day(then + offset);
    match age {
        ..MINUTE => "now".into(),
        MINUTE..HOUR => format!("{} min", age / MINUTE),
        HOUR.. if days == 0 || age < 6 * HOUR => format!("{} h", age / HOUR),
        _ if days == 1 => "yesterday".into(),
        _ if days < 7 => format!("{days} days"),
        _ if age < 300 * DAY => short_date(then + offset),
        _ => month(then + offset),
    }
}

/// As [`relative`], within a sentence: `just now`, `6 min ago`, `3 days ago`; `yesterday` and dates as they are.
pub fn ago(now: i64, then: i64, offset: i64) -> String {
    let age = relative(now, then, offset);
    match age.rsplit_once(' ') {
        Some((_, "min" | "h" | "days")) => age + " ago",
        None if age == "now" => "just now".into(),
        _ => age,
    }
}

/// The same for everybody: `14:32` on the day of `now`, else `12 May` or `May 2025`; in UTC.
pub fn absolute(now: i64, then: i64) -> String {
    if day(now) == day(then) {
        return clock(then);
    }
    if now - then < 300 * DAY { short_date(then) } else { month(then) }
}

/// `2026-11-21T14:32:05Z`
pub fn machine(then: i64) -> String {
    let (year, month, date) = civil(day(then));
    let seconds = then.rem_euclid(DAY) / 1_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Number of the day since 1970.
pub fn day(time: i64) -> i64 {
    time.div_euclid(DAY)
}

fn clock(time: i64) -> String {
    let minutes = time.rem_euclid(DAY) / MINUTE;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn short_date(time: i64) -> String {
    let (_, month, date) = civil(day(time));
    format!("{date} {}", MONTHS[month - 1])
}

fn month(time: i64) -> String {
    let (year, month, _) = civil(day(time));
    format!("{} {year}", MONTHS[month - 1])
}

/// Year, month and day of the month (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, usize, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let date = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as usize, date)
}

#[cfg(test)]
mod tests {
    use super::{DAY, HOUR, MINUTE, absolute, ago, machine, relative};

    /// 21 November 2026, 14:32:05 UTC, a Saturday.
    const NOW: i64 = 1_795_271_525_000;

    #[test]
    fn machine_time_is_iso() {
        assert_eq!(machine(NOW), "2026-11-21T14:32:05Z");
        assert_eq!(machine(0), "1970-01-01T00:00:00Z");
        assert_eq!(machine(951_782_400_000), "2000-02-29T00:00:00Z");
    }

    #[test]
    fn ages_are_short() {
        let ages =
            [-MINUTE, 59_000, 6 * MINUTE, HOUR, 5 * HOUR, 14 * HOUR, 20 * HOUR, 3 * DAY, 30 * DAY, 400 * DAY];
        let shown = ages.map(|age| relative(NOW, NOW - age, 0));
        let wanted =
            ["now", "now", "6 min", "1 h", "5 h", "14 h", "yesterday", "3 days", "22 Oct", "Oct 2025"];
        assert_eq!(shown, wanted);
    }

    #[test]
    fn ages_in_a_sentence_say_that_they_are_ages() {
        let ages = [0, 6 * MINUTE, 5 * HOUR, 20 * HOUR, 3 * DAY, 30 * DAY, 400 * DAY];
        let shown = ages.map(|age| ago(NOW, NOW - age, 0));
        assert_eq!(
            shown,
            ["just now", "6 min ago", "5 h ago", "yesterday", "3 days ago", "22 Oct", "Oct 2025"]
        );
    }

    #[test]
    fn days_turn_at_local_midnight() {
        assert_eq!(relative(NOW, NOW - 14 * HOUR, -HOUR), "yesterday");
        assert_eq!(relative(NOW, NOW - 15 * HOUR, HOUR), "15 h");
    }

    #[test]
    fn absolute_times_need_no_zone() {
        let ages = [0, DAY, 400 * DAY].map(|age| absolute(NOW, NOW - age));
        assert_eq!(ages, ["14:32", "20 Nov", "Oct 2025"]);
    }
}
