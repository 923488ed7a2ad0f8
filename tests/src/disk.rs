//! A disk that fails to make anything durable, for a program that is started in its environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binaries::repository;
use crate::left_out::tool_for;
use crate::place::Place;
use crate::process;

/// See `tests/virtual-devices/disk.c`.
pub struct Disk {
    library: PathBuf,
    broken: PathBuf,
}

impl Disk {
    /// Compiles it; says that the test is left out where that cannot be done.
    ///
    /// # Panics
    /// When it does not compile.
    #[must_use]
    pub fn new(place: &Place, test: &str) -> Option<Self> {
        let compiler = tool_for(test, "cc")?;
        let (library, broken) = (place.join("disk.so"), place.join("broken"));
        let source = repository().join("tests/virtual-devices/disk.c");
        let mut compile = Command::new(compiler);
        compile.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library).arg(source).arg("-ldl");
        process::output(&mut compile);
        Some(Self { library, broken })
    }

    /// Lets every sync fail from now on, or none.
    ///
    /// # Panics
    /// When the test's folder cannot be written.
    pub fn is_broken(&self, broken: bool) {
        match broken {
            true => std::fs::write(&self.broken, "").expect("the test's folder can be written"),
            false => std::fs::remove_file(&self.broken).expect("it was broken"),
        }
    }

    /// What the program's environment must hold.
    #[must_use]
    pub fn environment(&self) -> [(&str, &Path); 2] {
        [("LD_PRELOAD", self.library.as_path()), ("ATTUNE_DISK", self.broken.as_path())]
    }
}
