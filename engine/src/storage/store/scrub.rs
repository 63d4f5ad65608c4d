//! Scrubbing: reading everything, believing nothing.

use super::Store;
use crate::Result;
use crate::storage::table::table_file_name;

/// What a scrub found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScrubReport {
    /// Tables read.
    pub tables: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Entries read.
    pub entries: u64,
    /// What is wrong, a line a file.
    pub damage: Vec<String>,
}

impl Store {
    /// Reads every table from its file, past the cache, and checks each block, the order of entries, the
    /// filter, the description and the file's checksum. `progress` is told the bytes done and the bytes in all, and
    /// ends the scrub by returning `false`.
    ///
    /// # Errors
    /// None for damage, which the report lists; what the disk reports otherwise.
    pub fn verify(&self, mut progress: impl FnMut(u64, u64) -> bool) -> Result<ScrubReport> {
        let view = self.view.load_full();
        let tables: Vec<_> = view.levels.tables().map(|(_, table)| table).collect();
        let all: u64 = tables.iter().map(|table| table.meta().bytes).sum();
        let mut report = ScrubReport::default();
        for table in tables {
            let meta = table.meta();
            let read = table.reader_arc();
            if let Err(why) = read.and_then(|reader| reader.verify(&mut |_| {})) {
                report
                    .damage
                    .push(format!("{}: {why}", table_file_name(meta.id)));
            }
            report.tables += 1;
            report.bytes += meta.bytes;
            report.entries += meta.entries;
            if !progress(report.bytes, all) {
                break;
            }
        }
        Ok(report)
    }
}
