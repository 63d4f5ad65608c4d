//! Which tables there are, in which run of which level, and where the log begins: the shape of the tree, kept
//! as a log of edits.
//!
//! ```text
//! Edit --commit--> 000007.kvm  (snapshot, edit, edit, ...) --open--> State
//! ```
//!
//! Invariants:
//! - an edit is there whole or not at all, and once [`Manifest::commit`] has returned it survives a power cut;
//! - an edit that does not fit the state before it is refused, when it is written and when it is read;
//! - a manifest file has had a whole, synced snapshot from the moment that it had its name.
//!
//! The manifest with the highest number is the one that counts. There is no pointer to it: a new one is written
//! under another name (`000008.kvm.new`), synced, renamed, and the folder synced, before the old one is removed,
//! so the highest number is never that of half a manifest, and there is one file fewer to damage. If the
//! highest is damaged the store does not fall back to a lower one, whose tables may be gone: it reports
//! [`Corruption`](Error::Corruption).
//!
//! A manifest is written anew once its edits have grown past [`MANIFEST_GROWTH`] times its snapshot.
//! `read.rs` has the torn-tail rule, `record.rs` and `edit.rs` the bytes. A log of version edits is the design of
//! LevelDB's MANIFEST (`doc/impl.md`), which keeps a `CURRENT` file beside it.

mod edit;
mod read;
mod record;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::base::limits::RECORD_BYTES_MAX;
use crate::storage::describe::FileId;
use crate::vfs::{File, Vfs};
use crate::{Error, Result};

pub use edit::{Added, Edit};
use read::Read;
use record::{HEADER_BYTES, Header, Label, RecordKind};
pub use state::State;

/// A manifest is written anew when it is longer than so many times its snapshot.
pub const MANIFEST_GROWTH: u64 = 4;
/// A manifest up to this length is not written anew, bytes.
pub const MANIFEST_BYTES_MIN: u64 = 64 << 10;
/// One edit of a snapshot, bytes, about.
const SNAPSHOT_EDIT_BYTES: usize = 1 << 20;

const SUFFIX: &str = ".kvm";
const DRAFT_SUFFIX: &str = ".kvm.new";

/// The name of a manifest.
#[must_use]
pub fn manifest_file_name(id: FileId) -> String {
    format!("{id:06}{SUFFIX}")
}

fn draft_file_name(id: FileId) -> String {
    format!("{id:06}{DRAFT_SUFFIX}")
}

fn manifest_file_id(name: &str) -> Option<FileId> {
    let id = name.strip_suffix(SUFFIX)?.parse().ok()?;
    (manifest_file_name(id) == name).then_some(id)
}

/// The numbers of the manifests there are, ascending. The last one counts.
///
/// # Errors
/// What the disk reports.
pub fn manifests(vfs: &dyn Vfs) -> Result<Vec<FileId>> {
    let names = vfs.list()?;
    let mut ids: Vec<FileId> = names
        .iter()
        .filter_map(|name| manifest_file_id(name))
        .collect();
    ids.sort_unstable();
    Ok(ids)
}

/// The open manifest.
#[derive(Debug)]
pub struct Manifest {
    vfs: Arc<dyn Vfs>,
    file: Box<dyn File>,
    id: FileId,
    state: State,
    /// Where the next record goes.
    bytes: u64,
    next_number: u64,
    /// Records with lower numbers are synced.
    durable: u64,
    /// The length from which on it is written anew.
    rewrite_at_bytes: u64,
    /// Why no edit is taken any more.
    poison: Option<String>,
}

impl Manifest {
    /// Makes the first manifest of a store, and the state it begins with. It survives a power cut.
    ///
    /// # Errors
    /// - [`InvalidArgument`](Error::InvalidArgument) when there is a manifest already; nothing changes.
    /// - What the disk reports; create again, or [`open`](Self::open) if [`manifests`] shows one.
    pub fn create(vfs: Arc<dyn Vfs>) -> Result<(Self, State)> {
        if !manifests(&*vfs)?.is_empty() {
            return Err(Error::invalid(
                "there is a manifest already: open the store instead",
            ));
        }
        let state = State::default();
        let draft = Draft::write(&*vfs, 1, &state)?;
        draft.publish(&*vfs)?;
        let manifest = Self::of(vfs, draft, state.clone());
        Ok((manifest, state))
    }

    /// Opens the manifest that counts, cuts off its torn tail, and removes what older manifests and unfinished
    /// ones there are. What it says then survives a power cut.
    ///
    /// # Errors
    /// - [`InvalidArgument`](Error::InvalidArgument) when there is no manifest, or it has a format that this
    ///   build does not read; nothing changes.
    /// - [`Corruption`](Error::Corruption) when it is damaged, naming file and byte; nothing changes.
    /// - What the disk reports; open again.
    pub fn open(vfs: Arc<dyn Vfs>) -> Result<(Self, State)> {
        let loaded = Self::load(vfs)?;
        let state = loaded.state().clone();
        Ok((loaded.open()?, state))
    }

    /// Reads the manifest that counts, and changes nothing.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn load(vfs: Arc<dyn Vfs>) -> Result<Loaded> {
        let (file, read) = Self::read(&*vfs)?;
        Ok(Loaded { vfs, file, read })
    }

    /// Makes a manifest that begins with what `edit` makes of nothing. It survives a power cut, and counts instead
    /// of those that are there.
    ///
    /// # Errors
    /// [`Corruption`](Error::Corruption) when the edit makes no sense; what the disk reports. Those that are there
    /// count on, except that after a failed sync of the folder this one may.
    pub fn replace(vfs: Arc<dyn Vfs>, edit: &Edit) -> Result<Self> {
        let state = State::default().after(edit)?;
        let id = manifests(&*vfs)?.last().map_or(1, |last| last + 1);
        let draft = Draft::write(&*vfs, id, &state)?;
        draft.publish(&*vfs)?;
        Ok(Self::of(vfs, draft, state))
    }

    /// The state by the manifest that counts. Nothing is changed: `verify` and `dump` look at a store so.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn inspect(vfs: &dyn Vfs) -> Result<State> {
        Ok(Self::read(vfs)?.1.state)
    }

    fn read(vfs: &dyn Vfs) -> Result<(Box<dyn File>, Read)> {
        let Some(id) = manifests(vfs)?.pop() else {
            return Err(Error::invalid("there is no manifest: this is no store"));
        };
        let file = vfs.open(&manifest_file_name(id))?;
        let read = read::read(id, &file.read_all()?)?;
        Ok((file, read))
    }

    fn of(vfs: Arc<dyn Vfs>, draft: Draft, state: State) -> Self {
        Self {
            vfs,
            file: draft.file,
            id: draft.id,
            state,
            bytes: draft.bytes,
            next_number: draft.next_number,
            durable: draft.next_number,
            rewrite_at_bytes: rewrite_at_bytes(draft.bytes),
            poison: None,
        }
    }

    /// The state after every edit so far.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Its length, bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether a disk failed so that it is unknown what the manifest says after a crash. Every further commit is
    /// refused; open the store again to see.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poison.is_some()
    }

    /// Makes `edit` part of the state, durably.
    ///
    /// # Errors
    /// - [`Corruption`](Error::Corruption) when it does not fit the state ([`State::after`]); nothing changed.
    /// - [`TooLarge`](Error::TooLarge) when it is longer than a record may be; nothing changed.
    /// - What the disk reports. Unless [`is_poisoned`](Self::is_poisoned), nothing changed, and the edit may be
    ///   committed again; if it is, the edit may or may not be there when the store is opened again, so no
    ///   file that it names, on either side, may be removed.
    /// - [`Io`](Error::Io) when it was poisoned before; nothing changed.
    pub fn commit(&mut self, edit: &Edit) -> Result<()> {
        if let Some(why) = &self.poison {
            return Err(Error::io(format!(
                "the manifest takes no edit since {why}: open the store again"
            )));
        }
        let next = self.state.after(edit)?;
        self.append(edit)?;
        self.state = next;
        self.mark();
        if self.bytes >= self.rewrite_at_bytes {
            self.rewrite();
        }
        Ok(())
    }

    fn append(&mut self, edit: &Edit) -> Result<()> {
        let mut record = Vec::new();
        let label = self.label(RecordKind::Edit);
        record::encode(self.id, self.bytes, label, &mut record, |out| {
            edit.encode(out);
        });
        if record.len() > RECORD_BYTES_MAX {
            return Err(Error::TooLarge {
                what: "manifest edit",
                actual: record.len(),
                limit: RECORD_BYTES_MAX,
            });
        }
        if let Err(error) = self.file.write_at(self.bytes, &record) {
            // The edit may stand there whole. Only a synced cut says for sure that it does not.
            let cut = self
                .file
                .truncate(self.bytes)
                .and_then(|()| self.file.sync());
            if cut.is_err() {
                self.poison = Some(format!("an edit was not written ({error})"));
            }
            return Err(error);
        }
        if let Err(error) = self.file.sync() {
            self.poison = Some(format!("an edit was not synced ({error})"));
            return Err(error);
        }
        self.bytes += record.len() as u64;
        self.next_number += 1;
        self.durable = self.next_number;
        Ok(())
    }

    /// The label of the next record.
    fn label(&self, kind: RecordKind) -> Label {
        Label {
            kind,
            number: self.next_number,
            durable: self.durable,
        }
    }

    /// Writes the witness that everything so far is synced. Where the disk refuses, the next record takes its
    /// place, and is longer.
    fn mark(&mut self) {
        let mut record = Vec::new();
        let label = self.label(RecordKind::Mark);
        record::encode(self.id, self.bytes, label, &mut record, |_| {});
        if self.file.write_at(self.bytes, &record).is_ok() {
            self.bytes += record.len() as u64;
            self.next_number += 1;
        }
    }

    /// Begins a new manifest with the state as it is. The edits so far are safe either way, so a failure is not
    /// theirs: before the new manifest has its name this one goes on; after that none can.
    fn rewrite(&mut self) {
        let draft = match Draft::write(&*self.vfs, self.id + 1, &self.state) {
            Ok(draft) => draft,
            Err(_) => {
                self.rewrite_at_bytes = self.bytes.saturating_mul(2);
                return;
            }
        };
        if let Err(error) = draft.publish(&*self.vfs) {
            self.poison = Some(format!("a new manifest was not given its name ({error})"));
            return;
        }
        let old = manifest_file_name(self.id);
        let state = core::mem::take(&mut self.state);
        *self = Self::of(Arc::clone(&self.vfs), draft, state);
        // What stays is removed when the store is opened.
        let _ = self.vfs.remove(&old);
    }
}

/// A manifest that was read, and not changed yet.
#[derive(Debug)]
pub struct Loaded {
    vfs: Arc<dyn Vfs>,
    file: Box<dyn File>,
    read: Read,
}

impl Loaded {
    /// What it says.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.read.state
    }

    /// Cuts off the torn tail, removes what older manifests and unfinished ones there are, and makes what this one
    /// says survive a power cut.
    ///
    /// # Errors
    /// What the disk reports; load again.
    pub fn open(self) -> Result<Manifest> {
        let Self {
            vfs,
            mut file,
            read,
        } = self;
        let id = read.header.id;
        if read.whole_bytes < file.len()? {
            file.truncate(read.whole_bytes)?;
        }
        file.sync()?;
        vfs.sync_dir()?;
        for name in vfs.list()? {
            let older = manifest_file_id(&name).is_some_and(|older| older < id);
            if older || name.ends_with(DRAFT_SUFFIX) {
                vfs.remove(&name)?;
            }
        }
        let mut manifest = Manifest {
            vfs,
            file,
            id,
            state: read.state,
            bytes: read.whole_bytes,
            next_number: read.next_number,
            durable: read.next_number,
            rewrite_at_bytes: rewrite_at_bytes(read.header.snapshot_bytes),
            poison: None,
        };
        manifest.mark();
        Ok(manifest)
    }
}

fn rewrite_at_bytes(snapshot_bytes: u64) -> u64 {
    snapshot_bytes
        .saturating_mul(MANIFEST_GROWTH)
        .max(MANIFEST_BYTES_MIN)
}

/// A manifest that is whole and synced, and does not have its name yet.
struct Draft {
    file: Box<dyn File>,
    id: FileId,
    bytes: u64,
    next_number: u64,
}

impl Draft {
    fn write(vfs: &dyn Vfs, id: FileId, state: &State) -> Result<Self> {
        let name = draft_file_name(id);
        let written = Self::fill(vfs, id, state);
        if written.is_err() && vfs.exists(&name).unwrap_or(false) {
            // The error above is the one to report; a draft that stays is removed when the store is opened.
            let _ = vfs.remove(&name);
        }
        written
    }

    fn fill(vfs: &dyn Vfs, id: FileId, state: &State) -> Result<Self> {
        let mut out = vec![0; HEADER_BYTES];
        let mut label = Label {
            kind: RecordKind::Edit,
            number: 0,
            durable: 0,
        };
        for edit in state.snapshot(SNAPSHOT_EDIT_BYTES) {
            let offset = out.len() as u64;
            record::encode(id, offset, label, &mut out, |out| edit.encode(out));
            label.number += 1;
        }
        let header = Header {
            id,
            snapshot_bytes: out.len() as u64,
        };
        out[..HEADER_BYTES].copy_from_slice(&header.encode());
        let mut file = vfs.open(&draft_file_name(id))?;
        file.truncate(0)?;
        file.write_at(0, &out)?;
        file.sync()?;
        Ok(Self {
            file,
            id,
            bytes: out.len() as u64,
            next_number: label.number,
        })
    }

    fn publish(&self, vfs: &dyn Vfs) -> Result<()> {
        vfs.rename(&draft_file_name(self.id), &manifest_file_name(self.id))?;
        vfs.sync_dir()
    }
}
