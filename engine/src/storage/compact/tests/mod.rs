mod figures;
mod histories;
mod leveled;
mod safety;
mod tiered;
mod time;

use super::model::{Model, key_bytes};
use super::*;
use crate::base::rng::Rng;
use crate::storage::entry::NEVER_MS;
use crate::storage::levels::Place;

/// A memtable of the small stores in these tests: 100 puts.
pub const MEMTABLE_BYTES: u64 = 11_600;

pub fn leveled() -> LeveledOptions {
    LeveledOptions {
        level_base_bytes: 4 * MEMTABLE_BYTES,
        table_bytes: MEMTABLE_BYTES,
        ..LeveledOptions::default()
    }
}

pub fn tiered() -> SizeTieredOptions {
    SizeTieredOptions {
        table_bytes: MEMTABLE_BYTES,
        ..SizeTieredOptions::default()
    }
}

pub fn lazy() -> LazyLeveledOptions {
    LazyLeveledOptions {
        level_base_bytes: 16 * MEMTABLE_BYTES,
        table_bytes: MEMTABLE_BYTES,
        ..LazyLeveledOptions::default()
    }
}

pub fn window() -> TimeWindowOptions {
    TimeWindowOptions {
        window_ms: 1000,
        table_bytes: MEMTABLE_BYTES,
        ..TimeWindowOptions::default()
    }
}

/// Leveled compaction in which a few hundred puts fill every level.
pub fn tiny_leveled() -> Box<dyn Picker> {
    let options = LeveledOptions {
        level_base_bytes: 3_000,
        ratio: 2,
        table_bytes: 1_000,
        overlap_tables: 3,
        ..LeveledOptions::default()
    };
    Box::new(Leveled::new(options).unwrap())
}

/// Lazy leveling of the same kind.
pub fn tiny_lazy() -> Box<dyn Picker> {
    let options = LazyLeveledOptions {
        level_base_bytes: 3_000,
        ratio: 2,
        table_bytes: 1_000,
        ..LazyLeveledOptions::default()
    };
    Box::new(LazyLeveled::new(options).unwrap())
}

/// A picker of each kind, by number.
pub fn picker(kind: usize) -> Box<dyn Picker> {
    match kind {
        0 => Box::new(Leveled::new(leveled()).unwrap()),
        1 => Box::new(SizeTiered::new(tiered()).unwrap()),
        2 => Box::new(LazyLeveled::new(lazy()).unwrap()),
        3 => Box::new(TimeWindow::new(window()).unwrap()),
        4 => Box::new(Fifo::new(FifoOptions {
            bytes_max: u64::MAX,
            ..FifoOptions::default()
        })),
        5 => tiny_leveled(),
        _ => tiny_lazy(),
    }
}

/// Writes keys as `key` draws them, flushing and settling whenever the memtable is full.
pub fn fill(model: &mut Model, puts: u64, mut key: impl FnMut(u64) -> u64) {
    for at in 0..puts {
        model.put(key(at));
        if model.is_full() {
            model.flush();
            model.settle();
        }
    }
}

/// A table `id` over the keys `from..=to`, of one memtable's bytes.
pub fn meta(id: FileId, from: u64, to: u64) -> TableMeta {
    let mut end = key_bytes(to).to_vec();
    end.push(0);
    TableMeta {
        id,
        bytes: MEMTABLE_BYTES,
        raw_bytes: MEMTABLE_BYTES,
        entries: 100,
        smallest: key_bytes(from),
        end: end.into(),
        sequence_min: id * 1000,
        sequence_max: id * 1000 + 99,
        deadline_max_ms: NEVER_MS,
        ..TableMeta::default()
    }
}

/// The picture with these tables at (level, run).
pub fn picture(tables: &[(u8, u64, TableMeta)]) -> Picture {
    let added = (tables.iter())
        .map(|(level, run, meta)| {
            let place = Place {
                level: *level,
                run: *run,
            };
            (place, Arc::new(meta.clone()))
        })
        .collect();
    Picture::new().apply(added, &[]).unwrap()
}

/// What `picker` plans for tables that nobody uses, at `now_ms`.
pub fn pick(picker: &dyn Picker, levels: &Picture, now_ms: u64) -> Option<Plan> {
    let state = PickState {
        busy: &BTreeSet::new(),
        claims: &[],
        now_ms,
        oldest_snapshot: Sequence::MAX,
    };
    let plan = picker.pick(levels, &state)?;
    check_plan(levels, &plan).unwrap();
    Some(plan)
}

pub fn rng() -> Rng {
    Rng::from_seed(5)
}
