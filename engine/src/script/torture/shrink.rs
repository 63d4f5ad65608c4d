//! Making a failing scenario small.

use super::judge;
use crate::Result;

/// The most runs that shrinking one failure may take.
const SHRINK_RUNS_MAX: usize = 2_000;

/// Leaves out lines, in halves and then fewer at a time, as long as a check still fails; and starts over while
/// that helps.
pub(super) fn shrink(mut lines: Vec<String>) -> Result<Vec<String>> {
    let mut runs = 0;
    loop {
        let before = lines.len();
        let mut chunk = lines.len() / 2;
        while chunk > 0 {
            let mut at = 1; // The first line makes the cluster.
            while at < lines.len() && runs < SHRINK_RUNS_MAX {
                let mut fewer = lines.clone();
                fewer.drain(at..(at + chunk).min(lines.len()));
                runs += 1;
                if judge(&fewer)?.broken.is_some() {
                    lines = fewer;
                } else {
                    at += chunk;
                }
            }
            chunk /= 2;
        }
        if lines.len() == before || runs >= SHRINK_RUNS_MAX {
            return Ok(lines);
        }
    }
}
