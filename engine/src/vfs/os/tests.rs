#![expect(clippy::disallowed_methods, reason = "a test looks behind the disk")]

use super::*;
use crate::Code;

fn disk() -> (tempfile::TempDir, OsDisk) {
    let folder = tempfile::tempdir().unwrap();
    let disk = OsDisk::open(folder.path()).unwrap();
    (folder, disk)
}

fn code<T>(result: Result<T>) -> Code {
    result.err().expect("this fails").code()
}

#[test]
fn what_was_written_is_there_when_the_folder_is_opened_again() {
    let (folder, disk) = disk();
    disk.open("a").unwrap().append(b"still here").unwrap();
    drop(disk);
    let disk = OsDisk::open(folder.path()).unwrap();
    let mut file = disk.open("a").unwrap();
    file.append(b"!").unwrap();
    assert_eq!(file.read_all().unwrap(), b"still here!");
    assert_eq!(
        fs::read(folder.path().join("a")).unwrap(),
        b"still here!",
        "and it is a plain file"
    );
}

#[test]
fn an_open_beside_a_file_of_the_same_name_is_refused() {
    let (folder, disk) = disk();
    disk.open("a").unwrap();
    assert_eq!(
        code(OsDisk::open(folder.path().join("a"))),
        Code::InvalidArgument
    );
    let below = OsDisk::open(folder.path().join("a").join("b"));
    assert_eq!(code(below), Code::Io);
}

#[test]
fn a_checkpoint_may_lie_elsewhere_on_the_file_system() {
    let (_folder, disk) = disk();
    let elsewhere = tempfile::tempdir().unwrap();
    disk.open("a").unwrap().append(b"x").unwrap();
    let path = elsewhere.path().join("deep").join("down");
    let path = path.to_str().unwrap();
    disk.link("a", path, "b").unwrap();
    let there = disk.folder(path).unwrap();
    assert_eq!(there.open("b").unwrap().read_all().unwrap(), b"x");
    there.sync_dir().unwrap();
    for wrong in [format!("{path}/../up"), format!("{path}\0")] {
        assert_eq!(code(disk.folder(&wrong)), Code::InvalidArgument);
        assert_eq!(code(disk.link("a", &wrong, "c")), Code::InvalidArgument);
    }
}

#[test]
fn the_lock_says_which_process_holds_it() {
    let (folder, disk) = disk();
    let _held = disk.lock().unwrap();
    let again = OsDisk::open(folder.path()).unwrap();
    let why = again.lock().unwrap_err().to_string();
    assert!(
        why.contains(&format!("held by process {}:", std::process::id())),
        "{why}"
    );
}

#[test]
fn a_failure_names_the_operation_the_file_and_the_reason() {
    let (folder, disk) = disk();
    fs::remove_dir_all(folder.path()).unwrap();
    for (why, operation) in [
        (disk.open("a").err(), "open"),
        (disk.list().err(), "list"),
        (disk.sync_dir().err(), "sync the folder"),
        (disk.lock().err(), "open"),
    ] {
        let why = why.expect("the folder is gone");
        assert_eq!(why.code(), Code::Io);
        let text = why.to_string();
        assert!(text.contains(operation), "{text}");
        assert!(
            text.contains(folder.path().file_name().unwrap().to_str().unwrap()),
            "{text}"
        );
        assert!(text.contains("No such file"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_of_ours_is_not_listed() {
    let (folder, disk) = disk();
    fs::create_dir(folder.path().join("folder")).unwrap();
    fs::write(folder.path().join("b\\c"), b"").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("symlink")).unwrap();
    disk.open("a").unwrap();
    assert_eq!(disk.list().unwrap(), ["a"]);
    assert_eq!(code(disk.remove("symlink")), Code::InvalidArgument);
}

/// `/dev/full` is Linux's disk without room.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_without_room_is_a_full_disk() {
    let mut file = OsFile::open(PathBuf::from("/dev/full")).unwrap();
    let error = file.append(b"x").unwrap_err();
    assert_eq!(error.code(), Code::DiskFull);
    assert!(
        error.to_string().contains("append to '/dev/full'"),
        "{error}"
    );
}

#[test]
fn after_a_failed_write_the_end_is_where_the_file_ends() {
    let (folder, disk) = disk();
    disk.open("a").unwrap().append(b"abc").unwrap();
    let path = folder.path().join("a");
    let mut file = OsFile::open(path.clone()).unwrap();
    // Past the largest offset the system refuses to write.
    file.move_end(i64::MAX as u64);
    assert_eq!(code(file.append(b"x")), Code::Io);
    file.append(b"d").unwrap();
    assert_eq!(fs::read(path).unwrap(), b"abcd");
}

#[test]
fn seeking_does_what_the_positioned_calls_do() {
    let file = tempfile::tempfile().unwrap();
    positioned::seeking::write_all_at(&file, b"abcdef", 0).unwrap();
    positioned::seeking::write_all_at(&file, b"XY", 2).unwrap();
    positioned::write_all_at(&file, b"Z", 4).unwrap();
    let mut buffer = [0; 8];
    for read_at in [positioned::seeking::read_at, positioned::read_at] {
        let count = read_at(&file, &mut buffer, 1).unwrap();
        assert_eq!(&buffer[..count], b"bXYZf");
        assert_eq!(read_at(&file, &mut buffer, 9).unwrap(), 0);
    }
}
