use super::*;

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
