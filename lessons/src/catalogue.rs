//! What each lesson is called, and what there is of it.

use kvorum_quiz::LESSON_TITLES;

/// Whether a lesson can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Its text, labs and cheat sheet are here.
    Done,
    /// It has its place in the course and perhaps its labs, and nothing to read yet.
    Planned,
}

/// One lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// 1 to 10, in the order of the course.
    pub number: u8,
    /// Its folder in `lessons/` without the number: `consistent-hashing`.
    pub slug: &'static str,
    /// Its title in the book.
    pub title: &'static str,
    /// Whether it can be taken.
    pub status: Status,
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

const fn planned(
    number: u8,
    slug: &'static str,
    files: &'static [(&'static str, &'static str)],
) -> Lesson {
    Lesson {
        number,
        slug,
        title: LESSON_TITLES[number as usize - 1],
        status: Status::Planned,
        files,
    }
}

const LESSONS: [Lesson; 10] = [
    planned(1, "single-node", &[]),
    Lesson {
        number: 2,
        slug: "consistent-hashing",
        title: LESSON_TITLES[1],
        status: Status::Done,
        files: embedded![
            "02-consistent-hashing/balance-16.kv",
            "02-consistent-hashing/balance-128.kv",
            "02-consistent-hashing/balance-1.kv",
            "02-consistent-hashing/cheatsheet.md",
            "02-consistent-hashing/hot-128.kv",
            "02-consistent-hashing/hot-16.kv",
            "02-consistent-hashing/lesson.md",
            "02-consistent-hashing/modulo.kv",
            "02-consistent-hashing/move.kv",
            "02-consistent-hashing/owners.kv",
            "02-consistent-hashing/ring.py",
            "02-consistent-hashing/RingLab.java",
        ],
    },
    planned(
        3,
        "replication",
        embedded![
            "03-replication/failed-write.kv",
            "03-replication/hedge.kv",
            "03-replication/latency.kv",
            "03-replication/one-down.kv",
            "03-replication/second-ack.kv",
        ],
    ),
    planned(
        4,
        "consistency",
        embedded![
            "04-consistency/both-sides.kv",
            "04-consistency/majority.kv",
            "04-consistency/new-then-old.kv",
            "04-consistency/session.kv",
            "04-consistency/write-back.kv",
        ],
    ),
    planned(5, "lsm-tree", &[]),
    planned(
        6,
        "gossip",
        embedded![
            "06-gossip/deaf.kv",
            "06-gossip/frozen-phi.kv",
            "06-gossip/frozen.kv",
            "06-gossip/kill-one.kv",
            "06-gossip/one-way.kv",
            "06-gossip/phi.kv",
        ],
    ),
    planned(
        7,
        "conflicts",
        embedded![
            "07-conflicts/blind-puts.kv",
            "07-conflicts/counter.kv",
            "07-conflicts/lww-hybrid-unheard.kv",
            "07-conflicts/lww-hybrid.kv",
            "07-conflicts/lww-wall.kv",
            "07-conflicts/merge.kv",
            "07-conflicts/orset-add-wins.kv",
            "07-conflicts/orset.kv",
            "07-conflicts/siblings.kv",
        ],
    ),
    planned(
        8,
        "anti-entropy",
        embedded![
            "08-anti-entropy/hint-window.kv",
            "08-anti-entropy/hints.kv",
            "08-anti-entropy/one-key.kv",
            "08-anti-entropy/purge-safe.kv",
            "08-anti-entropy/sloppy.kv",
            "08-anti-entropy/strict.kv",
            "08-anti-entropy/zombie.kv",
        ],
    ),
    planned(9, "expiry", &[]),
    planned(10, "mock-interview", &[]),
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

/// The lab scripts of a lesson, in the order of their names. A planned lesson may have its labs before its text.
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

/// Every embedded file: its path in `lessons/` and its text.
pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    lessons()
        .iter()
        .flat_map(|lesson| lesson.files.iter().copied())
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
