use serde::Serialize;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use utoipa::ToSchema;

/// What this process takes of the machine. Null where the system does not tell.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, ToSchema)]
pub(crate) struct ProcessView {
    /// Resident memory, bytes.
    pub(super) resident_bytes: Option<u64>,
    /// Processor time since the start, seconds over all cores.
    pub(super) cpu_seconds: Option<f64>,
    /// Mean share of one core since the start.
    pub(super) cpu_share: Option<f64>,
}

/// Looks at this process.
pub(super) fn look() -> ProcessView {
    let mut system = System::new();
    let own = Pid::from_u32(std::process::id());
    let wanted = ProcessRefreshKind::nothing().with_memory().with_cpu();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, wanted);
    let Some(process) = system.process(own) else { return ProcessView::default() };
    let seconds = process.accumulated_cpu_time() as f64 / 1000.0;
    let runs = process.run_time() as f64;
    ProcessView {
        resident_bytes: Some(process.memory()),
        cpu_seconds: Some(seconds),
        cpu_share: (runs > 0.0).then(|| seconds / runs),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_has_memory_and_takes_time() {
        let begun = std::time::Instant::now();
        while begun.elapsed().as_millis() < 50 {
            std::hint::spin_loop();
        }
        let process = super::look();
        assert!(process.resident_bytes.is_some_and(|bytes| bytes > 1 << 20), "{process:?}");
        assert!(process.cpu_seconds.is_some_and(|seconds| seconds > 0.0), "{process:?}");
    }
}
