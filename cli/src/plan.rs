//! `kvorum plan`.

use std::io::Write as _;
use std::path::Path;

use kvorum_quiz::plan::{Outlook, interview_on, render_plan};
use kvorum_quiz::record::Plan;
use kvorum_quiz::{Bank, Clock as _, SystemClock};

use crate::args::PlanArgs;
use crate::exit::{Exit, Stop};
use crate::record;
use crate::terminal::Terminal;

/// Minutes a day where nobody said how many.
const MINUTES_USUAL: u32 = 30;

/// Says what to do today and what it is worth; keeps the day of the interview and the minutes, when named.
///
/// # Errors
/// [`Stop::Usage`] for a day that is none; [`Stop::Environment`] for a record that cannot be used.
pub fn plan(args: &PlanArgs, db: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let now_ms = SystemClock.now_ms();
    let named = match &args.interview {
        Some(day) => Some(
            interview_on(day, now_ms)
                .map_err(|what| Stop::Usage(format!("--interview: {what}")))?,
        ),
        None => None,
    };
    let record = match named.is_some() || args.minutes.is_some() {
        true => record::open(db, terminal)?,
        false => record::open_to_read(db)?,
    };
    let held = record.plan().map_err(record::unusable)?;
    let interview_ms = named.or(held.map(|plan| plan.interview_ms));
    let minutes = args
        .minutes
        .or(held.map(|plan| plan.minutes))
        .unwrap_or(MINUTES_USUAL);
    let wanted = interview_ms.map(|interview_ms| Plan {
        at_ms: now_ms,
        interview_ms,
        minutes,
    });
    let changed = |plan: &Plan| {
        held.is_none_or(|held| {
            (held.interview_ms, held.minutes) != (plan.interview_ms, plan.minutes)
        })
    };
    if let Some(plan) = wanted.filter(changed) {
        record.keep_plan(&plan).map_err(record::unusable)?;
    }
    let bank = Bank::embedded().map_err(|error| record::refused(error.into()))?;
    let outlook =
        Outlook::gather(&record, &bank, interview_ms, minutes, now_ms).map_err(record::refused)?;
    if args.json {
        writeln!(terminal, "{}", serde_json::json!(outlook))?;
        return Ok(Exit::Done);
    }
    let (columns, colour) = (terminal.columns(), terminal.is_coloured());
    write!(terminal, "{}", render_plan(&outlook, columns, colour))?;
    if interview_ms.is_none() {
        let hint =
            "No interview day is set, so three weeks are assumed: kvorum plan --interview DATE";
        terminal.remark(hint);
    }
    Ok(Exit::Done)
}
