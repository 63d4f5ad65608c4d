//! What holds on every disk.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::Code;
use crate::seeded::cases;

/// One of each kind of disk, empty, and what must outlive it.
struct Disks {
    disks: Vec<(&'static str, Arc<dyn Vfs>)>,
    #[cfg(feature = "live")]
    _folder: tempfile::TempDir,
}

fn disks() -> Disks {
    let memory = MemoryDisk::new();
    #[allow(unused_mut)]
    let mut disks: Vec<(&'static str, Arc<dyn Vfs>)> = vec![
        ("memory", Arc::new(MemoryDisk::new())),
        ("fault", Arc::new(FaultDisk::over_memory(&memory))),
    ];
    #[cfg(feature = "live")]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made").join("on the way");
        disks.push(("os", Arc::new(OsDisk::open(path).unwrap())));
        Disks {
            disks,
            _folder: folder,
        }
    }
    #[cfg(not(feature = "live"))]
    Disks { disks }
}

fn on_every_disk(check: impl Fn(&dyn Vfs)) {
    for (name, disk) in &disks().disks {
        eprintln!("on the disk '{name}'");
        check(&**disk);
    }
}

fn write(disk: &dyn Vfs, name: &str, content: &[u8]) -> Box<dyn File> {
    let mut file = disk.open(name).unwrap();
    file.append(content).unwrap();
    file
}

fn read(disk: &dyn Vfs, name: &str) -> Vec<u8> {
    assert!(disk.exists(name).unwrap());
    disk.open(name).unwrap().read_all().unwrap()
}

fn refused<T>(result: Result<T>) -> String {
    let Err(error) = result else {
        panic!("this is refused");
    };
    assert_eq!(error.code(), Code::InvalidArgument, "{error}");
    error.to_string()
}

#[test]
fn a_file_is_what_was_appended_to_it() {
    on_every_disk(|disk| {
        assert!(!disk.exists("a").unwrap());
        let mut file = write(disk, "a", b"one ");
        assert_eq!(disk.open("a").unwrap().len().unwrap(), 4);
        file.append(b"").unwrap();
        file.append(b"two").unwrap();
        file.sync().unwrap();
        disk.sync_dir().unwrap();
        assert_eq!(read(disk, "a"), b"one two");
        let mut again = disk.open("a").unwrap();
        again.append(b" three").unwrap();
        assert_eq!(read(disk, "a"), b"one two three");
        assert!(disk.open("b").unwrap().is_empty().unwrap());
        assert_eq!(disk.list().unwrap(), ["a", "b"]);
    });
}

#[test]
fn a_write_in_place_covers_what_was_there_and_may_reach_past_the_end() {
    on_every_disk(|disk| {
        let mut file = write(disk, "log", &[0; 1000]);
        file.write_at(100, b"frame").unwrap();
        file.write_at(998, b"ends").unwrap();
        file.append(b"!").unwrap();
        file.write_at(1003, b"?").unwrap();
        file.write_at(1004, b"").unwrap();
        let bytes = read(disk, "log");
        assert_eq!(bytes.len(), 1004);
        assert_eq!(&bytes[99..106], b"\0frame\0");
        assert_eq!(&bytes[997..], b"\0ends!?");
        let why = refused(file.write_at(1005, b"hole"));
        assert!(
            why.contains("byte 1005, past its end at 1004"),
            "the text: {why}"
        );
        refused(file.write_at(u64::MAX, b"hole"));
        assert_eq!(read(disk, "log"), bytes);
    });
}

#[test]
fn a_file_reads_from_anywhere_and_not_past_its_end() {
    on_every_disk(|disk| {
        let file = write(disk, "a", b"abcdef");
        let mut buffer = [0; 4];
        assert_eq!(file.read_at(1, &mut buffer).unwrap(), 4);
        assert_eq!(&buffer, b"bcde");
        assert_eq!(file.read_at(4, &mut buffer).unwrap(), 2);
        assert_eq!(&buffer[..2], b"ef");
        for past in [6, 7, u64::MAX / 2, u64::MAX] {
            assert_eq!(file.read_at(past, &mut buffer).unwrap(), 0);
        }
        file.read_exact_at(2, &mut buffer).unwrap();
        assert_eq!(&buffer, b"cdef");
        for past in [3, 6, u64::MAX] {
            let short = file.read_exact_at(past, &mut buffer).unwrap_err();
            assert_eq!(short.code(), Code::Corruption);
        }
    });
}

#[test]
fn a_truncation_cuts_and_never_lengthens() {
    on_every_disk(|disk| {
        let mut file = write(disk, "a", b"abcdef");
        file.truncate(9).unwrap();
        assert_eq!(read(disk, "a"), b"abcdef");
        file.truncate(2).unwrap();
        file.append(b"X").unwrap();
        assert_eq!(read(disk, "a"), b"abX");
        file.truncate(0).unwrap();
        assert!(file.is_empty().unwrap());
    });
}

#[test]
fn a_clone_is_a_handle_on_the_same_file() {
    on_every_disk(|disk| {
        let mut file = write(disk, "a", b"one");
        let mut clone = file.try_clone().unwrap();
        file.append(b" two").unwrap();
        clone.append(b" three").unwrap();
        file.append(b" four").unwrap();
        clone.sync().unwrap();
        drop(file);
        assert_eq!(clone.read_all().unwrap(), b"one two three four");
    });
}

#[test]
fn one_thread_syncs_while_another_appends() {
    on_every_disk(|disk| {
        let mut file = write(disk, "a", b"");
        let syncer = file.try_clone().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || (0..20).for_each(|_| syncer.sync().unwrap()));
            (0..200).for_each(|_| file.append(b"0123456789").unwrap());
        });
        assert_eq!(read(disk, "a"), b"0123456789".repeat(200));
    });
}

#[test]
fn a_rename_takes_the_place_of_what_was_there() {
    on_every_disk(|disk| {
        let mut new = write(disk, "new", b"new");
        let old = write(disk, "a", b"old");
        disk.rename("new", "a").unwrap();
        new.append(b"!").unwrap();
        assert_eq!(read(disk, "a"), b"new!");
        assert_eq!(old.read_all().unwrap(), b"old", "a handle follows its file");
        disk.rename("a", "a").unwrap();
        assert_eq!(disk.list().unwrap(), ["a"]);
        refused(disk.rename("none", "a"));
        assert_eq!(read(disk, "a"), b"new!");
    });
}

#[test]
fn a_removed_file_is_there_for_those_who_have_it_open() {
    on_every_disk(|disk| {
        let mut file = write(disk, "a", b"still ");
        disk.remove("a").unwrap();
        assert!(!disk.exists("a").unwrap());
        refused(disk.remove("a"));
        file.append(b"here").unwrap();
        assert_eq!(file.read_all().unwrap(), b"still here");
        assert!(disk.open("a").unwrap().is_empty().unwrap());
    });
}

#[test]
fn a_link_is_a_second_name_of_equal_right() {
    on_every_disk(|disk| {
        let mut file = write(disk, "table", b"shared");
        disk.link("table", "checkpoint", "copy").unwrap();
        let checkpoint = disk.folder("checkpoint").unwrap();
        file.append(b"!").unwrap();
        assert_eq!(read(&*checkpoint, "copy"), b"shared!");
        disk.remove("table").unwrap();
        assert_eq!(read(&*checkpoint, "copy"), b"shared!");
        assert_eq!(
            disk.list().unwrap(),
            [""; 0],
            "folders and what is in them are left out"
        );
        checkpoint.sync_dir().unwrap();

        write(disk, "other", b"other");
        refused(disk.link("other", "checkpoint", "copy"));
        refused(disk.link("none", "checkpoint", "new"));
        refused(disk.link("checkpoint", "checkpoint", "new"));
        assert_eq!(checkpoint.list().unwrap(), ["copy"]);
        disk.link("other", "checkpoint", "second").unwrap();
        refused(disk.link("none", "never", "made"));
        write(disk, "never", b"so the folder was not made");
    });
}

#[test]
fn two_names_of_one_file_survive_a_rename_of_one_over_the_other() {
    on_every_disk(|disk| {
        write(disk, "a", b"x");
        disk.link("a", "in", "b").unwrap();
        disk.link("a", "in", "c").unwrap();
        let inside = disk.folder("in").unwrap();
        inside.rename("b", "c").unwrap();
        assert_eq!(inside.list().unwrap(), ["b", "c"]);
    });
}

#[test]
fn a_folder_inside_is_a_disk_of_its_own() {
    on_every_disk(|disk| {
        let inside = disk.folder("in").unwrap();
        write(&*inside, "a", b"inside");
        write(disk, "a", b"outside");
        assert_eq!(read(&*disk.folder("in").unwrap(), "a"), b"inside");
        let deeper = inside.folder("in").unwrap();
        assert!(deeper.list().unwrap().is_empty());
        assert!(!disk.exists("in").unwrap());
        refused(disk.open("in"));
        refused(disk.remove("in"));
        refused(disk.rename("in", "b"));
        refused(disk.folder("a"));
        assert_eq!(disk.list().unwrap(), ["a"]);
    });
}

#[test]
fn one_store_at_a_time_holds_a_folder() {
    on_every_disk(|disk| {
        let held = disk.lock().unwrap();
        let why = refused(disk.lock());
        assert!(why.contains("is held by"), "{why}");
        let inside = disk.folder("in").unwrap();
        let _inside = inside.lock().unwrap();
        assert!(disk.list().unwrap().is_empty(), "the lock is no file");
        drop(held);
        let _held = disk.lock().unwrap();
        refused(disk.lock());
    });
}

#[test]
fn names_that_lead_out_of_the_folder_are_refused() {
    on_every_disk(|disk| {
        write(disk, "a", b"");
        let long = "n".repeat(name::NAME_BYTES_MAX + 1);
        let wrong = ["", ".", "..", "../a", "b/c", "b\\c", "n\0l", "LOCK", &long];
        for name in wrong {
            let why = refused(disk.open(name));
            assert!(why.contains("the file name"), "{why}");
            refused(disk.exists(name));
            refused(disk.remove(name));
            refused(disk.rename(name, "b"));
            refused(disk.rename("a", name));
            refused(disk.link(name, "in", "b"));
            refused(disk.link("a", name, "b"));
            refused(disk.link("a", "in", name));
            refused(disk.folder(name));
        }
        assert_eq!(disk.list().unwrap(), ["a"]);
        for right in ["...", "a..b", "LOCK2", &long[1..]] {
            disk.open(right).unwrap();
        }
    });
}

#[derive(Clone, Debug)]
enum Step {
    Append(&'static str, Vec<u8>),
    WriteAt(&'static str, u64, Vec<u8>),
    Truncate(&'static str, u64),
    Sync(&'static str),
    Remove(&'static str),
    Rename(&'static str, &'static str),
    Exists(&'static str),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = || prop::sample::select(vec!["a", "b", "c"]);
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    let step = prop_oneof![
        (name(), bytes()).prop_map(|(name, bytes)| Step::Append(name, bytes)),
        (name(), 0..60_u64, bytes()).prop_map(|(name, at, bytes)| Step::WriteAt(name, at, bytes)),
        (name(), 0..60_u64).prop_map(|(name, len)| Step::Truncate(name, len)),
        name().prop_map(Step::Sync),
        name().prop_map(Step::Remove),
        (name(), name()).prop_map(|(from, to)| Step::Rename(from, to)),
        name().prop_map(Step::Exists),
    ];
    prop::collection::vec(step, 0..40)
}

type Files = BTreeMap<String, Vec<u8>>;

/// What `step` does to a folder by the book, and whether it is refused.
fn by_the_book(files: &mut Files, step: &Step) -> bool {
    match step {
        Step::Append(name, bytes) => files.entry((*name).into()).or_default().extend(bytes),
        Step::WriteAt(name, at, bytes) => {
            let file = files.entry((*name).into()).or_default();
            let at = *at as usize;
            if at > file.len() {
                return false;
            }
            let end = (at + bytes.len()).min(file.len());
            file.splice(at..end, bytes.iter().copied());
        }
        Step::Truncate(name, len) => files
            .entry((*name).into())
            .or_default()
            .truncate(*len as usize),
        Step::Sync(name) => {
            files.entry((*name).into()).or_default();
        }
        Step::Remove(name) => return files.remove(*name).is_some(),
        Step::Rename(from, to) => match files.remove(*from) {
            Some(file) => {
                files.insert((*to).into(), file);
            }
            None => return false,
        },
        Step::Exists(name) => return files.contains_key(*name),
    }
    true
}

fn on_the_disk(disk: &dyn Vfs, step: &Step) -> bool {
    let done = match step {
        Step::Append(name, bytes) => disk.open(name).unwrap().append(bytes),
        Step::WriteAt(name, at, bytes) => disk.open(name).unwrap().write_at(*at, bytes),
        Step::Truncate(name, len) => disk.open(name).unwrap().truncate(*len),
        Step::Sync(name) => disk.open(name).unwrap().sync(),
        Step::Remove(name) => disk.remove(name),
        Step::Rename(from, to) => disk.rename(from, to),
        Step::Exists(name) => return disk.exists(name).unwrap(),
    };
    done.map_err(|error| assert_eq!(error.code(), Code::InvalidArgument))
        .is_ok()
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn every_disk_does_what_the_book_says(steps in steps()) {
        for (name, disk) in &disks().disks {
            let mut files = Files::new();
            for (number, step) in steps.iter().enumerate() {
                let expected = by_the_book(&mut files, step);
                prop_assert_eq!(on_the_disk(&**disk, step), expected, "{}: step {}", name, number);
            }
            let names: Vec<_> = files.keys().cloned().collect();
            prop_assert_eq!(disk.list().unwrap(), names, "{}", name);
            for (file, content) in files {
                prop_assert_eq!(read(&**disk, &file), content, "{}: {}", name, file);
            }
        }
    }
}
