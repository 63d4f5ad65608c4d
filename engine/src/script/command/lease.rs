//! `lease acquire`, `lease renew`, `lease release`.

use core::time::Duration;

use super::super::values::{count, duration};
use super::words::{Parsed, Words, one_of, value};
use crate::NodeId;

/// What a holder does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::script) enum LeaseStep {
    Acquire(Duration),
    Renew(Duration),
    Release,
}

/// A lease's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::script) struct LeaseLine {
    pub(in crate::script) step: LeaseStep,
    pub(in crate::script) name: String,
    pub(in crate::script) holder: String,
    pub(in crate::script) via: Option<NodeId>,
    pub(in crate::script) timeout: Option<Duration>,
    pub(in crate::script) table: Option<String>,
    pub(in crate::script) client: u32,
}

pub(super) fn lease(words: &mut Words<'_>) -> Parsed<LeaseLine> {
    type MakeStep = fn(Duration) -> LeaseStep;
    const STEPS: &[(&str, Option<MakeStep>)] = &[
        ("acquire", Some(LeaseStep::Acquire)),
        ("renew", Some(LeaseStep::Renew)),
        ("release", None),
    ];
    let step = words.read("acquire, renew or release", |text| one_of(text, STEPS))?;
    let name = words.word("what is leased")?.text();
    let holder = words.word("who holds it")?.text();
    let (via, mut ttl, mut timeout, mut table, mut client) = (words.via()?, None, None, None, 0);
    for setting in &words.line.settings {
        match setting.name.as_str() {
            "ttl" if step.is_none() => {
                return Err(words.place.error(
                    setting.column,
                    "a lease that is released lasts no longer: leave ttl= out",
                ));
            }
            "ttl" => ttl = Some(value(words.place, setting, duration)?),
            "timeout" => timeout = Some(value(words.place, setting, duration)?),
            "table" => table = Some(setting.value.text()),
            "client" => client = value(words.place, setting, count)?,
            other => unreachable!("'{other}' stands in the table of verbs"),
        }
    }
    let step = match (step, ttl) {
        (None, _) => LeaseStep::Release,
        (Some(step), Some(ttl)) => step(ttl),
        (Some(_), None) => return Err(words.missing("how long it lasts, ttl=,")),
    };
    Ok(LeaseLine {
        step,
        name,
        holder,
        via,
        timeout,
        table,
        client,
    })
}
