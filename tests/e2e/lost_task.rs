//! A part of a program that dies is not missed in silence.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use attune_tests::collector::Collector;
use attune_tests::left_out::{left_out, tool_for};
use attune_tests::place::Place;
use attune_tests::wait;
use attune_tests::wire::{Device, motion_item};

/// A system that has no thread to give to a program, as long as this lives.
struct NoThreads(Child);

impl NoThreads {
    fn of(strace: &Path, process: u32) -> Self {
        let calls = ["-e", "trace=clone,clone3", "-e", "inject=clone,clone3:error=EAGAIN"];
        let mut strace = Command::new(strace);
        let strace = strace.args(["-f", "-qq", "-o", "/dev/null"]).args(calls).args(["-p", &process.to_string()]);
        Self(strace.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("strace starts"))
    }

    /// Whether it is in force, for every thread: not where the system lets nobody trace.
    fn is_in_force(&mut self, process: u32) -> bool {
        let is_traced = |thread: std::io::Result<std::fs::DirEntry>| {
            let status = std::fs::read_to_string(thread.ok()?.path().join("status")).ok()?;
            Some(status.lines().find_map(|line| line.strip_prefix("TracerPid:"))?.trim() != "0")
        };
        wait::until("strace to take hold, or to give up", || {
            let mut threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
            let are_traced = threads.all(|thread| is_traced(thread) == Some(true));
            let has_ended = self.0.try_wait().expect("our child can be waited for").is_some();
            (are_traced || has_ended).then_some(are_traced && !has_ended)
        })
    }
}

impl Drop for NoThreads {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_part_that_dies_ends_the_collector_with_its_name_and_nothing_that_was_acknowledged_is_lost() {
    let test = "a part of the collector that dies";
    let Some(strace) = tool_for(test, "strace") else { return };
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let mut device = Device::enrolled(&collector, "alice");
    device.send(vec![motion_item(1)]);
    device.acknowledged();
    // Threads that have nothing to do are given back after ten seconds; then what is heard needs a new one.
    let process = collector.process().id();
    std::thread::sleep(Duration::from_secs(12));
    let mut no_threads = NoThreads::of(&strace, process);
    if !no_threads.is_in_force(process) {
        return left_out(test, "this machine lets nobody trace a process");
    }
    device.send(vec![motion_item(2)]);
    let status = collector.process().wait();
    drop(no_threads);
    assert_eq!(status.code(), Some(1), "{}", collector.log());
    // Which one needs a thread first is not said: the ingest, for what was heard, or one that looks now and then.
    let log = collector.log();
    let died = log.lines().filter_map(|line| line.split_once("A task ended though nobody asked it to. task=\"")).next();
    let name = died.and_then(|(_, rest)| rest.split('"').next()).expect("its name");
    assert!(log.contains(&format!("failed to go on: {name} ended by itself")), "{log}");

    // The device has not heard an answer, and sends again.
    collector.restart();
    device.reconnect(&collector);
    device.send(vec![motion_item(1), motion_item(2)]);
    device.acknowledged();
    assert_eq!(attune_tests::database::keys(&collector.database()).len(), 3, "consent and both records");
}
