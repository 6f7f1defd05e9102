//! A file system of a few MiB, for what happens when a disk is full.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

pub(crate) struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts one, where this process may. In CI, where it must be able to, this is required.
    pub(crate) fn mount(mib: usize) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "tmpfs"]).arg(folder.path());
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        assert!(std::env::var_os("CI").is_none(), "file systems cannot be mounted here, and CI must test a full disk");
        println!("skipped: file systems cannot be mounted here");
        None
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}
