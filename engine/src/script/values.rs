//! Reading the language's small values: times, shares, counts, nodes.

use core::str::FromStr;
use core::time::Duration;

use crate::base::id::BadName;

/// `250us`, `10ms`, `1.5s`, `5m`, `1h`, `3d`; a bare 0 is no time at all.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let bad = || {
        format!(
            "'{text}' is no time: write a number and a unit, like 250us, 10ms, 2s, 5m, 1h or 3d"
        )
    };
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .ok_or_else(bad)?;
    let (number, unit) = text.split_at(digits);
    let unit_ns: u64 = match unit {
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        "d" => 86_400 * 1_000_000_000,
        _ => return Err(bad()),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole: u64 = whole.parse().map_err(|_| bad())?;
    if fraction.is_empty() || fraction.len() > 9 {
        return Err(bad());
    }
    let part: u64 = fraction.parse().map_err(|_| bad())?;
    let scale = 10_u64.pow(fraction.len() as u32);
    let ns = whole.checked_mul(unit_ns).ok_or_else(bad)?;
    Ok(Duration::from_nanos(ns.saturating_add(
        (u128::from(part) * u128::from(unit_ns) / u128::from(scale)) as u64,
    )))
}

/// `10%` or `0.1`, from 0 to 1.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let bad = || format!("'{text}' is no share: write it from 0% to 100%");
    let (number, divisor) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    let value = f64::from_str(number).map_err(|_| bad())? / divisor;
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(bad())
    }
}

/// `64KiB`, `10MB`, `100`: bytes.
pub(super) fn size(text: &str) -> Result<usize, String> {
    let bad = || format!("'{text}' is no size: write bytes, like 100, 64KiB or 10MB");
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit: usize = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "KB" => 1_000,
        "MB" => 1_000_000,
        _ => return Err(bad()),
    };
    number
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(bad)
}

/// A whole number.
pub(super) fn count<T: FromStr>(text: &str) -> Result<T, String> {
    text.replace('_', "")
        .parse()
        .map_err(|_| format!("'{text}' is no whole number in range"))
}

/// A node or zone.
pub(super) fn name<T: FromStr<Err = BadName>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|bad: BadName| bad.to_string())
}

/// `on` or `off`.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("'{text}' is neither on nor off")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_shares_and_sizes_are_read_or_refused() {
        assert_eq!(duration("250us"), Ok(Duration::from_micros(250)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("3d"), Ok(Duration::from_secs(259_200)));
        for bad in [
            "",
            "10",
            "ms",
            "-1s",
            "1.s",
            "1 s",
            "99999999999999999999s",
            "1e3s",
            "18446744073709551615d",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert_eq!(share("10%"), Ok(0.1));
        assert!(share("nan").is_err() && share("101%").is_err() && share("-1%").is_err());
        assert_eq!(size("64KiB"), Ok(65_536));
        assert!(size("99999999999999MiB9").is_err() && size("").is_err());
    }
}
