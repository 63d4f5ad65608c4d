use proptest::prelude::*;

use super::*;
use crate::base::rng::Rng;
use crate::seeded::cases;

fn crashed(disk: &MemoryDisk, seed: u64) -> MemoryDisk {
    disk.crash(&mut Rng::from_seed(seed));
    disk.clone()
}

fn read(disk: &MemoryDisk, path: &str) -> Vec<u8> {
    disk.open(path).unwrap().read_all().unwrap()
}

/// A disk with one durable file `a`.
fn with_file(content: &[u8]) -> (MemoryDisk, Box<dyn File>) {
    let disk = MemoryDisk::new();
    let mut file = disk.open("a").unwrap();
    file.append(content).unwrap();
    file.sync().unwrap();
    disk.sync_dir().unwrap();
    (disk, file)
}

/// What `outcome` gives over many seeds, each value once.
fn over_seeds<T: Ord>(outcome: impl FnMut(u64) -> T) -> Vec<T> {
    let outcomes: std::collections::BTreeSet<T> = (0..400).map(outcome).collect();
    outcomes.into_iter().collect()
}

#[test]
fn a_crash_keeps_what_was_synced_and_any_prefix_of_the_rest() {
    let lengths = over_seeds(|seed| {
        let (disk, mut file) = with_file(b"synced");
        file.append(b" and four more words").unwrap();
        let left = read(&crashed(&disk, seed), "a");
        assert!(left.starts_with(b"synced"));
        assert_eq!(
            (disk.bytes(), disk.synced_bytes()),
            (left.len() as u64, left.len() as u64)
        );
        left.len()
    });
    assert_eq!(lengths, (6..=26).collect::<Vec<_>>());
}

#[test]
fn a_crash_may_garble_the_last_bytes_that_survive() {
    let garbled = over_seeds(|seed| {
        let (disk, mut file) = with_file(b"");
        file.append(&[7; 100]).unwrap();
        let left = read(&crashed(&disk, seed), "a");
        let garbled = left.iter().position(|&byte| byte != 7);
        garbled.map_or(0, |at| left.len() - at)
    });
    assert_eq!(garbled, (0..=8).collect::<Vec<_>>());
}

#[test]
fn an_unsynced_truncation_may_be_undone() {
    let lefts = over_seeds(|seed| {
        let (disk, mut file) = with_file(b"abcdef");
        file.truncate(4).unwrap();
        file.truncate(2).unwrap();
        read(&crashed(&disk, seed), "a")
    });
    assert_eq!(lefts, [b"ab".to_vec(), b"abcdef".to_vec()]);
    let (disk, mut file) = with_file(b"abcdef");
    file.truncate(2).unwrap();
    file.sync().unwrap();
    assert_eq!(read(&crashed(&disk, 1), "a"), b"ab");
}

#[test]
fn names_that_were_not_synced_survive_in_their_order_or_not_at_all() {
    let lists = over_seeds(|seed| {
        let (disk, _) = with_file(b"");
        disk.open("b").unwrap();
        disk.rename("a", "c").unwrap();
        disk.remove("b").unwrap();
        crashed(&disk, seed).list().unwrap().join(" ")
    });
    assert_eq!(lists, ["a", "a b", "b c", "c"]);
}

#[test]
fn a_rename_puts_one_whole_file_in_the_place_of_the_other() {
    let lefts = over_seeds(|seed| {
        let (disk, _) = with_file(b"old");
        let mut file = disk.open("new").unwrap();
        file.append(b"new").unwrap();
        file.sync().unwrap();
        disk.rename("new", "a").unwrap();
        file.append(b"!").unwrap();
        assert_eq!(read(&disk, "a"), b"new!");
        file.sync().unwrap();
        read(&crashed(&disk, seed), "a")
    });
    assert_eq!(lefts, [b"new!".to_vec(), b"old".to_vec()]);
}

#[test]
fn a_sync_after_a_failed_one_does_not_bring_the_bytes_back() {
    let (disk, mut file) = with_file(b"old ");
    file.append(b"lost ").unwrap();
    disk.fail_next_sync();
    assert!(file.sync().is_err());
    file.append(b"new").unwrap();
    file.sync().unwrap();
    assert_eq!(read(&disk, "a"), b"old lost new");
    assert_eq!(read(&crashed(&disk, 1), "a"), b"old \0\0\0\0\0new");
}

#[test]
fn names_are_lost_when_the_sync_of_the_folder_failed() {
    let disk = MemoryDisk::new();
    disk.open("a").unwrap();
    disk.fail_next_sync();
    assert!(disk.sync_dir().is_err());
    disk.sync_dir().unwrap();
    assert!(crashed(&disk, 1).list().unwrap().is_empty());
}

#[test]
fn handles_from_before_a_crash_or_a_wipe_are_closed() {
    let (disk, mut file) = with_file(b"abc");
    disk.crash(&mut Rng::from_seed(1));
    assert_eq!(file.append(b"d"), Err(Error::Closed));
    assert_eq!(file.sync(), Err(Error::Closed));
    let file = disk.open("a").unwrap();
    disk.wipe();
    assert_eq!(file.len(), Err(Error::Closed));
    assert_eq!((disk.bytes(), disk.list().unwrap().len()), (0, 0));
}

#[test]
fn one_seed_gives_one_crash() {
    let run = |seed| {
        let (disk, mut file) = with_file(b"abc");
        file.append(&[9; 1000]).unwrap();
        disk.open("b").unwrap().append(&[8; 1000]).unwrap();
        let disk = crashed(&disk, seed);
        (disk.list().unwrap(), read(&disk, "a"))
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn a_file_reads_from_anywhere_and_not_past_its_end() {
    let (_, file) = with_file(b"abcdef");
    let mut buffer = [0; 4];
    assert_eq!(file.read_at(1, &mut buffer).unwrap(), 4);
    assert_eq!(&buffer, b"bcde");
    assert_eq!(file.read_at(4, &mut buffer).unwrap(), 2);
    assert_eq!(&buffer[..2], b"ef");
    assert_eq!(file.read_at(u64::MAX, &mut buffer).unwrap(), 0);
    assert!(!file.is_empty().unwrap());
}

fn crash(unsynced: Unsynced, names: Names) -> Crash {
    Crash { unsynced, names }
}

/// The sectors of `bytes`, each by its first byte.
fn sectors(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks(512).map(|sector| sector[0]).collect()
}

#[test]
fn an_unsynced_overwrite_survives_sector_by_sector() {
    let lefts = over_seeds(|seed| {
        let (disk, mut file) = with_file(&[1; 4 * 512]);
        file.write_at(0, &[2; 700]).unwrap();
        file.write_at(1000, &[3; 30]).unwrap();
        assert_eq!(read(&disk, "a")[..700], [2; 700]);
        let left = read(&crashed(&disk, seed), "a");
        assert_eq!(left.len(), 4 * 512);
        assert_eq!(left[1024 + 6..], [1; 1018]);
        // A sector has all that was written in it, or nothing.
        assert_eq!(left[512 + 187] == 2, left[1000] == 3);
        (left[0], left[512], left[1024])
    });
    let mut expected = Vec::new();
    for first in [1, 2] {
        for second in [1, 2] {
            expected.extend([1, 3].map(|third| (first, second, third)));
        }
    }
    assert_eq!(lefts, expected);

    let (disk, mut file) = with_file(&[1; 1024]);
    file.write_at(100, &[2; 800]).unwrap();
    file.sync().unwrap();
    assert_eq!(read(&crashed(&disk, 1), "a")[100..900], [2; 800]);
}

#[test]
fn an_overwrite_that_reaches_past_the_end_is_two() {
    let kept = |percent| {
        let (disk, mut file) = with_file(&[1; 100]);
        file.write_at(50, &[2; 100]).unwrap();
        let crash = crash(Unsynced::Percent(percent), Names::Lost);
        disk.crash_with(crash, &mut Rng::from_seed(1));
        read(&disk, "a")
    };
    assert_eq!(kept(0), [1; 100]);
    assert_eq!(kept(50), [[1; 100].as_slice(), &[2; 25]].concat());
    assert_eq!(kept(100), [[1; 50].as_slice(), &[2; 100]].concat());
}

#[test]
fn exactly_the_percentage_survives() {
    for (percent, kept) in [(0, 0), (25, 2), (50, 4), (99, 7), (100, 8), (255, 8)] {
        let lefts = over_seeds(|seed| {
            let (disk, mut file) = with_file(&[1; 8 * 512]);
            file.append(&[9; 8]).unwrap();
            file.write_at(0, &[2; 8 * 512]).unwrap();
            let crash = crash(Unsynced::Percent(percent), Names::Lost);
            disk.crash_with(crash, &mut Rng::from_seed(seed));
            let left = read(&disk, "a");
            assert_eq!(left.len(), 8 * 512 + kept);
            assert!(left[8 * 512..].iter().all(|&byte| byte == 9));
            sectors(&left[..8 * 512])
        });
        for left in &lefts {
            assert_eq!(left.iter().filter(|&&sector| sector == 2).count(), kept);
        }
        let ways = [1, 8, 28, 56, 70, 56, 28, 8, 1][kept];
        assert!(
            lefts.len() > ways * 9 / 10,
            "any of them may survive: {} ways of {ways}",
            lefts.len()
        );
    }
}

#[test]
fn a_truncation_survives_by_the_percentage_too() {
    let left = |percent| {
        over_seeds(|seed| {
            let (disk, mut file) = with_file(b"abcdef");
            file.truncate(2).unwrap();
            file.append(b"XY").unwrap();
            let crash = crash(Unsynced::Percent(percent), Names::Lost);
            disk.crash_with(crash, &mut Rng::from_seed(seed));
            String::from_utf8(read(&disk, "a")).unwrap()
        })
    };
    assert_eq!(left(0), ["abcdef"]);
    assert_eq!(left(50), ["abX", "abcdef"]);
    assert_eq!(left(100), ["abXY"]);
}

#[test]
fn an_overwrite_that_a_failed_sync_dropped_is_lost_until_it_is_written_again() {
    let (disk, mut file) = with_file(&[1; 1024]);
    file.write_at(0, &[2; 10]).unwrap();
    file.write_at(512, &[2; 10]).unwrap();
    disk.fail_next_sync();
    assert_eq!(file.sync().unwrap_err().code(), crate::Code::Io);
    file.write_at(600, &[3; 10]).unwrap();
    file.sync().unwrap();
    assert_eq!(sectors(&read(&disk, "a")), [2, 2]);
    // The second sector was changed again, so the last sync wrote all of it.
    assert_eq!(sectors(&read(&crashed(&disk, 1), "a")), [1, 2]);
}

#[test]
fn bytes_that_a_failed_sync_dropped_are_back_once_they_are_written_again() {
    let (disk, mut file) = with_file(b"old ");
    file.append(b"lost lost ").unwrap();
    disk.fail_next_sync();
    assert!(file.sync().is_err());
    file.write_at(5, b"back").unwrap();
    file.sync().unwrap();
    assert_eq!(read(&crashed(&disk, 1), "a"), b"old \0back\0\0\0\0\0");
}

#[test]
fn a_truncation_of_overwritten_bytes_may_bring_back_what_was_there() {
    for percent in [0, 100] {
        let (disk, mut file) = with_file(&[1; 1200]);
        file.write_at(500, &[2; 600]).unwrap();
        file.truncate(600).unwrap();
        file.append(&[3; 10]).unwrap();
        let crash = crash(Unsynced::Percent(percent), Names::Lost);
        disk.crash_with(crash, &mut Rng::from_seed(1));
        let now = [[1; 500].as_slice(), &[2; 100], &[3; 10]].concat();
        let expected = if percent == 0 { vec![1; 1200] } else { now };
        assert_eq!(read(&disk, "a"), expected);
    }
}

#[test]
fn a_sync_that_lies_leaves_everything_to_the_next() {
    let (disk, mut file) = with_file(b"a");
    disk.set_syncs(Syncs::Lying);
    file.append(b"b").unwrap();
    file.sync().unwrap();
    disk.open("b").unwrap();
    disk.sync_dir().unwrap();
    assert_eq!(disk.synced_bytes(), 1);
    let lost = crash(Unsynced::Percent(0), Names::Lost);
    disk.crash_with(lost, &mut Rng::from_seed(1));
    assert_eq!((disk.list().unwrap().len(), disk.bytes()), (1, 1));
    disk.set_syncs(Syncs::Honest);
    let mut file = disk.open("a").unwrap();
    file.append(b"b").unwrap();
    file.sync().unwrap();
    assert_eq!(disk.synced_bytes(), 2);
}

#[test]
fn reordered_names_are_in_order_for_each_name() {
    let lists = |names| {
        over_seeds(|seed| {
            let (disk, _) = with_file(b"");
            disk.open("b").unwrap();
            disk.rename("a", "c").unwrap();
            disk.remove("b").unwrap();
            let crash = crash(Unsynced::Random, names);
            disk.crash_with(crash, &mut Rng::from_seed(seed));
            disk.list().unwrap().join(" ")
        })
    };
    assert_eq!(lists(Names::Lost), ["a"]);
    assert_eq!(lists(Names::Kept), ["c"]);
    assert_eq!(lists(Names::Ordered), ["a", "a b", "b c", "c"]);
    assert_eq!(lists(Names::Reordered), ["a", "a b", "b c", "c"]);

    let chained = over_seeds(|seed| {
        let (disk, _) = with_file(b"");
        disk.open("b").unwrap();
        disk.rename("b", "c").unwrap();
        disk.open("d").unwrap();
        let crash = crash(Unsynced::Random, Names::Reordered);
        disk.crash_with(crash, &mut Rng::from_seed(seed));
        disk.list().unwrap().join(" ")
    });
    assert_eq!(
        chained,
        ["a", "a b", "a b d", "a c", "a c d", "a d"],
        "the rename needs its file; 'd' needs nobody"
    );
}

#[test]
fn no_name_change_survives_an_older_one_of_the_same_name() {
    let lefts: Vec<Vec<(char, String)>> = over_seeds(|seed| {
        let disk = MemoryDisk::new();
        for (name, content) in [("a", b"A"), ("b", b"B")] {
            let mut file = disk.open(name).unwrap();
            file.append(content).unwrap();
            file.sync().unwrap();
        }
        disk.sync_dir().unwrap();
        disk.rename("a", "b").unwrap();
        disk.rename("b", "c").unwrap();
        let crash = crash(Unsynced::Random, Names::Reordered);
        disk.crash_with(crash, &mut Rng::from_seed(seed));
        let content = |name: String| (read(&disk, &name)[0] as char, name);
        disk.list().unwrap().into_iter().map(content).collect()
    });
    let left = |files: &[(char, &str)]| -> Vec<(char, String)> {
        files.iter().map(|(c, name)| (*c, (*name).into())).collect()
    };
    assert_eq!(
        lefts,
        [
            left(&[('A', "a"), ('B', "b")]),
            left(&[('A', "b")]),
            left(&[('A', "c")])
        ]
    );
}

#[test]
fn a_link_survives_with_its_folder_and_has_the_bytes_of_the_file() {
    let (disk, mut file) = with_file(b"synced");
    disk.link("a", "in", "b").unwrap();
    file.append(b" not").unwrap();
    assert_eq!((disk.bytes(), disk.synced_bytes()), (10, 6));
    let lefts = over_seeds(|seed| {
        let (disk, mut file) = with_file(b"synced");
        disk.link("a", "in", "b").unwrap();
        let inside = disk.folder("in").unwrap();
        file.append(b" not").unwrap();
        let sync = seed % 4;
        if sync & 1 != 0 {
            inside.sync_dir().unwrap();
        }
        if sync & 2 != 0 {
            disk.sync_dir().unwrap();
        }
        disk.remove("a").unwrap();
        let names = Names::Lost;
        disk.crash_with(
            crash(Unsynced::Percent(50), names),
            &mut Rng::from_seed(seed),
        );
        assert!(inside.list().is_err(), "the folder's handle is closed");
        assert_eq!(read(&disk, "a"), b"synced n");
        assert_eq!((disk.bytes(), disk.synced_bytes()), (8, 8));
        let inside = disk.folder("in").unwrap();
        let linked = inside.exists("b").unwrap();
        if linked {
            disk.open("a").unwrap().append(b"!").unwrap();
            let content = inside.open("b").unwrap().read_all().unwrap();
            assert_eq!(content, b"synced n!", "still one file");
        }
        (sync, linked)
    });
    assert_eq!(lefts, [(0, false), (1, false), (2, false), (3, true)]);
}

#[test]
fn a_crash_and_a_wipe_free_the_lock() {
    let disk = MemoryDisk::new();
    let before = disk.lock().unwrap();
    disk.crash(&mut Rng::from_seed(1));
    let held = disk.lock().unwrap();
    drop(before);
    assert!(disk.lock().is_err(), "only its own holder lets go");
    disk.wipe();
    let again = disk.lock().unwrap();
    drop(held);
    assert!(disk.lock().is_err());
    drop(again);
    disk.lock().unwrap();
}

#[test]
fn a_disk_is_full_at_its_last_byte_and_removing_makes_room() {
    let disk = MemoryDisk::with_capacity_bytes(10);
    let mut file = disk.open("a").unwrap();
    let full = |result: Result<()>| assert_eq!(result.unwrap_err().code(), crate::Code::DiskFull);
    file.append(b"1234567").unwrap();
    full(file.append(b"abcdef"));
    assert_eq!(read(&disk, "a"), b"1234567abc", "what fits was written");
    full(file.append(b"x"));
    full(disk.open("b").map(drop));
    full(disk.link("a", "in", "b"));
    file.write_at(0, b"in place").unwrap();
    full(file.write_at(8, b"....."));
    file.sync().unwrap();
    file.truncate(8).unwrap();
    let mut second = disk.open("b").unwrap();
    second.append(b"xy").unwrap();
    full(second.append(b"z"));
    disk.rename("b", "a").unwrap();
    assert_eq!(disk.bytes(), 2);
    file.append(b"nameless files take no room").unwrap();
    second.append(b"12345678").unwrap();
    disk.set_capacity_bytes(12);
    full(second.append(b"90ab"));
    assert_eq!(disk.bytes(), 12);
    second.sync().unwrap();
    disk.sync_dir().unwrap();
    disk.crash(&mut Rng::from_seed(1));
    assert_eq!(disk.bytes(), 12);
    full(disk.open("c").map(drop));
    disk.remove("a").unwrap();
    disk.open("c").unwrap().append(&[1; 12]).unwrap();
}

#[test]
fn a_file_with_two_names_takes_its_room_once() {
    let disk = MemoryDisk::with_capacity_bytes(10);
    disk.open("a").unwrap().append(b"1234").unwrap();
    disk.link("a", "in", "b").unwrap();
    assert_eq!(disk.bytes(), 4);
    disk.remove("a").unwrap();
    assert_eq!(disk.bytes(), 4);
    disk.folder("in").unwrap().remove("b").unwrap();
    assert_eq!(disk.bytes(), 0);
}

#[derive(Clone, Debug)]
enum Step {
    Append(Vec<u8>),
    WriteAt(u16, Vec<u8>),
    Truncate(u16),
    Sync,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let bytes = || (any::<u8>(), 0..900_usize).prop_map(|(byte, len)| vec![byte; len]);
    let step = prop_oneof![
        3 => bytes().prop_map(Step::Append),
        3 => (0..3000_u16, bytes()).prop_map(|(at, bytes)| Step::WriteAt(at, bytes)),
        1 => (0..3000_u16).prop_map(Step::Truncate),
        1 => Just(Step::Sync),
    ];
    prop::collection::vec(step, 1..25)
}

/// What a file must come back as from a crash: the platter's copy, the system's copy, and the shortest that the
/// file has been since they were the same.
#[derive(Default)]
struct TwoCopies {
    platter: Vec<u8>,
    now: Vec<u8>,
    shortest: usize,
}

impl TwoCopies {
    fn step(&mut self, file: &mut dyn File, step: &Step) {
        match step {
            Step::Append(bytes) => {
                file.append(bytes).unwrap();
                self.now.extend(bytes);
            }
            Step::WriteAt(at, bytes) => {
                let at = usize::from(*at) % (self.now.len() + 1);
                file.write_at(at as u64, bytes).unwrap();
                let end = (at + bytes.len()).min(self.now.len());
                self.now.splice(at..end, bytes.iter().copied());
            }
            Step::Truncate(len) => {
                file.truncate(u64::from(*len)).unwrap();
                self.now.truncate(usize::from(*len));
                self.shortest = self.shortest.min(self.now.len());
            }
            Step::Sync => {
                file.sync().unwrap();
                self.platter.clone_from(&self.now);
                self.shortest = self.now.len();
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_crash_leaves_each_sector_as_it_was_or_as_it_became(
        steps in steps(),
        percent in prop::sample::select(vec![0_u8, 25, 50, 100]),
        seed in any::<u64>(),
    ) {
        let disk = MemoryDisk::new();
        let mut file = disk.open("a").unwrap();
        disk.sync_dir().unwrap();
        let mut copies = TwoCopies::default();
        for step in &steps {
            copies.step(&mut *file, step);
            prop_assert_eq!(&file.read_all().unwrap(), &copies.now);
        }
        let TwoCopies { platter, now, shortest } = copies;
        prop_assert_eq!(disk.bytes(), now.len() as u64);
        prop_assert_eq!(disk.synced_bytes(), platter.len() as u64);
        let names = Names::Ordered;
        disk.crash_with(crash(Unsynced::Percent(percent), names), &mut Rng::from_seed(seed));
        let left = read(&disk, "a");
        match percent {
            0 => prop_assert_eq!(&left, &platter),
            100 => prop_assert_eq!(&left, &now),
            _ => {
                let undone = left.len() == platter.len() && left[shortest..] == platter[shortest..];
                let tail = (now.len() - shortest) * usize::from(percent) / 100;
                let grown = left.len() == shortest + tail && left[shortest..] == now[shortest..left.len()];
                prop_assert!(undone || grown, "{} bytes left", left.len());
                for (number, sector) in left[..shortest].chunks(512).enumerate() {
                    let place = number * 512..number * 512 + sector.len();
                    prop_assert!(
                        *sector == platter[place.clone()] || *sector == now[place],
                        "sector {} is neither", number
                    );
                }
            }
        }
        prop_assert_eq!(disk.synced_bytes(), left.len() as u64);
    }
}
