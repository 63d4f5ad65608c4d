//! A node whose disk has more to do than it may hold.

use core::time::Duration;

use super::fixture::{KEY, One};
use crate::NodeId;
use crate::base::id::RequestId;
use crate::base::limits::OPERATIONS_PENDING_MAX;
use crate::node::replica::tests::fixture::cell;
use crate::node::{Message, Want};

const ASKED: RequestId = RequestId(1);

#[test]
fn a_swamped_node_says_busy_and_takes_nothing_more_until_its_disk_is_through() {
    let mut one = One::new(1);
    let read = || Message::Read(ASKED, KEY, Want::Cell, Duration::MAX);
    for _ in 0..OPERATIONS_PENDING_MAX {
        assert!(one.peer(2, read()).is_empty());
    }
    let (cell, left) = (cell(2, Some(b"milk")), Duration::MAX);
    let put = || Message::Put(ASKED, 0, KEY, cell.clone(), left);
    let hold = || Message::Hold(ASKED, 0, NodeId(3), KEY, cell.clone(), left);
    for message in [read(), put(), hold()] {
        let heard = one.peer(2, message);
        assert!(matches!(heard.to(2), Message::Busy(ASKED)), "{heard:?}");
    }
    // Whoever asks for a coordinator, or a page, asks others too: silence is enough.
    assert!(one.peer(4, Message::Ask(ASKED, KEY)).is_empty());
    assert!(
        one.peer(4, Message::Scan(ASKED, KEY, None, 1, left))
            .is_empty()
    );
    assert_eq!(one.waiting.len(), OPERATIONS_PENDING_MAX);
    assert!(
        one.node
            .bounds()
            .iter()
            .all(|(_, count, most)| count <= most)
    );

    one.run_disk();
    one.peer(2, put());
    assert_eq!(one.run_disk().sent(), ["n2 ack"]);
    assert_eq!(one.peer(4, Message::Ask(ASKED, KEY)).sent(), ["n4 accept"]);
}
