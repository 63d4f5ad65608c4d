//! Days, as people write them. All of them are UTC's: a day more or less does not change a plan.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::learner::memory::DAY_MS;

/// The hour of an interview of which only the day is known.
const INTERVIEW_HOUR: i8 = 12;
/// Days ahead that an interview may lie.
pub const DAYS_AHEAD_MAX: i64 = 3 * 366;

/// The moment of an interview on `day`, written `2026-12-19`, in milliseconds since 1970.
///
/// # Errors
/// What is wrong with the day: not written so, before today, or too far ahead.
pub fn interview_on(day: &str, now_ms: i64) -> Result<i64, String> {
    let today = date(now_ms);
    let example = today.checked_add(21.days()).unwrap_or(today);
    let date: Date = day
        .trim()
        .parse()
        .map_err(|_| format!("'{day}' is no day: write it as {example}"))?;
    let noon = date.at(INTERVIEW_HOUR, 0, 0, 0).to_zoned(TimeZone::UTC);
    let noon_ms = noon
        .map_err(|error| error.to_string())?
        .timestamp()
        .as_millisecond();
    if date < today {
        return Err(format!("{date} is over; today is {today}"));
    }
    if noon_ms - now_ms > DAYS_AHEAD_MAX * DAY_MS {
        return Err(format!("{date} is more than three years ahead"));
    }
    Ok(noon_ms)
}

/// `Sat 19 Dec 2026`.
#[must_use]
pub fn day_text(at_ms: i64) -> String {
    date(at_ms).strftime("%a %-d %b %Y").to_string()
}

/// Whole days from the day of `from_ms` to the day of `to_ms`; 0 for the same day or an earlier one.
#[must_use]
pub fn days_between(from_ms: i64, to_ms: i64) -> i64 {
    (to_ms.div_euclid(DAY_MS) - from_ms.div_euclid(DAY_MS)).max(0)
}

fn date(at_ms: i64) -> Date {
    let moment = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::{DAY_MS, day_text, days_between, interview_on};

    /// 2026-11-28, 10:00.
    const NOW_MS: i64 = 1_795_860_000_000;

    #[test]
    fn a_day_is_read_and_told() {
        assert_eq!(day_text(NOW_MS), "Sat 28 Nov 2026");
        let interview = interview_on("2026-12-19", NOW_MS).unwrap();
        assert_eq!(day_text(interview), "Sat 19 Dec 2026");
        assert_eq!(days_between(NOW_MS, interview), 21);
        assert_eq!(days_between(interview, NOW_MS), 0);
        assert_eq!(days_between(NOW_MS, NOW_MS + DAY_MS), 1);
        assert!(interview_on("2026-11-28", NOW_MS).is_ok(), "today");
    }

    #[test]
    fn what_is_no_day_says_how_one_is_written() {
        for (day, part) in [
            ("19.12.2026", "write it as 2026-12-19"),
            ("2026-13-01", "write it as"),
            ("", "write it as"),
            ("2026-11-27", "is over; today is 2026-11-28"),
            ("2099-01-01", "three years"),
        ] {
            let error = interview_on(day, NOW_MS).unwrap_err();
            assert!(error.contains(part), "{day}: {error}");
        }
    }
}
