//! What clients saw of one register, and whether it is linearizable.
//!
//! Every answer names a version, and the state's log tells which change made each version. The register is linearizable
//! by its versions if a version is made by one change, a change makes one version, and an answer's version is no lower
//! than any that had been answered when its operation began.

use super::ballot::Log;

/// Clients at most.
pub const CLIENTS: usize = 3;
/// Changes have ids below this.
const IDS: usize = 16;

#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct History {
    /// Which version each change made, as far as answers have told.
    made: [u8; IDS],
    /// The highest version answered.
    top: u8,
    /// The highest version answered when each client's operation began.
    floor: [u8; CLIENTS],
    /// What is wrong with it.
    pub wrong: Option<&'static str>,
}

impl History {
    pub fn begin(&mut self, client: usize) {
        self.floor[client] = self.top;
    }

    /// The client's operation is answered: it took place at `version` (a change made it, a read found it), and the
    /// state was `log`.
    pub fn answer(&mut self, client: usize, version: u8, log: Log) {
        if version < self.floor[client] {
            self.wrong = Some("an answer is older than one before its operation began");
        }
        self.saw(log);
        self.top = self.top.max(version);
        self.floor[client] = 0;
    }

    /// Somebody finds `log` agreed on, which may be older than what others were told.
    pub fn saw(&mut self, log: Log) {
        for (place, id) in log.ids().enumerate() {
            let version = log.base + 1 + place as u8;
            if self
                .made
                .iter()
                .enumerate()
                .any(|(other, made)| *made == version && other != usize::from(id))
            {
                self.wrong = Some("one version was made by two changes");
            }
            let made = &mut self.made[usize::from(id)];
            if *made != 0 && *made != version {
                self.wrong = Some("a change was applied twice");
            }
            *made = version;
        }
    }
}
