//! A folder of a [`MemoryDisk`](super::MemoryDisk): its names as the running system sees them, and as the
//! platter holds them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};

use super::device::Device;
use super::inode::Inode;
use super::lock;
use crate::{Error, Result};

pub(super) type Shared = Arc<Mutex<Inode>>;
pub(super) type SharedFolder = Arc<Mutex<Folder>>;

#[derive(Default)]
pub(super) struct Folder {
    pub(super) now: Table,
    pub(super) durable: Table,
    /// What happened to the names since the last sync of the folder, oldest first.
    pub(super) pending: Vec<NameChange>,
    /// Upgrades as long as somebody holds the folder's lock.
    pub(super) holder: Weak<()>,
}

/// What each name stands for.
#[derive(Clone, Default)]
pub(super) struct Table {
    pub(super) files: BTreeMap<String, Shared>,
    pub(super) folders: BTreeMap<String, SharedFolder>,
}

#[derive(Clone)]
pub(super) enum NameChange {
    /// A name for a new file, or another one for a file that has a name.
    Create(String, Shared),
    CreateFolder(String, SharedFolder),
    Remove(String),
    Rename(String, String),
}

impl NameChange {
    pub(super) fn apply(self, table: &mut Table) {
        match self {
            Self::Create(name, file) => {
                table.files.insert(name, file);
            }
            Self::CreateFolder(name, folder) => {
                table.folders.insert(name, folder);
            }
            Self::Remove(name) => {
                table.files.remove(&name);
            }
            Self::Rename(from, to) => {
                if let Some(file) = table.files.remove(&from) {
                    table.files.insert(to, file);
                }
            }
        }
    }

    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Create(name, _) | Self::CreateFolder(name, _) | Self::Remove(name) => vec![name],
            Self::Rename(from, to) => vec![from, to],
        }
    }
}

pub(super) fn no_such_file(name: &str) -> Error {
    Error::invalid(format!("no file '{name}' on this disk"))
}

impl Folder {
    /// A folder whose names are all on the platter.
    pub(super) fn durable(names: Table) -> Self {
        Self {
            now: names.clone(),
            durable: names,
            ..Self::default()
        }
    }

    pub(super) fn file(&self, name: &str) -> Result<&Shared> {
        self.now.files.get(name).ok_or_else(|| no_such_file(name))
    }

    pub(super) fn change(&mut self, change: NameChange) {
        change.clone().apply(&mut self.now);
        self.pending.push(change);
    }

    /// Gives `file` a name that nothing has.
    pub(super) fn create(&mut self, name: &str, file: &Shared, device: &Device) -> Result<()> {
        self.check_no_folder(name)?;
        if self.now.files.contains_key(name) {
            return Err(Error::invalid(format!("there is a file '{name}' already")));
        }
        device.check_room(&format!("create '{name}'"))?;
        lock(file).add_name();
        self.change(NameChange::Create(name.to_owned(), Arc::clone(file)));
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &str, device: &Device) -> Result<()> {
        let file = Arc::clone(self.file(name)?);
        self.change(NameChange::Remove(name.to_owned()));
        drop_name(&file, device);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str, device: &Device) -> Result<()> {
        let file = Arc::clone(self.file(from)?);
        self.check_no_folder(to)?;
        let replaced = self.now.files.get(to).cloned();
        if replaced.as_ref().is_some_and(|old| Arc::ptr_eq(old, &file)) {
            // Two names of one file: POSIX does nothing, and both stay.
            return Ok(());
        }
        self.change(NameChange::Rename(from.to_owned(), to.to_owned()));
        if let Some(replaced) = replaced {
            drop_name(&replaced, device);
        }
        Ok(())
    }

    /// The folder of that name, made where there is none.
    pub(super) fn inner(&mut self, name: &str, device: &Device) -> Result<SharedFolder> {
        if let Some(folder) = self.now.folders.get(name) {
            return Ok(Arc::clone(folder));
        }
        if self.now.files.contains_key(name) {
            return Err(Error::invalid(format!("'{name}' is a file, not a folder")));
        }
        device.check_room(&format!("create the folder '{name}'"))?;
        let folder = SharedFolder::default();
        let change = NameChange::CreateFolder(name.to_owned(), Arc::clone(&folder));
        self.change(change);
        Ok(folder)
    }

    pub(super) fn sync(&mut self) {
        for change in core::mem::take(&mut self.pending) {
            change.apply(&mut self.durable);
        }
    }

    fn check_no_folder(&self, name: &str) -> Result<()> {
        if self.now.folders.contains_key(name) {
            return Err(Error::invalid(format!("'{name}' is a folder, not a file")));
        }
        Ok(())
    }

    /// The files on the platter whose names are there too, by their addresses.
    pub(super) fn add_durable_files(&self, files: &mut BTreeMap<usize, Shared>) {
        for file in self.durable.files.values() {
            files.insert(Arc::as_ptr(file).addr(), Arc::clone(file));
        }
        for folder in self.durable.folders.values() {
            lock(folder).add_durable_files(files);
        }
    }
}

fn drop_name(file: &Shared, device: &Device) {
    let mut file = lock(file);
    if file.drop_name() {
        device.give_back(file.len());
    }
}
