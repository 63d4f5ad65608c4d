//! What was answered day by day, and how well forecasts held.

use serde::Serialize;

use crate::learner::memory::DAY_MS;
use crate::record::{DayCount, ForecastCount};

/// Days that a trend shows.
const DAYS_SHOWN: i64 = 28;
/// Tenths of forecasts that are told together: five rows say enough.
const TENTHS_TOGETHER: u8 = 2;

/// What was answered day by day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trend {
    /// Days in a row with an answer, up to today or yesterday.
    pub streak_days: u32,
    /// The latest four weeks, day by day, oldest first; days without an answer have zeros.
    pub days: Vec<DayCount>,
}

impl Trend {
    pub(super) fn of(days: &[DayCount], now_ms: i64) -> Self {
        let today = now_ms.div_euclid(DAY_MS);
        let on = |day: i64| days.iter().find(|count| count.day == day).copied();
        // Today may still come.
        let last = if on(today).is_some() {
            today
        } else {
            today - 1
        };
        let streak = (0..).take_while(|back| on(last - back).is_some()).count();
        let shown = (today - DAYS_SHOWN + 1..=today).map(|day| {
            on(day).unwrap_or(DayCount {
                day,
                answers: 0,
                right: 0,
            })
        });
        Self {
            streak_days: u32::try_from(streak).unwrap_or(u32::MAX),
            days: shown.collect(),
        }
    }
}

/// Answers whose forecasts were alike, and how many of them were right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// The mean forecast of a right answer, 0 to 1.
    pub foretold: f64,
    /// The share that was right, 0 to 1.
    pub right: f64,
    /// Answers.
    pub answers: u32,
}

impl Calibration {
    pub(super) fn of(forecasts: &[ForecastCount]) -> Vec<Self> {
        let groups =
            forecasts.chunk_by(|a, b| a.tenth / TENTHS_TOGETHER == b.tenth / TENTHS_TOGETHER);
        groups
            .map(|group| {
                let answers: u32 = group.iter().map(|one| one.answers).sum();
                let right: u32 = group.iter().map(|one| one.right).sum();
                let foretold: f64 = group
                    .iter()
                    .map(|one| one.foretold * f64::from(one.answers))
                    .sum();
                Self {
                    foretold: foretold / f64::from(answers.max(1)),
                    right: f64::from(right) / f64::from(answers.max(1)),
                    answers,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Calibration, Trend};
    use crate::learner::memory::DAY_MS;
    use crate::record::{DayCount, ForecastCount};

    #[test]
    fn a_streak_waits_for_today_and_breaks_at_a_gap() {
        let day = |day| DayCount {
            day,
            answers: 2,
            right: 1,
        };
        let days = [day(100), day(102), day(103)];
        let streak = |today: i64| Trend::of(&days, today * DAY_MS).streak_days;
        assert_eq!(streak(103), 2);
        assert_eq!(streak(104), 2, "today may still come");
        assert_eq!(streak(105), 0);
        let trend = Trend::of(&days, 103 * DAY_MS + 5);
        assert_eq!(trend.days.len(), 28);
        let last: Vec<u32> = trend.days[24..].iter().map(|day| day.answers).collect();
        assert_eq!(last, [2, 0, 2, 2]);
        assert_eq!(Trend::of(&[], 0).streak_days, 0);
    }

    #[test]
    fn forecasts_are_told_by_fifths() {
        let tenth = |tenth, answers, right, foretold| ForecastCount {
            tenth,
            answers,
            right,
            foretold,
        };
        let told = Calibration::of(&[
            tenth(4, 10, 4, 0.45),
            tenth(8, 30, 24, 0.85),
            tenth(9, 10, 10, 0.95),
        ]);
        assert_eq!(told.len(), 2);
        assert_eq!(told[1].answers, 40);
        assert!((told[1].foretold - 0.875).abs() < 1e-9);
        assert!((told[1].right - 0.85).abs() < 1e-9);
    }
}
