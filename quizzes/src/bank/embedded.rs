//! The bank's files, inside the program: the command works from any folder.

use super::BankFile;

macro_rules! file {
    ($path:literal) => {
        BankFile {
            name: concat!("quizzes/", $path),
            text: include_str!(concat!("../../", $path)),
        }
    };
}

pub(super) const MISCONCEPTIONS: BankFile<'static> = file!("misconceptions.toml");

pub(super) const POLLS: BankFile<'static> = file!("polls.toml");

pub(super) const QUESTIONS: [BankFile<'static>; 3] = [
    file!("bank/02-consistent-hashing.toml"),
    file!("bank/03-replication.toml"),
    file!("bank/04-cap.toml"),
];
