//! A second store that shares this one's tables: hard links and a manifest of its own.

use super::{Store, lock};
use crate::storage::manifest::{Added, Edit, Manifest};
use crate::storage::table::table_file_name;
use crate::{Error, Result};

impl Store {
    /// Makes a store in `folder` that holds all that was written here so far. Tables are immutable, so they
    /// are linked, not copied; the two stores go their own ways from here.
    ///
    /// `folder` is the name of a folder inside this store's own or, on a real disk, an absolute path on the
    /// same filesystem.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the folder holds files already: nothing changed. Otherwise as
    /// [`flush`](Self::flush).
    pub fn checkpoint(&self, folder: &str) -> Result<()> {
        let target = self.vfs.folder(folder)?;
        if !target.list()?.is_empty() {
            return Err(Error::invalid(format!(
                "the folder '{folder}' holds files already: a checkpoint needs an empty one"
            )));
        }
        self.flush()?;
        // While the manifest is held no table leaves the store, so none is removed before it is linked.
        let manifest = lock(&self.manifest);
        let view = self.view.load_full();
        let mut edit = Edit::default();
        for (place, table) in view.levels.tables() {
            let meta = table.meta();
            let name = table_file_name(meta.id);
            self.vfs.link(&name, folder, &name)?;
            edit.last_sequence = edit.last_sequence.max(Some(meta.sequence_max));
            edit.added.push(Added {
                level: place.level,
                run: place.run,
                meta: (**meta).clone(),
            });
        }
        drop(manifest);
        edit.last_sequence = Some(self.visible().max(edit.last_sequence.unwrap_or(0)));
        edit.next_file = Some(self.new_file());
        edit.log_min = edit.next_file;
        // A folder with a manifest is a whole store: the tables have their names before.
        target.sync_dir()?;
        Manifest::replace(target, &edit)?;
        self.vfs.sync_dir().map_err(|why| self.poison(&why))
    }
}
