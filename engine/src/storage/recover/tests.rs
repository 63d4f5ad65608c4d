use super::*;
use crate::storage::frame;

const HEADER: FileHeader = FileHeader {
    generation: 7,
    first_sequence: 40,
};

/// A log that grows frame by frame, with whatever sequence number and payload a test likes.
struct Forge {
    log: Vec<u8>,
}

impl Forge {
    fn new() -> Self {
        Self {
            log: HEADER.encode().to_vec(),
        }
    }

    fn frame(mut self, sequence: u64, payload: &[u8]) -> Self {
        let mut frame = Vec::new();
        let offset = self.log.len() as u64;
        frame::encode(HEADER.generation, offset, sequence, &mut frame, |out| {
            out.extend_from_slice(payload);
        });
        self.log.extend_from_slice(&frame);
        self
    }
}

fn put(value: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut batch = WriteBatch::new();
    batch.put("k", value.to_vec());
    batch.encode(&mut payload);
    payload
}

fn replay(log: &[u8]) -> Result<(Recovered, Vec<WriteBatch>)> {
    let mut batches = Vec::new();
    let recovered = recover("log", log, |batch| batches.push(batch))?;
    Ok((recovered, batches))
}

fn refusal(log: &[u8]) -> String {
    replay(log)
        .expect_err("this log makes no sense")
        .to_string()
}

#[test]
fn frames_replay_in_their_order() {
    let log = Forge::new().frame(40, &put(b"1")).frame(41, &put(b"2")).log;
    let (recovered, batches) = replay(&log).unwrap();
    assert_eq!((recovered.next_sequence, recovered.frames), (42, 2));
    assert_eq!(recovered.whole_bytes, log.len());
    assert_eq!(batches[1].record_bytes(), put(b"2").len());
}

#[test]
fn a_frame_out_of_sequence_is_refused() {
    for second in [0, 39, 40, 42, u64::MAX] {
        let log = Forge::new().frame(40, &put(b"1")).frame(second, &put(b"2"));
        let expected = format!("record {second} stands where record 41 belongs");
        assert!(refusal(&log.log).contains(&expected));
    }
}

#[test]
fn a_payload_that_is_no_batch_is_refused() {
    for payload in [&b"\x09\x01k"[..], b"\x01\x01", b"\x02\xff\xff\xff\xff\x7f"] {
        let log = Forge::new().frame(40, payload).log;
        assert!(refusal(&log).contains("byte 32:"));
    }
}

#[test]
fn the_inside_of_a_torn_payload_is_not_searched_for_frames() {
    // The value holds, at the very offset where it will stand, a whole frame of this log.
    let outer = Forge::new().frame(40, &put(&[0; 90])).log;
    let at = outer.len() - 60;
    let mut inner = Vec::new();
    frame::encode(HEADER.generation, at as u64, 41, &mut inner, |out| {
        out.extend_from_slice(&put(b"x"));
    });
    let mut value = vec![0; 30];
    value.extend_from_slice(&inner);
    value.resize(90, 0);
    let log = Forge::new().frame(40, &put(&value)).log;
    assert!(FrameHeader::at(&log, HEADER.generation, at).is_some());

    let mut garbled = log.clone();
    *garbled.last_mut().unwrap() ^= 1;
    for torn in [&log[..log.len() - 1], &garbled] {
        let (recovered, batches) = replay(torn).unwrap();
        assert_eq!((recovered.whole_bytes, batches.len()), (32, 0));
    }
}

#[test]
fn a_frame_of_another_generation_is_no_frame() {
    let log = Forge::new().frame(40, &put(b"1")).log;
    assert!(FrameHeader::at(&log, HEADER.generation, 32).is_some());
    assert!(FrameHeader::at(&log, HEADER.generation - 1, 32).is_none());
}

#[test]
fn a_log_of_a_later_format_names_both_formats() {
    let mut log = Forge::new().log;
    log[8] = 9;
    let checksum = crc32fast::hash(&log[..28]);
    log[28..32].copy_from_slice(&checksum.to_le_bytes());
    assert!(refusal(&log).contains("the log has format 9, this build reads 1"));
}
