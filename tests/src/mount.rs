//! File systems of a test's own, which are full or cannot be written: the real thing, where the machine lets tests mount.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::left_out::left_out;

/// A mounted file system that goes with the test.
pub struct Mount(PathBuf);

impl Mount {
    /// A small file system in memory at a folder; says that the test is left out where this machine does not let it mount.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn small(test: &str, folder: &Path, mib: u32) -> Option<Self> {
        fs::create_dir_all(folder).expect("the test's folder can be written");
        let size = format!("size={mib}m,mode=700");
        Self::made(test, folder, &["-t", "tmpfs", "-o", &size, "tmpfs"])
    }

    /// Lets nobody write to a folder, also who may write everywhere; else as [`Mount::small`].
    #[must_use]
    pub fn read_only(test: &str, folder: &Path) -> Option<Self> {
        let mount = Self::made(test, folder, &["--bind", &folder.to_string_lossy()])?;
        mount.is_made(&["-o", "remount,bind,ro"]).then_some(mount)
    }

    fn made(test: &str, folder: &Path, arguments: &[&str]) -> Option<Self> {
        // Unmounted also where only a part of it was done.
        let mount = Self(folder.to_owned());
        let is_made = mount.is_made(arguments);
        if is_made {
            return Some(mount);
        }
        left_out(test, "this machine does not let tests mount file systems");
        std::mem::forget(mount);
        None
    }

    fn is_made(&self, arguments: &[&str]) -> bool {
        let mounted = Command::new("mount").args(arguments).arg(&self.0).output();
        mounted.is_ok_and(|done| done.status.success())
    }

    /// Fills it to the last byte, and gives the file that does.
    ///
    /// # Panics
    /// When it does not become full.
    #[must_use]
    pub fn fill(&self) -> PathBuf {
        let path = self.0.join("filling");
        let mut file = File::create(&path).expect("a file can be made");
        for piece in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![1; piece]).is_ok() {}
        }
        assert!(fs::write(self.0.join("more"), [1; 8]).is_err(), "it is full");
        let _ = fs::remove_file(self.0.join("more"));
        path
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: what a test that failed has open is closed later.
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}
