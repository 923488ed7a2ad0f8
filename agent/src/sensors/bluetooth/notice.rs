use std::collections::BTreeSet;

/// What a person is told about a wearable that gives nothing, and what may help.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Notice {
    /// It is not seen.
    Unseen,
    /// It is connected and sends nothing.
    Mute,
    /// It has none of the services of its layout.
    NoService,
    /// It disconnects while its services are looked for.
    Breaks,
    /// The system takes it for being connected for ever.
    Stuck,
}

impl Notice {
    /// In words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Unseen => {
                "it is not seen: put it on (most straps wake up on the skin), and see whether a phone, a watch or another \
                 program is connected to it, which then has it for itself; it is taken whenever it comes"
            }
            Self::Mute => {
                "it is connected and sends nothing: begin a workout or switch on broadcasting in it or in its maker's app; where \
                 that does not help, remove it in this system's Bluetooth settings and run 'attune-agent pair' again"
            }
            Self::NoService => {
                "it does not offer what its layout describes: a watch offers its heart rate only while it broadcasts it, which is \
                 switched on in its own settings or by a workout"
            }
            Self::Breaks => {
                "it disconnects while its services are looked for, as some do after an update of their firmware: look for a newer \
                 one in its maker's app; it is tried again now and then"
            }
            Self::Stuck => {
                "the system takes it for being connected already, for ever: remove it once in this system's Bluetooth settings \
                 (bluetoothctl remove ADDRESS); it is taken again when it is seen"
            }
        }
    }
}

/// Each thing once.
#[derive(Default, Debug)]
pub(super) struct Once {
    told: BTreeSet<Notice>,
    waiting: Vec<Notice>,
}

impl Once {
    pub(super) fn add(&mut self, notice: Notice) {
        if self.told.insert(notice) {
            self.waiting.push(notice);
        }
    }

    pub(super) fn take(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.waiting)
    }
}
