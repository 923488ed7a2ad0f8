use super::*;

fn s(seconds: f64) -> At {
    Duration::from_secs_f64(seconds)
}

/// A link at an instant.
struct Run {
    link: Link,
    now: At,
}

impl Run {
    fn begin() -> Self {
        Self { link: Link::new(Duration::ZERO), now: Duration::ZERO }
    }

    /// One that gives packets.
    fn listening() -> Self {
        let mut run = Self::begin();
        run.link.seen();
        for step in [Step::Connect { disconnect_first: false }, Step::Discover, Step::Subscribe] {
            assert_eq!(run.next(), step);
            run.link.done(run.now);
        }
        run.link.packet(run.now);
        run
    }

    fn next(&mut self) -> Step {
        self.link.next(self.now)
    }

    fn fail(&mut self, why: Failure) {
        self.link.fail(why, self.now);
    }

    /// Passes the time that a step waits.
    fn wait(&mut self) -> Step {
        let step = self.next();
        let (Step::AwaitSeen(until) | Step::Pause(until) | Step::Listen(until)) = step else { panic!("{step:?}") };
        assert!(until > self.now, "{step:?} at {:?}", self.now);
        self.now = until;
        step
    }

    /// Does what is asked for `seconds`, with a packet each second if it `gives`; the steps that were no waiting.
    fn pass(&mut self, seconds: f64, gives: bool) -> Vec<Step> {
        let (end, mut steps) = (self.now + s(seconds), Vec::new());
        while self.now < end {
            match self.next() {
                Step::Listen(until) => {
                    let second = self.now + s(1.0);
                    self.now = if gives { until.min(second) } else { until };
                    if gives {
                        self.link.packet(self.now);
                    }
                }
                Step::AwaitSeen(until) | Step::Pause(until) => self.now = until,
                step => {
                    steps.push(step);
                    self.link.done(self.now);
                    if step == Step::Disconnect {
                        break;
                    }
                }
            }
        }
        steps
    }
}

#[test]
fn a_wearable_that_comes_whenever_is_taken_and_is_out_of_reach_until_then() {
    let mut run = Run::begin();
    for _ in 0..60 {
        assert_eq!(run.link.gap(run.now), Some(Gap::OutOfReach));
        assert!(run.link.looks_for_it());
        assert!(matches!(run.wait(), Step::AwaitSeen(_)));
    }
    assert_eq!(run.link.notices(), [Notice::Unseen], "told once");
    run.link.seen();
    assert_eq!(run.next(), Step::Connect { disconnect_first: false });
    assert!(!run.link.looks_for_it());
    run.link.done(run.now);
    assert_eq!((run.next(), run.link.gap(run.now)), (Step::Discover, Some(Gap::WarmingUp)));
    run.link.done(run.now);
    assert_eq!(run.next(), Step::Subscribe);
    run.link.done(run.now);
    assert_eq!(run.link.gap(run.now), Some(Gap::WarmingUp));
    run.link.packet(run.now);
    assert_eq!(run.link.gap(run.now), None);
}

#[test]
fn one_that_gives_packets_is_asked_every_five_seconds_whether_it_is_connected_and_nothing_else() {
    let mut run = Run::listening();
    let steps = run.pass(3600.0, true);
    assert!(steps.iter().all(|step| *step == Step::Ask), "{steps:?}");
    assert!((719..=720).contains(&steps.len()), "{}", steps.len());
    assert_eq!((run.link.gap(run.now), run.link.notices()), (None, Vec::new()));
}

#[test]
fn a_connection_that_is_lost_without_an_event_is_seen_within_five_seconds_and_made_again() {
    let mut run = Run::listening();
    let lost = run.now;
    while run.next() != Step::Ask {
        run.wait();
    }
    assert!(run.now <= lost + s(5.0));
    run.fail(Failure::NotConnected);
    assert_eq!(run.link.gap(run.now), Some(Gap::OutOfReach));
    assert_eq!(run.wait(), Step::Pause(lost + s(6.0)));
    assert!(matches!(run.next(), Step::AwaitSeen(_)));
    run.link.seen();
    assert_eq!(run.next(), Step::Connect { disconnect_first: false });
}

#[test]
fn after_five_seconds_without_a_packet_it_subscribes_again_and_after_a_minute_it_connects_anew() {
    let mut run = Run::listening();
    let steps = run.pass(4.9, false);
    assert_eq!((steps, run.link.gap(run.now - s(0.1))), (vec![], None));
    let steps = run.pass(24.0, false);
    let count = |steps: &[Step], wanted| steps.iter().filter(|step| **step == wanted).count();
    assert!(count(&steps, Step::SubscribeAgain) >= 4, "{steps:?}");
    assert_eq!((run.link.gap(run.now), run.link.notices()), (Some(Gap::DeviceAsleep), vec![]));
    let steps = run.pass(60.0, false);
    assert_eq!(steps.last(), Some(&Step::Disconnect));
    assert_eq!(run.link.notices(), [Notice::Mute]);
    assert_eq!(run.now.as_secs(), 60);
    assert!(matches!(run.next(), Step::Pause(_)));
}

#[test]
fn streams_that_take_long_to_begin_are_warming_up_and_left_alone() {
    let mut run = Run::begin();
    run.link.warm_up = s(30.0);
    run.link.seen();
    for _ in 0..3 {
        run.next();
        run.link.done(run.now);
    }
    let steps = run.pass(29.0, false);
    assert!(steps.iter().all(|step| *step == Step::Ask), "{steps:?}");
    assert_eq!(run.link.gap(run.now - s(1.0)), Some(Gap::WarmingUp));
    run.link.packet(run.now);
    assert_eq!((run.link.gap(run.now), run.link.notices()), (None, vec![]));
}

#[test]
fn an_aborted_connection_is_tried_again_at_once_twice() {
    let mut run = Run::begin();
    run.link.seen();
    for _ in 0..3 {
        assert_eq!(run.next(), Step::Connect { disconnect_first: false });
        run.fail(Failure::Aborted);
    }
    assert_eq!(run.next(), Step::Pause(s(1.0)));
}

#[test]
fn where_connecting_times_out_it_disconnects_first_and_pauses_grow() {
    let mut run = Run::begin();
    run.link.seen();
    run.next();
    run.fail(Failure::TimedOut);
    let mut pauses = Vec::new();
    for _ in 0..2 {
        let from = run.now;
        assert!(matches!(run.wait(), Step::Pause(_)));
        pauses.push((run.now - from).as_secs());
        assert_eq!(run.next(), Step::Connect { disconnect_first: true });
        run.fail(Failure::TimedOut);
    }
    assert_eq!(pauses, [1, 2]);
    assert_eq!(run.wait(), Step::Pause(s(8.0)));
    assert!(matches!(run.next(), Step::AwaitSeen(_)), "then it must be seen");
}

#[test]
fn a_system_that_is_stuck_is_told_once() {
    let mut run = Run::begin();
    let mut told = Vec::new();
    for _ in 0..20 {
        run.link.seen();
        match run.next() {
            Step::Connect { .. } => run.fail(Failure::UnderWay),
            _ => _ = run.wait(),
        }
        told.extend(run.link.notices());
    }
    assert_eq!(told.iter().filter(|notice| **notice == Notice::Stuck).count(), 1, "{told:?}");
}

#[test]
fn services_that_come_late_are_looked_for_again_twice() {
    let mut run = Run::begin();
    run.link.seen();
    run.next();
    run.link.done(run.now);
    for look in 0..3 {
        assert_eq!(run.next(), Step::Discover, "look {look}");
        run.fail(Failure::Missing);
        if look < 2 {
            assert_eq!(run.wait(), Step::Pause(s(1.0 + f64::from(look))));
        }
    }
    assert_eq!((run.next(), run.link.notices()), (Step::Disconnect, vec![Notice::NoService]));
    run.link.done(run.now);
    assert!(matches!(run.next(), Step::Pause(_)));
}

#[test]
fn one_that_breaks_off_while_it_is_looked_into_is_told_and_tried_rarely() {
    let mut run = Run::begin();
    let mut pauses = Vec::new();
    for _ in 0..6 {
        run.next();
        run.link.seen();
        run.next();
        run.link.done(run.now);
        assert_eq!(run.next(), Step::Discover);
        run.fail(Failure::NotConnected);
        let from = run.now;
        run.wait();
        pauses.push((run.now - from).as_secs());
    }
    assert_eq!((pauses, run.link.notices()), (vec![1, 2, 5, 15, 60, 60], vec![Notice::Breaks]));
}

#[test]
fn pauses_begin_anew_only_after_a_good_connection() {
    let again = |seconds: f64| {
        let mut run = Run::listening();
        for _ in 0..3 {
            run.link.disconnected(run.now);
            run.wait();
            run.next();
            run.link.seen();
            for _ in 0..3 {
                run.next();
                run.link.done(run.now);
            }
            run.pass(seconds, true);
        }
        run.link.disconnected(run.now);
        let from = run.now;
        run.wait();
        (run.now - from).as_secs()
    };
    assert_eq!((again(2.0), again(20.0)), (15, 1));
}

#[test]
fn what_is_not_allowed_is_told_by_the_gap() {
    let mut run = Run::begin();
    run.link.seen();
    run.next();
    run.fail(Failure::NotAllowed);
    assert_eq!(run.link.gap(run.now), Some(Gap::NotAllowed));
}

#[test]
fn words_of_the_radio_in_any_order_break_nothing() {
    let mut random = fastrand::Rng::with_seed(17);
    let mut run = Run::begin();
    for _ in 0..20_000 {
        run.now += s(random.f64() * 3.0);
        match random.u8(..9) {
            0 => run.link.seen(),
            1 => run.link.packet(run.now),
            2 => run.link.disconnected(run.now),
            3 | 4 => run.link.done(run.now),
            5 => run.fail(Failure::Missing),
            6 => run.fail(Failure::NotConnected),
            7 => run.fail(Failure::Other),
            _ => run.fail(Failure::UnderWay),
        }
        let step = run.next();
        if let Step::AwaitSeen(until) | Step::Pause(until) | Step::Listen(until) = step {
            assert!(until > run.now && until <= run.now + s(61.0), "{step:?}");
        }
        run.link.notices();
    }
}
