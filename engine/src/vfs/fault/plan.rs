//! Which calls fail, how, and what was counted so far.

use crate::{Error, Result};

/// A kind of call that touches the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Call {
    /// [`Vfs::open`](crate::vfs::Vfs::open) of a file that is there.
    Open,
    /// [`Vfs::open`](crate::vfs::Vfs::open) of a file that is not.
    Create,
    /// [`Vfs::exists`](crate::vfs::Vfs::exists).
    Exists,
    /// [`Vfs::list`](crate::vfs::Vfs::list).
    List,
    /// [`Vfs::remove`](crate::vfs::Vfs::remove).
    Remove,
    /// [`Vfs::rename`](crate::vfs::Vfs::rename).
    Rename,
    /// [`Vfs::link`](crate::vfs::Vfs::link).
    Link,
    /// [`Vfs::folder`](crate::vfs::Vfs::folder).
    Folder,
    /// [`Vfs::lock`](crate::vfs::Vfs::lock).
    Lock,
    /// [`Vfs::sync_dir`](crate::vfs::Vfs::sync_dir).
    SyncDir,
    /// [`File::append`](crate::vfs::File::append).
    Append,
    /// [`File::write_at`](crate::vfs::File::write_at).
    WriteAt,
    /// [`File::read_at`](crate::vfs::File::read_at).
    ReadAt,
    /// [`File::len`](crate::vfs::File::len).
    Len,
    /// [`File::truncate`](crate::vfs::File::truncate).
    Truncate,
    /// [`File::sync`](crate::vfs::File::sync).
    Sync,
}

impl Call {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::Open,
        Self::Create,
        Self::Exists,
        Self::List,
        Self::Remove,
        Self::Rename,
        Self::Link,
        Self::Folder,
        Self::Lock,
        Self::SyncDir,
        Self::Append,
        Self::WriteAt,
        Self::ReadAt,
        Self::Len,
        Self::Truncate,
        Self::Sync,
    ];
}

/// Some kinds of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// All.
    All,
    /// Those that change what the disk holds, or what of it survives.
    Changing,
    /// Those of one kind.
    Of(Call),
}

impl Calls {
    pub(super) fn contains(self, call: Call) -> bool {
        match self {
            Self::All => true,
            Self::Changing => !matches!(
                call,
                Call::Open | Call::Exists | Call::List | Call::Lock | Call::ReadAt | Call::Len
            ),
            Self::Of(kind) => kind == call,
        }
    }
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It answers [`Error::Io`]. Half of what it was to write is written; a failed sync drops what it was to
    /// sync, as [`MemoryDisk::fail_next_sync`](crate::vfs::MemoryDisk::fail_next_sync) does, where the disk
    /// underneath is a [`MemoryDisk`](crate::vfs::MemoryDisk).
    Io,
    /// It answers [`Error::DiskFull`]; half of what it was to write is written. Strikes the calls that need room:
    /// writes and the creation of names.
    Full,
    /// The power goes: it and every later call, through any handle, answers [`Error::Io`] and does nothing,
    /// until the disk is healed.
    PowerLoss,
    /// Half of the bytes that there are come back, and one at least. Strikes reads.
    ShortRead,
    /// The bit of that number, modulo how many are read, comes back flipped. Strikes reads.
    FlipBit(u64),
    /// It answers success and does nothing. Strikes both kinds of sync.
    Lie,
}

impl Fault {
    fn strikes(self, call: Call) -> bool {
        match self {
            Self::Io | Self::PowerLoss => true,
            Self::Full => needs_room(call),
            Self::ShortRead | Self::FlipBit(_) => call == Call::ReadAt,
            Self::Lie => matches!(call, Call::Sync | Call::SyncDir),
        }
    }

    pub(super) fn error(self, what: &str) -> Error {
        match self {
            Self::Full => Error::disk_full(format!("{what}: no room, as planned")),
            Self::PowerLoss => Error::io(format!("{what}: the power is off, as planned")),
            Self::Io | Self::ShortRead | Self::FlipBit(_) | Self::Lie => {
                Error::io(format!("{what} failed, as planned"))
            }
        }
    }
}

fn needs_room(call: Call) -> bool {
    matches!(
        call,
        Call::Create | Call::Append | Call::WriteAt | Call::Link | Call::Folder
    )
}

/// Which of the calls that a fault can strike it does strike. 1 is the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The call of this number, and no other.
    Nth(u64),
    /// The call of this number and every later one.
    From(u64),
}

#[derive(Debug)]
struct Plan {
    fault: Fault,
    calls: Calls,
    when: When,
    /// Calls so far that it could have struck.
    seen: u64,
}

impl Plan {
    fn meets(&mut self, call: Call) -> bool {
        if !self.calls.contains(call) || !self.fault.strikes(call) {
            return false;
        }
        self.seen += 1;
        match self.when {
            When::Nth(nth) => self.seen == nth,
            When::From(first) => self.seen >= first,
        }
    }
}

/// The plans of a disk and its counts.
#[derive(Debug, Default)]
pub(super) struct Plans {
    plans: Vec<Plan>,
    is_down: bool,
    /// Bytes that may still be added to files.
    room_bytes: Option<u64>,
    counts: [u64; Call::ALL.len()],
    pub(super) strikes: u64,
    pub(super) bytes_written: u64,
    pub(super) bytes_read: u64,
}

impl Plans {
    pub(super) fn add(&mut self, fault: Fault, calls: Calls, when: When) {
        let seen = 0;
        self.plans.push(Plan {
            fault,
            calls,
            when,
            seen,
        });
    }

    pub(super) fn heal(&mut self) {
        self.plans.clear();
        self.is_down = false;
        self.room_bytes = None;
    }

    pub(super) fn limit_room(&mut self, bytes: u64) {
        self.room_bytes = Some(bytes);
    }

    pub(super) fn free_space(&mut self) {
        self.room_bytes = None;
        self.plans.retain(|plan| plan.fault != Fault::Full);
    }

    pub(super) fn is_down(&self) -> bool {
        self.is_down
    }

    pub(super) fn count(&self, calls: Calls) -> u64 {
        let counts = Call::ALL.iter().zip(self.counts);
        let counts = counts.filter(|(call, _)| calls.contains(**call));
        counts.map(|(_, count)| count).sum()
    }

    /// Counts a call, and says what strikes it.
    pub(super) fn meet(&mut self, call: Call) -> Option<Fault> {
        self.counts[call as usize] += 1;
        let mut fault = None;
        for plan in &mut self.plans {
            if plan.meets(call) {
                fault = fault.or(Some(plan.fault));
            }
        }
        if self.is_down {
            fault = Some(Fault::PowerLoss);
        } else if fault.is_none() && self.room_bytes == Some(0) && call_makes_a_name(call) {
            fault = Some(Fault::Full);
        }
        self.is_down |= fault == Some(Fault::PowerLoss);
        self.strikes += u64::from(fault.is_some());
        fault
    }

    /// Takes room for `wanted` bytes, or for as many as there is room for; returns how many.
    pub(super) fn take_room(&mut self, wanted: usize) -> usize {
        let Some(room) = &mut self.room_bytes else {
            return wanted;
        };
        let granted = usize::try_from(*room).map_or(wanted, |room| room.min(wanted));
        *room -= granted as u64;
        self.strikes += u64::from(granted < wanted);
        granted
    }
}

fn call_makes_a_name(call: Call) -> bool {
    matches!(call, Call::Create | Call::Link | Call::Folder)
}

/// The result of a call that a fault can only refuse.
pub(super) fn refused(fault: Option<Fault>, what: impl FnOnce() -> String) -> Result<()> {
    fault.map_or(Ok(()), |fault| Err(fault.error(&what())))
}
