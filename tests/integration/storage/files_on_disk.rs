//! The folder of the provider `local`: links, leftovers, foreign files, a full disk.

use std::fs;
use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use resourceful::storage::{Key, LocalFiles, Storage, StorageErrorKind, UploadOptions};

use super::{block_on, body, files_in, get, key, keys, put, text};

fn local() -> (tempfile::TempDir, Storage) {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = Storage::new(LocalFiles::open(folder.path()).expect("a folder"));
    (folder, storage)
}

#[cfg(unix)]
#[test]
fn links_are_never_followed() {
    use std::os::unix::fs::symlink;
    let (folder, storage) = local();
    let outside = tempfile::tempdir().expect("a folder");
    block_on(async {
        put(&storage, "real", "real").await;
        let other = Storage::new(LocalFiles::open(outside.path()).expect("a folder"));
        put(&other, "secret", "secret").await;
        symlink(outside.path().join("secret~"), folder.path().join("file~")).expect("a link");
        symlink("/etc/passwd", folder.path().join("passwd~")).expect("a link");
        symlink(outside.path(), folder.path().join("folder")).expect("a link");
        symlink(folder.path().join("real~"), folder.path().join("inner~")).expect("a link");
        for name in ["file", "passwd", "folder/secret", "inner"] {
            let kind = get(&storage, name, None).await.map_err(|error| error.kind());
            assert_eq!(kind, Err(StorageErrorKind::NotFound), "{name}");
            assert!(!storage.exists(&key(name)).await.expect("an answer"), "{name}");
            let copy = storage.copy(&key(name), &key("copy")).await.map_err(|error| error.kind());
            assert_eq!(copy, Err(StorageErrorKind::NotFound), "{name}");
        }
        assert_eq!(keys(&storage, "").await, ["real"]);
        assert_eq!(keys(&storage, "folder").await, Vec::<String>::new());
        // Nothing is written or removed through a link either.
        for name in ["file", "folder/new", "folder/secret"] {
            let answer = storage.upload(&key(name), text("new"), UploadOptions::new("a/b")).await;
            assert!(answer.is_err(), "{name}");
            let _ = storage.delete(&key("folder/secret")).await;
        }
        assert_eq!(get(&other, "secret", None).await.expect("still there"), b"secret");
        assert_eq!(files_in(outside.path()).len(), 2, "the file and the folder of temporary files");
        // The folder itself may be a link.
        let link = outside.path().join("link");
        symlink(folder.path(), &link).expect("a link");
        let linked = Storage::new(LocalFiles::open(&link).expect("a folder"));
        assert_eq!(get(&linked, "real", None).await.expect("found"), b"real");
    });
}

#[test]
fn only_files_of_the_storage_exist() {
    let (folder, storage) = local();
    block_on(async {
        put(&storage, "a/real", "real").await;
        fs::write(folder.path().join("a/plain"), "plain").expect("written");
        fs::write(folder.path().join("a/foreign~"), "foreign").expect("written");
        fs::write(folder.path().join("a/empty~"), "").expect("written");
        fs::write(folder.path().join("a/tail~"), b"\xff\xff\xff\xffrsrcful1").expect("written");
        let cut = fs::read(folder.path().join("a/real~")).expect("a file");
        fs::write(folder.path().join("a/cut~"), &cut[..cut.len() - 1]).expect("written");
        fs::create_dir(folder.path().join("a/folder~")).expect("created");
        assert_eq!(keys(&storage, "").await, ["a/real"]);
        for name in ["plain", "foreign", "empty", "tail", "cut", "folder", "real~"] {
            if let Ok(key) = Key::parse(format!("a/{name}")) {
                assert!(!storage.exists(&key).await.expect("an answer"), "{name}");
            }
        }
    });
}

#[test]
fn a_file_and_a_folder_can_have_the_same_name() {
    let (_folder, storage) = local();
    block_on(async {
        put(&storage, "a", "1").await;
        put(&storage, "a/b", "2").await;
        put(&storage, "a/b/c", "3").await;
        assert_eq!(keys(&storage, "").await, ["a", "a/b", "a/b/c"]);
        storage.delete(&key("a/b")).await.expect("removed");
        assert_eq!(keys(&storage, "").await, ["a", "a/b/c"]);
    });
}

#[test]
fn folders_that_become_empty_are_removed() {
    let (folder, storage) = local();
    block_on(async {
        put(&storage, "a/b/c", "1").await;
        put(&storage, "a/d", "2").await;
        storage.delete(&key("a/b/c")).await.expect("removed");
        assert!(folder.path().join("a").exists() && !folder.path().join("a/b").exists());
        // Two at a time: one makes folders that the other removes.
        for round in 0..200 {
            let (one, other) = (format!("x/y/{round}"), format!("x/y/{round}-other"));
            put(&storage, &one, "1").await;
            let (one, other) = (key(&one), key(&other));
            let (removed, stored) =
                tokio::join!(storage.delete(&one), storage.upload(&other, text("2"), UploadOptions::new("a/b")));
            removed.expect("removed");
            stored.expect("stored");
            storage.delete(&other).await.expect("removed");
        }
    });
}

#[test]
fn what_a_crash_left_is_removed_when_it_is_old() {
    let (folder, storage) = local();
    let temporary = folder.path().join("~tmp");
    let leave = |name: &str, age: u64| {
        let file = fs::File::create(temporary.join(name)).expect("a file");
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).expect("its time");
    };
    leave("old", 7200);
    leave("recent", 1800);
    leave("new", 0);
    block_on(async {
        put(&storage, "kept", "kept").await;
        // Another process starts: it leaves what may still be written.
        let started = Storage::new(LocalFiles::open(folder.path()).expect("a folder"));
        assert_eq!(files_in(&temporary).len(), 2);
        assert_eq!(started.sweep(Duration::from_secs(600)).await.expect("swept"), 1);
        assert_eq!(started.sweep(Duration::ZERO).await.expect("swept"), 1);
        assert_eq!(files_in(&temporary), Vec::<String>::new());
        assert_eq!(keys(&started, "").await, ["kept"]);
    });
}

#[test]
fn what_every_upload_needs_is_no_missing_file() {
    let (folder, storage) = local();
    block_on(async {
        put(&storage, "kept", "kept").await;
        fs::remove_dir(folder.path().join("~tmp")).expect("it is empty");
        put(&storage, "again", "again").await;
        storage.copy(&key("again"), &key("copy")).await.expect("copied");
        assert_eq!(keys(&storage, "").await, ["again", "copy", "kept"]);
        fs::remove_dir_all(folder.path()).expect("removed");
        let answer = storage.upload(&key("a"), text("a"), UploadOptions::new("a/b")).await;
        let error = answer.expect_err("there is no folder");
        assert_eq!(error.kind(), StorageErrorKind::Unavailable, "{error}");
        // Nothing can be said about any file then: neither that there is none, nor that it was removed.
        let gone = StorageErrorKind::Unavailable;
        assert_eq!(get(&storage, "kept", None).await.map_err(|error| error.kind()), Err(gone));
        assert_eq!(storage.exists(&key("kept")).await.map_err(|error| error.kind()), Err(gone));
        assert_eq!(storage.delete(&key("kept")).await.map_err(|error| error.kind()), Err(gone));
        assert_eq!(storage.copy(&key("kept"), &key("b")).await.map_err(|error| error.kind()), Err(gone));
        let listed = storage.list("").try_collect::<Vec<_>>().await.map_err(|error| error.kind());
        assert_eq!(listed.err(), Some(gone));
        fs::create_dir(folder.path()).expect("created");
    });
}

#[test]
fn the_same_bytes_with_another_type_or_name_have_another_tag() {
    let (_folder, storage) = local();
    block_on(async {
        let mut tags = std::collections::BTreeSet::new();
        for (content_type, name) in [("a/b", None), ("a/c", None), ("a/b", Some("x")), ("a/b", Some("y"))] {
            let options = UploadOptions::new(content_type);
            let options = match name {
                Some(name) => options.file_name(resourceful::storage::FileName::parse(name).expect("a name")),
                None => options,
            };
            let stored = storage.upload(&key("a"), text("same"), options).await.expect("stored");
            assert_eq!(storage.head(&key("a")).await.expect("found").etag, stored.etag);
            tags.insert(stored.etag);
        }
        assert_eq!(tags.len(), 4, "{tags:?}");
    });
}

/// A small file system, where this process may mount one: with a full disk an upload is answered with 507 and leaves nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_nothing_remains() {
    let Some(disk) = crate::support::small_disk::SmallDisk::mount(4) else { return };
    let storage = Storage::new(LocalFiles::open(disk.path()).expect("a folder"));
    block_on(async {
        put(&storage, "kept", "kept").await;
        for size in [5, 20] {
            let answer = storage.upload(&key("large"), body(size << 20), UploadOptions::new("a/b")).await;
            let error = answer.expect_err("there is no space");
            assert_eq!(error.kind(), StorageErrorKind::Full, "{error}");
            let error = resourceful::Error::from(error);
            assert_eq!((error.status(), error.slug()), (507, "storage-full"));
        }
        assert_eq!(files_in(&disk.path().join("~tmp")), Vec::<String>::new());
        assert_eq!(keys(&storage, "").await, ["kept"]);
        // There is space for what fits.
        storage.upload(&key("small"), body(2 << 20), UploadOptions::new("a/b")).await.expect("it fits");
    });
}
