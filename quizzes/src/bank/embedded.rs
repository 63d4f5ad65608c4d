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

pub(super) const QUESTIONS: [BankFile<'static>; 10] = [
    file!("bank/01-single-node.toml"),
    file!("bank/02-consistent-hashing.toml"),
    file!("bank/03-replication.toml"),
    file!("bank/04-consistency.toml"),
    file!("bank/05-lsm-tree.toml"),
    file!("bank/06-gossip.toml"),
    file!("bank/07-conflicts.toml"),
    file!("bank/08-anti-entropy.toml"),
    file!("bank/09-expiry.toml"),
    file!("bank/10-mock-interview.toml"),
];
