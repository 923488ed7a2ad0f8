use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::HeartSample;
use attune_analysis::tables::LATEST;
use attune_protocol::consent::Purpose;
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;

use super::*;
use crate::clock::Clock;
use crate::control::{ConsentBook, Control, pause, resume};
use crate::governor::Effort;
use crate::sensors::Source;
use crate::stop::Stop;

fn around(control: Control) -> Surroundings {
    Surroundings {
        control: Arc::new(control),
        clock: Clock::start(),
        stop: Stop::default(),
        until: LATEST,
        standings: Standings::default(),
        effort: Effort::full(10.0),
    }
}

fn rate(feed: &Feed<HeartSample>, bpm: f64) {
    feed.give(vec![HeartSample::Rate { at: feed.now(), bpm }], LeftOut::default());
}

/// What a feed's events come to: rates, and reasons.
fn taken(feeds: &mut Feeds<HeartSample>, events: usize) -> (Vec<f64>, Vec<Option<Gap>>) {
    let (mut rates, mut gaps) = (Vec::new(), Vec::new());
    for _ in 0..events {
        for sample in feeds.next().unwrap().unwrap() {
            if let HeartSample::Rate { bpm, .. } = sample {
                rates.push(bpm);
            }
        }
        gaps.extend(feeds.reasons().into_iter().map(|reason| reason.gap));
    }
    (rates, gaps)
}

#[test]
fn of_two_devices_one_is_used_and_the_other_when_that_one_says_that_it_gives_nothing() {
    let around = around(Control::open());
    let mut feeds = Intake::new(&around).heart;
    let (first, second) = (feeds.feed("strap"), feeds.feed("watch"));
    rate(&second, 1.0);
    rate(&first, 2.0);
    rate(&second, 3.0);
    assert_eq!(taken(&mut feeds, 3), (vec![1.0, 2.0], vec![]));
    first.lack(Gap::OutOfReach);
    rate(&second, 4.0);
    second.lack(Gap::NotWorn);
    assert_eq!(taken(&mut feeds, 3), (vec![4.0], vec![Some(Gap::OutOfReach), None, Some(Gap::OutOfReach)]));
    let list = around.standings.list();
    assert_eq!(
        list.iter().map(|s| (s.source.as_str(), s.gap)).collect::<Vec<_>>(),
        [("strap", Some(Gap::OutOfReach)), ("watch", Some(Gap::NotWorn))]
    );
}

#[test]
fn what_a_device_gives_while_sensing_is_not_permitted_goes_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let around = around(Control::of(folder.path()));
    let mut feeds = Intake::new(&around).heart;
    let feed = feeds.feed("strap");
    rate(&feed, 1.0);
    assert_eq!(taken(&mut feeds, 1), (vec![], vec![]));
    assert_eq!(around.standings.list()[0].last_millis, None);
}

#[test]
fn a_line_ends_when_its_time_is_over() {
    let around = Surroundings { until: Clock::start().now(), ..around(Control::open()) };
    assert!(Intake::new(&around).heart.next().unwrap().is_none());
}

/// What a device does, one behind the other; then it gives nothing.
enum Act {
    Gives(usize),
    Lacks(Gap),
    Breaks(Gap),
    Refuses(Gap),
}

#[derive(Default)]
struct Log {
    opened: Vec<Instant>,
    closed: usize,
}

struct Scripted {
    acts: Arc<Mutex<VecDeque<Act>>>,
    log: Arc<Mutex<Log>>,
}

struct Open(Scripted);

impl Device for Scripted {
    type Sample = HeartSample;

    fn open(&mut self) -> Result<Box<dyn Stream<Sample = HeartSample>>, Trouble> {
        self.log.lock().unwrap().opened.push(Instant::now());
        let mut acts = self.acts.lock().unwrap();
        if let Some(&Act::Refuses(gap)) = acts.front() {
            acts.pop_front();
            return Err(Trouble::new(gap, "it refuses"));
        }
        Ok(Box::new(Open(Scripted { acts: self.acts.clone(), log: self.log.clone() })))
    }
}

impl Stream for Open {
    type Sample = HeartSample;

    fn read(&mut self) -> Result<Given<HeartSample>, Trouble> {
        std::thread::sleep(Duration::from_millis(5));
        let at = Clock::start().now();
        match self.0.acts.lock().unwrap().pop_front() {
            Some(Act::Gives(count)) => Ok(Given::Samples(vec![HeartSample::Rate { at, bpm: 60.0 }; count])),
            Some(Act::Lacks(gap)) => Ok(Given::Lack(gap)),
            Some(Act::Breaks(gap) | Act::Refuses(gap)) => Err(Trouble::new(gap, "it breaks")),
            None => Ok(Given::Nothing),
        }
    }

    fn name(&self) -> String {
        "scripted".into()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.log.lock().unwrap().closed += 1;
    }
}

fn scripted(acts: impl IntoIterator<Item = Act>) -> (Scripted, Arc<Mutex<Log>>) {
    let log = Arc::new(Mutex::new(Log::default()));
    (Scripted { acts: Arc::new(Mutex::new(acts.into_iter().collect())), log: log.clone() }, log)
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_device_that_refuses_and_breaks_is_opened_again_and_each_reason_reaches_the_line() {
    let around = around(Control::open());
    let mut feeds = Intake::new(&around).heart;
    let acts = [
        Act::Refuses(Gap::InUse),
        Act::Gives(3),
        Act::Lacks(Gap::Covered),
        Act::Gives(2),
        Act::Breaks(Gap::DeviceGone),
    ];
    let (device, log) = scripted(acts);
    let thread = attend("strap", device, feeds.feed("strap"), &around).unwrap();
    let (mut rates, mut gaps) = (0, Vec::new());
    let begin = Instant::now();
    while gaps.len() < 5 {
        assert!(begin.elapsed() < Duration::from_secs(10), "{gaps:?}");
        let (more, said) = taken(&mut feeds, 1);
        rates += more.len();
        gaps.extend(said);
    }
    assert_eq!(rates, 5);
    assert_eq!(gaps, [Some(Gap::InUse), None, Some(Gap::Covered), None, Some(Gap::DeviceGone)]);
    until("opened again", || log.lock().unwrap().opened.len() == 3);
    around.stop.ask();
    thread.join().unwrap();
    let log = log.lock().unwrap();
    let pauses: Vec<u64> = log.opened.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
    assert_eq!(pauses, [1, 2], "growing");
    assert_eq!(log.closed, 2, "what was opened is closed");
}

#[test]
fn a_device_is_open_while_that_is_permitted_and_closed_while_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let around = around(Control::of(folder.path()));
    let mut feeds = Intake::new(&around).heart;
    let (device, log) = scripted([]);
    let thread = attend("strap", device, feeds.feed("strap"), &around).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(log.lock().unwrap().opened.is_empty(), "without consent");
    let state = folder.path();
    let at = jiff::Timestamp::UNIX_EPOCH;
    ConsentBook::change(state, |book| book.set(Modality::Heart, Purpose::Wellbeing, true, at)).unwrap();
    until("open", || log.lock().unwrap().opened.len() == 1);
    until("told", || around.standings.list()[0].device.as_deref() == Some("scripted"));
    pause(state, at).unwrap();
    until("closed by a pause", || log.lock().unwrap().closed == 1);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(log.lock().unwrap().opened.len(), 1, "it stays closed");
    assert_eq!(around.standings.list()[0].device, None);
    resume(state).unwrap();
    until("open again", || log.lock().unwrap().opened.len() == 2);
    ConsentBook::change(state, |book| book.set(Modality::Heart, Purpose::Wellbeing, false, at)).unwrap();
    until("closed by a withdrawal", || log.lock().unwrap().closed == 2);
    around.stop.ask();
    thread.join().unwrap();
    assert!(taken(&mut feeds, 1).0.is_empty());
}

#[test]
fn a_camera_rests_while_the_screen_is_locked_and_says_so_where_it_was_open() {
    let around = around(Control::open());
    let mut feeds = Feeds::<HeartSample>::new(Modality::Face, &around);
    around.effort.lock_screen(true);
    let (device, log) = scripted([Act::Gives(1)]);
    let thread = attend("camera", device, feeds.feed("camera"), &around).unwrap();
    let standing = || around.standings.list()[0].clone();
    std::thread::sleep(Duration::from_millis(300));
    assert!(log.lock().unwrap().opened.is_empty());
    assert_eq!(standing().gap, None, "nobody knows whether there is one");
    around.effort.lock_screen(false);
    until("open", || standing().last_millis.is_some());
    around.effort.lock_screen(true);
    until("closed", || log.lock().unwrap().closed == 1);
    until("told", || standing().gap == Some(Gap::ScreenLocked) && standing().device.is_none());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(log.lock().unwrap().opened.len(), 1, "it stays closed");
    assert_eq!(taken(&mut feeds, 2), (vec![60.0], vec![Some(Gap::ScreenLocked)]));
    around.effort.lock_screen(false);
    until("open again", || log.lock().unwrap().opened.len() == 2);
    around.stop.ask();
    thread.join().unwrap();
}
