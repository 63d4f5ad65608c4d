//! A program of lesson 5.

use std::sync::Arc;

use kvorum::storage::table::Compression;
use kvorum::storage::{Options, Store};
use kvorum::vfs::MemoryDisk;

fn main() -> Result<(), kvorum::Error> {
    let options = Options {
        memtable_bytes: 8 << 20,
        compression: Compression::None,
        ..Options::small()
    };
    let store = Store::open(Arc::new(MemoryDisk::new()), options)?;
    for cart in 0..10_000 {
        store.put(format!("cart:{cart:05}").as_bytes(), &[b'x'; 100])?;
    }
    store.flush()?;
    println!(
        "10,000 carts put    {:>9} bytes",
        store.stats().table_bytes()
    );
    for cart in (0..10_000).filter(|cart| cart % 10 != 0) {
        store.delete(format!("cart:{cart:05}").as_bytes())?;
    }
    store.flush()?;
    println!(
        "9,000 deleted       {:>9} bytes",
        store.stats().table_bytes()
    );
    store.compact(b"", None)?;
    println!(
        "merged to one run   {:>9} bytes",
        store.stats().table_bytes()
    );
    Ok(())
}
