use std::collections::VecDeque;
use std::time::Duration;

use super::STRETCH;

/// Clock ticks a second in `/proc`, the same on every Linux.
const TICKS: f64 = 100.0;

/// Processor seconds of this process so far, where the system says so in `/proc`.
pub(super) fn processor_seconds() -> Option<f64> {
    seconds(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// User and system time stand 12th and 13th behind the name, which stands in parentheses and may hold anything.
fn seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let times: Vec<f64> = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    (times.len() == 2).then(|| times.iter().sum::<f64>() / TICKS)
}

/// What the process took over the last [`STRETCH`], in cores.
#[derive(Debug, Default)]
pub(super) struct Load(VecDeque<(Duration, f64)>);

impl Load {
    /// Takes in what it took by an instant, both from the beginning of the run.
    pub(super) fn add(&mut self, at: Duration, seconds: f64) {
        self.0.push_back((at, seconds));
        // The first one that is as old as the stretch begins it.
        while self.0.get(1).is_some_and(|(next, _)| at.saturating_sub(*next) >= STRETCH) {
            self.0.pop_front();
        }
    }

    /// Begins anew: what was is no word on what comes.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Cores over the stretch that is over; `None` as long as it is not.
    pub(super) fn cores(&self) -> Option<f64> {
        let ((begin, before), (end, after)) = (self.0.front()?, self.0.back()?);
        let passed = end.saturating_sub(*begin);
        (passed >= STRETCH).then(|| ((after - before) / passed.as_secs_f64()).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_whatever_the_program_is_called() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 900 0 0 0 150 50 0 0 20 0 9 0 1000 1 1";
        assert_eq!(seconds(stat), Some(2.0));
        assert_eq!(seconds("42 (a S 1"), None);
        assert_eq!(seconds("42 (a) S 1"), None);
        assert!(!cfg!(target_os = "linux") || processor_seconds().is_some());
    }

    #[test]
    fn the_load_is_that_of_the_last_stretch_and_unknown_before_it_is_whole() {
        let mut load = Load::default();
        let mut used = 0.0;
        for second in 0..200_u64 {
            used += if second < 100 { 0.5 } else { 0.1 };
            load.add(Duration::from_secs(second), used);
            let cores = load.cores();
            assert_eq!(cores.is_none(), second < 30, "{second}: {cores:?}");
            if second >= 130 {
                assert!((cores.unwrap() - 0.1).abs() < 1e-9, "{second}: {cores:?}");
            }
        }
        assert!(load.0.len() <= 32);
        load.clear();
        assert_eq!(load.cores(), None);
    }
}
