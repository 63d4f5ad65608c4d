//! What each lesson is called, and what there is of it.

use kvorum_quiz::LESSON_TITLES;

/// Whether a lesson can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Its text, labs and cheat sheet are here.
    Done,
    /// It has its place in the course, and nothing to read yet.
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

const fn planned(number: u8, slug: &'static str) -> Lesson {
    Lesson {
        number,
        slug,
        title: LESSON_TITLES[number as usize - 1],
        status: Status::Planned,
        files: &[],
    }
}

const LESSONS: [Lesson; 10] = [
    planned(1, "single-node"),
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
    planned(3, "replication"),
    planned(4, "consistency"),
    planned(5, "lsm-tree"),
    planned(6, "gossip"),
    planned(7, "conflicts"),
    planned(8, "anti-entropy"),
    planned(9, "expiry"),
    planned(10, "mock-interview"),
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

/// The lab scripts of a lesson, in the order of their names; none while it is planned.
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
