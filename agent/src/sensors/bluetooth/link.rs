//! What is done next to hear a wearable, as a state machine: it does nothing itself and reads no clock, so that its tests
//! need neither a radio nor time.

use std::time::Duration;

use attune_protocol::record::Gap;

use super::notice::{Notice, Once};
use super::pauses::Pauses;

/// Time since the link began.
pub(super) type At = Duration;

/// How long one answer may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is asked whether the wearable is connected: the event is not always sent.
const ASK_EVERY: Duration = Duration::from_secs(5);
/// Without a packet for so long, the subscription is taken for lost, and no value for the present one.
const SILENCE: Duration = Duration::from_secs(5);
/// Where so many seconds bring nothing, the person is told what may help.
const MUTE: Duration = Duration::from_secs(30);
/// Where even that does not help, the connection is made anew.
const GIVEN_UP: Duration = Duration::from_secs(60);
/// Services are looked for again after so long, so often: some wearables show them late.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
pub(super) const LOOKS: u32 = 3;
/// A connection that is aborted at once is tried again at once, so often.
const AT_ONCE: u32 = 2;
/// A wearable that is not seen for so long may be connected elsewhere.
const UNSEEN: Duration = Duration::from_secs(60);
/// So often a connection that timed out is tried again without the wearable being seen: it may take itself for connected, and
/// such a one advertises nothing.
const BLIND: u32 = 2;
/// From so many connections on that the system calls under way, it does not get out of it by itself.
const STUCK: u32 = 3;
/// From so many disconnections during discovery on, in a row, it is no accident.
const BROKEN: u32 = 3;
/// A connection that gave packets for so long was a good one.
const GOOD: Duration = Duration::from_secs(10);

/// What is to be done next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// Wait until the wearable is seen, or until an instant.
    AwaitSeen(At),
    /// Wait until an instant.
    Pause(At),
    /// Connect; where it says so, disconnect first.
    Connect {
        /// The wearable or the system may take it for connected.
        disconnect_first: bool,
    },
    /// Look for the services.
    Discover,
    /// Subscribe, and send what starts the streams.
    Subscribe,
    /// Take packets until an instant.
    Listen(At),
    /// Ask whether it is connected still.
    Ask,
    /// Subscribe once more.
    SubscribeAgain,
    /// Disconnect.
    Disconnect,
}

/// Why something did not go well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Failure {
    /// No answer came.
    TimedOut,
    /// The radio broke it off.
    Aborted,
    /// The system says that it is at it.
    UnderWay,
    /// The system does not allow it.
    NotAllowed,
    /// The wearable is not connected.
    NotConnected,
    /// What is looked for is not there.
    Missing,
    /// Anything else.
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Away { since: At },
    Resting { until: At, then_blind: bool },
    Connecting { disconnect_first: bool },
    Discovering { looks: u32 },
    LookingAgain { looks: u32, at: At },
    Subscribing,
    Listening(Heard),
    Leaving,
}

/// What was heard of a subscription.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Heard {
    subscribed: At,
    first: Option<At>,
    last: Option<At>,
    /// When it was subscribed last, also again.
    again: At,
    asked: At,
    /// What is under way.
    doing: Doing,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Doing {
    Nothing,
    Asking,
    SubscribingAgain,
}

/// One wearable's link.
#[derive(Debug)]
pub(super) struct Link {
    state: State,
    pauses: Pauses,
    /// How long the streams may take before their first packet.
    warm_up: Duration,
    aborted: u32,
    blind: u32,
    under_way: u32,
    broken: u32,
    not_allowed: bool,
    told: Once,
}

impl Link {
    /// Of a wearable whose first packet may take `warm_up`.
    pub(super) fn new(warm_up: Duration) -> Self {
        Self {
            state: State::Away { since: Duration::ZERO },
            pauses: Pauses::default(),
            warm_up,
            aborted: 0,
            blind: 0,
            under_way: 0,
            broken: 0,
            not_allowed: false,
            told: Once::default(),
        }
    }

    /// Whatever was known of a connection is not true any more: the adapter was away, or it was left. What was told stays told.
    pub(super) fn begin_anew(&mut self, now: At) {
        self.state = State::Away { since: now };
        (self.aborted, self.blind, self.under_way) = (0, 0, 0);
    }

    /// What is to be done now.
    pub(super) fn next(&mut self, now: At) -> Step {
        if let State::Resting { until, then_blind } = self.state
            && now >= until
        {
            self.state =
                if then_blind { State::Connecting { disconnect_first: true } } else { State::Away { since: now } };
        }
        match self.state {
            State::Away { since } => {
                if now >= since + UNSEEN {
                    self.told.add(Notice::Unseen);
                }
                Step::AwaitSeen(if now < since + UNSEEN { since + UNSEEN } else { now + UNSEEN })
            }
            State::Resting { until, .. } => Step::Pause(until),
            State::Connecting { disconnect_first } => Step::Connect { disconnect_first },
            State::LookingAgain { looks, at } if now >= at => {
                self.state = State::Discovering { looks };
                Step::Discover
            }
            State::LookingAgain { at, .. } => Step::Pause(at),
            State::Discovering { .. } => Step::Discover,
            State::Subscribing => Step::Subscribe,
            State::Listening(heard) => self.listen(heard, now),
            State::Leaving => Step::Disconnect,
        }
    }

    fn listen(&mut self, mut heard: Heard, now: At) -> Step {
        let silent_since = heard.last.unwrap_or(heard.subscribed);
        let patience = if heard.last.is_some() { Duration::ZERO } else { self.warm_up };
        if now >= silent_since + MUTE + patience {
            self.told.add(Notice::Mute);
        }
        let step = if now >= silent_since + GIVEN_UP + patience {
            self.state = State::Leaving;
            return Step::Disconnect;
        } else if now >= heard.asked + ASK_EVERY {
            heard.doing = Doing::Asking;
            Step::Ask
        } else if now >= silent_since.max(heard.again) + SILENCE + patience {
            heard.doing = Doing::SubscribingAgain;
            Step::SubscribeAgain
        } else {
            heard.doing = Doing::Nothing;
            Step::Listen((heard.asked + ASK_EVERY).min(silent_since.max(heard.again) + SILENCE + patience))
        };
        self.state = State::Listening(heard);
        step
    }

    /// The wearable was seen.
    pub(super) fn seen(&mut self) {
        if let State::Away { .. } = self.state {
            self.state = State::Connecting { disconnect_first: false };
        }
    }

    /// A packet came.
    pub(super) fn packet(&mut self, now: At) {
        if let State::Listening(heard) = &mut self.state {
            let first = *heard.first.get_or_insert(now);
            heard.last = Some(now);
            if now >= first + GOOD {
                self.pauses.end();
            }
            (self.blind, self.under_way, self.broken, self.not_allowed) = (0, 0, 0, false);
        }
    }

    /// It is told that the wearable is not connected any more.
    pub(super) fn disconnected(&mut self, now: At) {
        match self.state {
            State::Away { .. } | State::Resting { .. } | State::Connecting { .. } => {}
            _ => self.fail(Failure::NotConnected, now),
        }
    }

    /// What [`Link::next`] asked for is done.
    pub(super) fn done(&mut self, now: At) {
        self.state = match self.state {
            State::Connecting { .. } => {
                self.aborted = 0;
                State::Discovering { looks: 1 }
            }
            State::Discovering { .. } => State::Subscribing,
            State::Subscribing => State::Listening(Heard {
                subscribed: now,
                first: None,
                last: None,
                again: now,
                asked: now,
                doing: Doing::Nothing,
            }),
            State::Listening(mut heard) => {
                match heard.doing {
                    Doing::Asking => heard.asked = now,
                    Doing::SubscribingAgain => heard.again = now,
                    Doing::Nothing => {}
                }
                heard.doing = Doing::Nothing;
                State::Listening(heard)
            }
            State::Leaving => self.rest(now, false),
            other => other,
        };
    }

    /// What [`Link::next`] asked for did not go well.
    pub(super) fn fail(&mut self, why: Failure, now: At) {
        self.not_allowed = why == Failure::NotAllowed;
        self.state = match self.state {
            State::Connecting { .. } => self.not_connected(why, now),
            State::Discovering { looks } if why == Failure::Missing && looks < LOOKS => {
                State::LookingAgain { looks: looks + 1, at: now + LOOK_AGAIN }
            }
            State::Discovering { .. } | State::LookingAgain { .. } if why == Failure::Missing => {
                self.told.add(Notice::NoService);
                State::Leaving
            }
            State::Discovering { .. } | State::LookingAgain { .. } if why == Failure::NotConnected => {
                self.broken += 1;
                if self.broken == BROKEN {
                    self.told.add(Notice::Breaks);
                }
                self.rest(now, false)
            }
            State::Away { .. } | State::Resting { .. } => self.state,
            _ if why == Failure::NotConnected => self.rest(now, false),
            // Asked whether it is connected, or to disconnect, the system itself failed.
            State::Leaving => self.rest(now, false),
            _ => State::Leaving,
        };
    }

    fn not_connected(&mut self, why: Failure, now: At) -> State {
        if why == Failure::Aborted && self.aborted < AT_ONCE {
            self.aborted += 1;
            return State::Connecting { disconnect_first: false };
        }
        self.aborted = 0;
        if why == Failure::UnderWay {
            self.under_way += 1;
            if self.under_way == STUCK {
                self.told.add(Notice::Stuck);
            }
        }
        let blind = matches!(why, Failure::TimedOut | Failure::UnderWay) && self.blind < BLIND;
        self.blind = if blind { self.blind + 1 } else { 0 };
        self.rest(now, blind)
    }

    fn rest(&mut self, now: At, then_blind: bool) -> State {
        State::Resting { until: now + self.pauses.take(), then_blind }
    }

    /// Whether the wearable must be seen before anything can be done.
    pub(super) fn looks_for_it(&self) -> bool {
        matches!(self.state, State::Away { .. } | State::Resting { then_blind: false, .. })
    }

    /// Whether it is connected, as far as is known.
    pub(super) fn is_connected(&self) -> bool {
        !matches!(self.state, State::Away { .. } | State::Resting { .. } | State::Connecting { .. })
    }

    /// Why nothing comes now; `None` where packets come.
    pub(super) fn gap(&self, now: At) -> Option<Gap> {
        match self.state {
            _ if self.not_allowed => Some(Gap::NotAllowed),
            State::Away { .. } | State::Resting { .. } | State::Connecting { .. } | State::Leaving => {
                Some(Gap::OutOfReach)
            }
            State::Discovering { .. } | State::LookingAgain { .. } | State::Subscribing => Some(Gap::WarmingUp),
            State::Listening(Heard { last: Some(last), .. }) if now < last + SILENCE => None,
            State::Listening(Heard { last: None, subscribed, .. }) if now < subscribed + MUTE.max(self.warm_up) => {
                Some(Gap::WarmingUp)
            }
            State::Listening(_) => Some(Gap::DeviceAsleep),
        }
    }

    /// What the person is to be told, each once.
    pub(super) fn notices(&mut self) -> Vec<Notice> {
        self.told.take()
    }
}

#[cfg(test)]
mod tests;
