//! What each lesson is called, and what there is of it.

use kvorum_quiz::LESSON_TITLES;

/// One lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// 1 to 10, in the order of the course.
    pub number: u8,
    /// Its folder in `lessons/` without the number: `consistent-hashing`.
    pub slug: &'static str,
    /// Its title in the book.
    pub title: &'static str,
    files: &'static [(&'static str, &'static str)],
}

/// A scenario script of a lesson, see [`kvorum::script`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lab {
    /// Its path in `lessons/`: `02-consistent-hashing/move.kv`.
    pub path: &'static str,
    /// The script.
    pub script: &'static str,
}

macro_rules! embedded {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!(concat!("../", $path)))),*] };
}

const fn lesson_of(
    number: u8,
    slug: &'static str,
    files: &'static [(&'static str, &'static str)],
) -> Lesson {
    Lesson {
        number,
        slug,
        title: LESSON_TITLES[number as usize - 1],
        files,
    }
}

const LESSONS: [Lesson; 10] = [
    lesson_of(
        1,
        "single-node",
        embedded![
            "01-single-node/Retry.java",
            "01-single-node/cheatsheet.md",
            "01-single-node/damage.kv",
            "01-single-node/failsync.kv",
            "01-single-node/group.kv",
            "01-single-node/keys.kv",
            "01-single-node/lesson.md",
            "01-single-node/one-machine.kv",
            "01-single-node/promise.kv",
            "01-single-node/retry.kv",
            "01-single-node/retry.py",
            "01-single-node/retry.rs",
            "01-single-node/stall.kv",
            "01-single-node/torn.kv",
            "01-single-node/versions.kv",
        ],
    ),
    lesson_of(
        2,
        "consistent-hashing",
        embedded![
            "02-consistent-hashing/RingLab.java",
            "02-consistent-hashing/balance-1.kv",
            "02-consistent-hashing/balance-128.kv",
            "02-consistent-hashing/balance-16.kv",
            "02-consistent-hashing/balance-allocated.kv",
            "02-consistent-hashing/cheatsheet.md",
            "02-consistent-hashing/hot-128.kv",
            "02-consistent-hashing/hot-16.kv",
            "02-consistent-hashing/lesson.md",
            "02-consistent-hashing/modulo.kv",
            "02-consistent-hashing/move.kv",
            "02-consistent-hashing/owners.kv",
            "02-consistent-hashing/ring.py",
            "02-consistent-hashing/ring.rs",
        ],
    ),
    lesson_of(
        3,
        "replication",
        embedded![
            "03-replication/Levels.java",
            "03-replication/centres.kv",
            "03-replication/cheatsheet.md",
            "03-replication/failed-write.kv",
            "03-replication/hedge.kv",
            "03-replication/latency.kv",
            "03-replication/lesson.md",
            "03-replication/levels.py",
            "03-replication/levels.rs",
            "03-replication/one-down.kv",
            "03-replication/read-repair.kv",
            "03-replication/retry.kv",
            "03-replication/routing.kv",
            "03-replication/second-ack.kv",
            "03-replication/stand-in.kv",
            "03-replication/window.kv",
        ],
    ),
    lesson_of(
        4,
        "consistency",
        embedded![
            "04-consistency/Staleness.java",
            "04-consistency/behind.kv",
            "04-consistency/both-sides.kv",
            "04-consistency/cheatsheet.md",
            "04-consistency/lesson.md",
            "04-consistency/majority.kv",
            "04-consistency/name-agreed.kv",
            "04-consistency/name.kv",
            "04-consistency/new-then-old.kv",
            "04-consistency/point.kv",
            "04-consistency/price.kv",
            "04-consistency/session.kv",
            "04-consistency/staleness.py",
            "04-consistency/staleness.rs",
            "04-consistency/write-back.kv",
        ],
    ),
    lesson_of(
        5,
        "lsm-tree",
        embedded![
            "05-lsm-tree/Prefix.java",
            "05-lsm-tree/cheatsheet.md",
            "05-lsm-tree/crash.kv",
            "05-lsm-tree/deletes.rs",
            "05-lsm-tree/failsync.kv",
            "05-lsm-tree/flip.kv",
            "05-lsm-tree/lesson.md",
            "05-lsm-tree/levels.rs",
            "05-lsm-tree/lie.kv",
            "05-lsm-tree/prefix.py",
            "05-lsm-tree/prefix.rs",
            "05-lsm-tree/queue.kv",
            "05-lsm-tree/restart.kv",
            "05-lsm-tree/torn.kv",
        ],
    ),
    lesson_of(
        6,
        "gossip",
        embedded![
            "06-gossip/Detect.java",
            "06-gossip/cheatsheet.md",
            "06-gossip/cut.kv",
            "06-gossip/deaf.kv",
            "06-gossip/detect.py",
            "06-gossip/detect.rs",
            "06-gossip/first-read.kv",
            "06-gossip/frozen-phi.kv",
            "06-gossip/frozen.kv",
            "06-gossip/gray.kv",
            "06-gossip/kill-one.kv",
            "06-gossip/lesson.md",
            "06-gossip/one-way.kv",
            "06-gossip/phi.kv",
            "06-gossip/ten-minutes.kv",
        ],
    ),
    lesson_of(
        7,
        "conflicts",
        embedded![
            "07-conflicts/SiblingsLab.java",
            "07-conflicts/blind-puts.kv",
            "07-conflicts/branches.kv",
            "07-conflicts/cheatsheet.md",
            "07-conflicts/counter.kv",
            "07-conflicts/delete-blind.kv",
            "07-conflicts/delete.kv",
            "07-conflicts/far-ahead.kv",
            "07-conflicts/lesson.md",
            "07-conflicts/lww-all.kv",
            "07-conflicts/lww-hybrid-carried.kv",
            "07-conflicts/lww-hybrid-unheard.kv",
            "07-conflicts/lww-hybrid.kv",
            "07-conflicts/lww-wall.kv",
            "07-conflicts/lww-window.kv",
            "07-conflicts/merge.kv",
            "07-conflicts/one-server.kv",
            "07-conflicts/orset-add-wins.kv",
            "07-conflicts/orset.kv",
            "07-conflicts/overdraft.kv",
            "07-conflicts/siblings.kv",
            "07-conflicts/siblings.py",
            "07-conflicts/siblings.rs",
        ],
    ),
    lesson_of(
        8,
        "anti-entropy",
        embedded![
            "08-anti-entropy/CatchUp.java",
            "08-anti-entropy/catch_up.py",
            "08-anti-entropy/catch_up.rs",
            "08-anti-entropy/cheatsheet.md",
            "08-anti-entropy/hint-window.kv",
            "08-anti-entropy/hints.kv",
            "08-anti-entropy/lesson.md",
            "08-anti-entropy/one-key.kv",
            "08-anti-entropy/purge-safe.kv",
            "08-anti-entropy/read-repair.kv",
            "08-anti-entropy/replay.kv",
            "08-anti-entropy/sloppy.kv",
            "08-anti-entropy/strict.kv",
            "08-anti-entropy/trees.kv",
            "08-anti-entropy/wiped.kv",
            "08-anti-entropy/zombie.kv",
        ],
    ),
    lesson_of(
        9,
        "expiry",
        embedded![
            "09-expiry/Flight.java",
            "09-expiry/cheatsheet.md",
            "09-expiry/cut-off.kv",
            "09-expiry/flight.py",
            "09-expiry/flight.rs",
            "09-expiry/hidden.kv",
            "09-expiry/lesson.md",
            "09-expiry/noon.kv",
            "09-expiry/renew.kv",
            "09-expiry/skew.kv",
            "09-expiry/stale-fill.kv",
            "09-expiry/stampede.kv",
            "09-expiry/uncover.kv",
        ],
    ),
    lesson_of(
        10,
        "mock-interview",
        embedded![
            "10-mock-interview/Design.java",
            "10-mock-interview/bots.kv",
            "10-mock-interview/cart.kv",
            "10-mock-interview/cheatsheet.md",
            "10-mock-interview/design.py",
            "10-mock-interview/design.rs",
            "10-mock-interview/flap.kv",
            "10-mock-interview/gray.kv",
            "10-mock-interview/lease.kv",
            "10-mock-interview/leftover.kv",
            "10-mock-interview/lesson.md",
            "10-mock-interview/logout.kv",
            "10-mock-interview/race.kv",
            "10-mock-interview/rubric.toml",
        ],
    ),
];

/// All ten lessons, in order.
#[must_use]
pub fn lessons() -> &'static [Lesson; 10] {
    static ALL: [Lesson; 10] = LESSONS;
    &ALL
}

/// The lesson of this number, 1 to 10.
#[must_use]
pub fn lesson(number: u8) -> Option<&'static Lesson> {
    lessons().iter().find(|lesson| lesson.number == number)
}

/// The lesson of this slug: `consistent-hashing`.
#[must_use]
pub fn by_slug(slug: &str) -> Option<&'static Lesson> {
    lessons().iter().find(|lesson| lesson.slug == slug)
}

/// The lab scripts of a lesson, in the order of their names.
#[must_use]
pub fn labs(number: u8) -> Vec<Lab> {
    let files = lesson(number).map_or(&[][..], |lesson| lesson.files);
    let mut labs: Vec<Lab> = files
        .iter()
        .filter(|(path, _)| path.ends_with(".kv"))
        .map(|(path, script)| Lab { path, script })
        .collect();
    labs.sort_unstable_by_key(|lab| lab.path);
    labs
}

/// The cheat sheet of a lesson, Markdown.
#[must_use]
pub fn cheatsheet(number: u8) -> Option<&'static str> {
    lesson(number)?.file("cheatsheet.md")
}

/// The cheat sheet for the whole course, Markdown.
#[must_use]
pub fn whole_cheatsheet() -> &'static str {
    include_str!("../cheatsheet.md")
}

/// Every embedded file: its path in `lessons/` and its text.
pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    lessons()
        .iter()
        .flat_map(|lesson| lesson.files.iter().copied())
        .chain(std::iter::once(("cheatsheet.md", whole_cheatsheet())))
}

impl Lesson {
    /// The folder in `lessons/`: `02-consistent-hashing`.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{:02}-{}", self.number, self.slug)
    }

    /// The lesson's text, Markdown with the book's directives.
    #[must_use]
    pub fn text(&self) -> Option<&'static str> {
        self.file("lesson.md")
    }

    fn file(&self, name: &str) -> Option<&'static str> {
        let named = |path: &str| path.split_once('/').is_some_and(|(_, file)| file == name);
        self.files
            .iter()
            .find(|(path, _)| named(path))
            .map(|(_, text)| *text)
    }
}

#[cfg(test)]
mod tests;
