//! A plain put or get takes no memory in `causal` beyond the value itself: an allocator that counts.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    unsafe_code,
    reason = "an allocator is unsafe to implement; this one passes every call on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell as Slot;
use std::hint::black_box;

use bytes::Bytes;
use kvorum::NodeId;
use kvorum::base::time::Wall;
use kvorum::causal::{
    Actor, Cell, KeepLatest, KeepSiblings, Resolve, Stamp, Token, Version, VersionVector,
};

struct Counting;

thread_local! {
    static COUNT: Slot<u64> = const { Slot::new(0) };
}

// SAFETY: the system's allocator does the work, with the arguments as they came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often this thread allocated while it did `what`.
fn allocations<T>(what: impl FnOnce() -> T) -> u64 {
    let before = COUNT.with(Slot::get);
    black_box(what());
    COUNT.with(Slot::get) - before
}

fn write(cell: &mut Cell, node: u32, seen: &VersionVector, value: &Bytes, resolve: &dyn Resolve) {
    let stamp = Stamp {
        wall_ms: u64::from(node),
        logical: 0,
        node: NodeId(node),
    };
    let version = Version::new(value.clone(), stamp);
    cell.write(Actor::new(NodeId(node), 1), seen, version, None, resolve)
        .unwrap();
}

#[test]
fn plain_puts_and_gets_allocate_nothing() {
    let value = Bytes::from_static(b"milk");
    for resolve in [&KeepSiblings as &dyn Resolve, &KeepLatest] {
        let mut replicas: [Cell; 3] = Default::default();
        let count = allocations(|| {
            for node in [1, 2, 3, 2, 1] {
                let seen = replicas[node - 1].context().seen;
                write(&mut replicas[node - 1], node as u32, &seen, &value, resolve);
                let sent = replicas[node - 1].clone();
                for replica in &mut replicas {
                    replica.merge(&sent, resolve);
                }
                let _ = (
                    sent.digest(),
                    sent.agrees_with(&replicas[0]),
                    sent.is_dead(Wall(0)),
                );
            }
        });
        assert_eq!(count, 0);
        assert_eq!(replicas[0].seen().len(), 3);
        let values = allocations(|| replicas[0].values(Wall(0)));
        assert!(values <= 2, "a list of one value took {values} allocations");
    }
}

#[test]
fn a_blind_put_allocates_nothing() {
    let value = Bytes::from_static(b"milk");
    let mut cell = Cell::default();
    // Its writer saw the second write, and not the first: a single dot beyond the counter.
    write(&mut cell, 1, &VersionVector::default(), &value, &KeepLatest);
    let mut seen = VersionVector::default();
    let count = allocations(|| {
        seen.see(cell.next_dot(Actor::new(NodeId(1), 1), &seen).unwrap());
        write(&mut cell, 2, &seen.clone(), &value, &KeepLatest);
        cell.clone()
    });
    assert_eq!(count, 0);
}

#[test]
fn bytes_of_a_cell_are_written_into_a_buffer_and_shared_out_of_it() {
    let mut cell = Cell::default();
    let value = Bytes::from(vec![b'v'; 1_000]);
    write(
        &mut cell,
        1,
        &VersionVector::default(),
        &value,
        &KeepSiblings,
    );
    let mut buffer = Vec::with_capacity(cell.encoded_len());
    assert_eq!(allocations(|| cell.encode_into(&mut buffer)), 0);
    let bytes = Bytes::from(buffer);
    // The first clone of bytes makes them shared; the next ones count.
    let _shared = bytes.clone();
    assert_eq!(allocations(|| Cell::decode_shared(&bytes).unwrap()), 0);
}

#[test]
fn tokens_are_shared_by_clones() {
    let mut cell = Cell::default();
    let version = Version::tombstone(Stamp::default());
    let actor = Actor::new(NodeId(1), 1);
    cell.write(
        actor,
        &VersionVector::default(),
        version,
        Some(Token(1)),
        &KeepSiblings,
    )
    .unwrap();
    assert_eq!(allocations(|| cell.clone()), 0);
}
