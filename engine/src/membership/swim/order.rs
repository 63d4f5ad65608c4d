//! Whom to probe next: all in turn, in an order that is drawn anew for each pass (SWIM 2002, section 4.3). Probed at
//! random, a member may be left out for any time; so, between two probes of it lie at most 2 (n - 1) - 1 periods.

use crate::base::rng::Rng;

#[derive(Clone, Debug)]
pub(super) struct ProbeOrder {
    pass: Vec<usize>,
    at: usize,
}

impl ProbeOrder {
    /// Over these members.
    pub(super) fn new(members: &[usize]) -> Self {
        Self {
            pass: members.to_vec(),
            at: members.len(),
        }
    }

    /// The next that `fits`; none when no member does.
    pub(super) fn next(&mut self, rng: &mut Rng, fits: impl Fn(usize) -> bool) -> Option<usize> {
        // The rest of one pass and the whole of the next meet every member.
        for _ in 0..2 * self.pass.len() {
            if self.at == self.pass.len() {
                self.shuffle(rng);
            }
            let member = self.pass[self.at];
            self.at += 1;
            if fits(member) {
                return Some(member);
            }
        }
        None
    }

    fn shuffle(&mut self, rng: &mut Rng) {
        for end in (1..self.pass.len()).rev() {
            let with = rng.index(end + 1);
            self.pass.swap(end, with);
        }
        self.at = 0;
    }
}
