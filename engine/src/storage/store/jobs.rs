//! Which upkeep is under way. A job is a merge that can stop after any entry; between steps it is parked
//! here, and whoever steps next goes on with it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::merge_job::{MergeJob, Progress};
use super::view::{Sealed, View};
use super::{Store, lock};
use crate::storage::compact::{Claim, PickState, Picture, Plan, TABLE_BYTES, plan_range};
use crate::storage::describe::{FileId, RunId};
use crate::{Error, Result};

/// Jobs and what they hold.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// Stopped between steps, the longest-waiting first.
    parked: VecDeque<Job>,
    /// In the hands of a caller of `step`.
    pub(super) running: usize,
    /// Tables that some job reads.
    busy: BTreeSet<FileId>,
    /// Where some job writes, by the number of the run that was drawn for it.
    claims: Vec<(RunId, Claim)>,
    /// Whether some job flushes. Memtables are flushed one after another, oldest first.
    flushing: bool,
}

/// A merge, and what becomes of its tables.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) merge: MergeJob,
    pub(super) purpose: Purpose,
}

/// What a caller's wish to merge a range comes to.
#[expect(
    clippy::large_enum_variant,
    reason = "it is made once for a compaction"
)]
pub(super) enum Begun {
    /// There is nothing to merge, or it took no merge.
    Nothing,
    /// A job that is under way holds some of the tables.
    InTheWay,
    Job(Job),
}

#[derive(Clone, Debug)]
pub(super) enum Purpose {
    Flush(Arc<Sealed>),
    Compact {
        plan: Plan,
        /// The number of the run, should it have to be made.
        fresh: RunId,
    },
}

impl Store {
    /// A job to work on: a parked one, or one that begins now.
    pub(super) fn take_job(&self) -> Result<Option<Job>> {
        self.refuse_if_poisoned()?;
        loop {
            let mut jobs = lock(&self.jobs);
            // A flush goes first: writers wait for memtables before they wait for runs.
            if !jobs.flushing
                && let Some(sealed) = self.view.load().sealed.last().cloned()
            {
                jobs.flushing = true;
                jobs.running += 1;
                drop(jobs);
                return self.begin_flush(sealed).map(Some);
            }
            let flush = jobs.parked.iter().position(|job| job.flushes());
            if let Some(job) = jobs.parked.remove(flush.unwrap_or(0)) {
                jobs.running += 1;
                return Ok(Some(job));
            }
            let Some(plan) = self.pick(&jobs) else {
                return Ok(None);
            };
            let Some(job) = self.begin_locked(&mut jobs, plan)? else {
                continue;
            };
            return Ok(Some(job));
        }
    }

    fn pick(&self, jobs: &Jobs) -> Option<Plan> {
        let claims: Vec<Claim> = jobs.claims.iter().map(|(_, claim)| claim.clone()).collect();
        self.with_pick_state(jobs, &claims, |levels, state| {
            self.picker.pick(levels, state)
        })
    }

    /// Begins what merges the tables down to `level` in `from..to`, if there are any.
    pub(super) fn begin_range(&self, from: &[u8], to: Option<&[u8]>, level: u8) -> Result<Begun> {
        let mut jobs = lock(&self.jobs);
        let claims: Vec<Claim> = jobs.claims.iter().map(|(_, claim)| claim.clone()).collect();
        let plan = self.with_pick_state(&jobs, &claims, |levels, state| {
            let plan = plan_range(levels, from, to, level, TABLE_BYTES)?;
            Some((state.is_free(levels, &plan), plan))
        });
        match plan {
            None => Ok(Begun::Nothing),
            Some((false, _)) => Ok(Begun::InTheWay),
            Some((true, plan)) => {
                let job = self.begin_locked(&mut jobs, plan)?;
                Ok(job.map_or(Begun::Nothing, Begun::Job))
            }
        }
    }

    fn with_pick_state<R>(
        &self,
        jobs: &Jobs,
        claims: &[Claim],
        pick: impl FnOnce(&Picture, &PickState<'_>) -> R,
    ) -> R {
        let levels = self
            .view
            .load()
            .levels
            .map(|table| Arc::clone(table.meta()));
        let snapshots = self.snapshots.held();
        let state = PickState {
            busy: &jobs.busy,
            claims,
            now_ms: self.now_ms(),
            oldest_snapshot: snapshots.first().copied().unwrap_or_else(|| self.visible()),
        };
        pick(&levels, &state)
    }

    /// Begins `plan`, or carries it out where that takes no merge; then there is no job.
    fn begin_locked(&self, jobs: &mut Jobs, plan: Plan) -> Result<Option<Job>> {
        if !matches!(plan, Plan::Merge { .. }) {
            self.commit_without_merge(&plan)?;
            return Ok(None);
        }
        let view: Arc<View> = self.view.load_full();
        let fresh = self.new_file();
        let merge = MergeJob::compaction(self, &view, &plan)?;
        jobs.busy.extend(plan.files());
        let picture = view.levels.map(|table| Arc::clone(table.meta()));
        jobs.claims
            .extend(plan.claim(&picture).map(|claim| (fresh, claim)));
        jobs.running += 1;
        Ok(Some(Job {
            merge,
            purpose: Purpose::Compact { plan, fresh },
        }))
    }

    fn begin_flush(&self, sealed: Arc<Sealed>) -> Result<Job> {
        let begun = self
            // A flush drops what a newer version hides, so the newer one must be visible.
            .sync_if_unseen(sealed.memtable.sequence_max().unwrap_or(0))
            .map(|()| MergeJob::flush(self, &sealed));
        match begun {
            Ok(merge) => Ok(Job {
                merge,
                purpose: Purpose::Flush(sealed),
            }),
            Err(why) => {
                let mut jobs = lock(&self.jobs);
                jobs.flushing = false;
                jobs.running -= 1;
                Err(why)
            }
        }
    }

    fn sync_if_unseen(&self, sequence: u64) -> Result<()> {
        if self.visible() >= sequence {
            return Ok(());
        }
        self.sync_to(sequence)
    }

    /// Goes on with `job`, and commits what it made once it is done.
    pub(super) fn work(&self, job: &mut Job, budget_bytes: u64) -> Result<Progress> {
        let progress = job.merge.advance(self, budget_bytes)?;
        if progress.done {
            self.commit(job)?;
        }
        Ok(progress)
    }

    /// Lets go of a job that is not to go on.
    pub(super) fn abandon(&self, job: Job) {
        self.return_job(job, &Err(Error::Closed));
        self.job_done.notify_all();
    }

    /// Parks a job that has more to do; lets go of what one that ended held.
    pub(super) fn return_job(&self, job: Job, outcome: &Result<Progress>) {
        let done = outcome.as_ref().map_or(true, |progress| progress.done);
        let mut jobs = lock(&self.jobs);
        jobs.running -= 1;
        if !done {
            jobs.parked.push_back(job);
            return;
        }
        match &job.purpose {
            Purpose::Flush(_) => jobs.flushing = false,
            Purpose::Compact { plan, fresh } => {
                for table in plan.files() {
                    jobs.busy.remove(&table);
                }
                jobs.claims.retain(|(run, _)| run != fresh);
            }
        }
        drop(jobs);
        // An edit that a failed disk may have kept names these files: a poisoned store leaves them to the next open.
        if outcome.is_err() && self.poison.get().is_none() {
            job.merge.discard(self);
        }
    }
}

impl Job {
    fn flushes(&self) -> bool {
        matches!(self.purpose, Purpose::Flush(_))
    }
}
