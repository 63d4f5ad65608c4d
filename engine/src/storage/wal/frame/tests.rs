use super::*;

const ID: FileId = 77;
const OFFSET: u64 = 4_096;

fn header() -> FrameHeader {
    FrameHeader::batch(300, 2, 290, b"payload")
}

fn encoded(header: &FrameHeader) -> Vec<u8> {
    let mut bytes = Vec::new();
    header.encode(ID, OFFSET, &mut bytes);
    bytes
}

#[test]
fn a_header_reads_back() {
    for header in [
        header(),
        FrameHeader::batch(1, 1, 0, b"x"),
        FrameHeader::batch(SEQUENCE_MAX, 1, 1, b"x"),
        FrameHeader::close(1),
        FrameHeader::close(SEQUENCE_MAX + 1),
    ] {
        let bytes = encoded(&header);
        let read = FrameHeader::decode(ID, OFFSET, &bytes);
        assert_eq!(read, Some((header, bytes.len())));
        assert!(bytes.len() <= FRAME_HEADER_BYTES_MAX && bytes.len() >= FRAME_HEADER_BYTES_MIN);
    }
}

#[test]
fn a_small_puts_header_is_short() {
    let payload = [0; 119];
    let header = FrameHeader::batch(1_000_000, 1, 999_990, &payload);
    assert_eq!(encoded(&header).len(), 15);
}

#[test]
fn a_header_counts_only_where_it_was_written() {
    let bytes = encoded(&header());
    for id in (0..10_000).filter(|id| *id != ID) {
        assert_eq!(
            FrameHeader::decode(id, OFFSET, &bytes),
            None,
            "segment {id}"
        );
    }
    for offset in (0..10_000).filter(|offset| *offset != OFFSET) {
        assert_eq!(
            FrameHeader::decode(ID, offset, &bytes),
            None,
            "offset {offset}"
        );
    }
}

#[test]
fn the_checksums_of_two_segments_differ_at_every_offset() {
    for offset in [0, 48, 4_096, 1 << 26, 1 << 33] {
        let mut seeds: Vec<u32> = (0..10_000).map(|id| seed(id, offset)).collect();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), 10_000);
    }
}

#[test]
fn no_flipped_bit_and_no_cut_passes() {
    for header in [header(), FrameHeader::close(12)] {
        let bytes = encoded(&header);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(FrameHeader::decode(ID, OFFSET, &flipped), None, "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert_eq!(FrameHeader::decode(ID, OFFSET, &bytes[..length]), None);
        }
    }
}

#[test]
fn a_mark_is_never_zero() {
    for id in 0..1_000 {
        assert!(mark(id) >= 2 && mark(id) & 1 == 0);
    }
}

#[test]
fn a_segment_header_reads_back_and_no_flipped_bit_passes() {
    let header = SegmentHeader {
        id: ID,
        first_sequence: 9,
        durable_sequence: 8,
        former_bytes: 1 << 26,
    };
    let bytes = header.encode();
    assert_eq!(SegmentHeader::decode(ID, &bytes), Ok(header));
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(SegmentHeader::decode(ID, &flipped).is_err(), "bit {bit}");
    }
    assert!(SegmentHeader::decode(ID + 1, &bytes).is_err());
}

#[test]
fn a_newer_format_is_named() {
    let header = SegmentHeader {
        id: ID,
        first_sequence: 1,
        durable_sequence: 0,
        former_bytes: 0,
    };
    let mut bytes = header.encode();
    bytes[8] = 2;
    let checksum = crc32fast::hash(&bytes[..SEGMENT_CHECKSUM_AT]);
    bytes[SEGMENT_CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
    let error = SegmentHeader::decode(ID, &bytes).unwrap_err();
    assert!(matches!(error, Error::InvalidArgument { .. }), "{error}");
    assert!(error.to_string().contains("format 2"), "{error}");
}
