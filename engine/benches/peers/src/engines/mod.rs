//! The engines, each behind [`crate::engine::Engine`] with the settings the header of the output names.

mod fjall;
mod kvorum;
mod redb;
mod rocksdb;

pub use self::{fjall::Fjall, kvorum::Kvorum, redb::Redb, rocksdb::Rocks};

/// An engine by name, in the order of the table's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Name {
    /// Kvorum's storage engine.
    Kvorum,
    /// RocksDB, through the crate `rocksdb`.
    Rocksdb,
    /// fjall.
    Fjall,
    /// redb.
    Redb,
}

impl Name {
    /// Every engine, in the order of the table's columns.
    pub const ALL: [Self; 4] = [Self::Kvorum, Self::Rocksdb, Self::Fjall, Self::Redb];

    /// As it is written on the command line and in the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kvorum => "kvorum",
            Self::Rocksdb => "rocksdb",
            Self::Fjall => "fjall",
            Self::Redb => "redb",
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Calls a function that is generic over the engine with the type that bears the name.
macro_rules! with_engine {
    ($name:expr, $function:ident ( $($argument:expr),* $(,)? )) => {
        match $name {
            $crate::engines::Name::Kvorum => $function::<$crate::engines::Kvorum>($($argument),*),
            $crate::engines::Name::Rocksdb => $function::<$crate::engines::Rocks>($($argument),*),
            $crate::engines::Name::Fjall => $function::<$crate::engines::Fjall>($($argument),*),
            $crate::engines::Name::Redb => $function::<$crate::engines::Redb>($($argument),*),
        }
    };
}
pub(crate) use with_engine;
