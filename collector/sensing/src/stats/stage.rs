use std::time::{Duration, Instant};

macro_rules! stages {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A part of the work for one analysis.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub(crate) enum Stage {
            $($(#[$doc])* $name,)*
        }

        impl Stage {
            /// All stages.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in answers and metrics.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

stages! {
    /// Waiting for the body.
    Receive = "receive",
    /// Reading its fields.
    Parse = "parse",
    /// Waiting for a thread.
    Wait = "wait",
    /// Picture to pixels.
    FaceDecode = "face.decode",
    /// Pixels to features.
    Face = "face",
    /// Sound to samples.
    VoiceDecode = "voice.decode",
    /// Samples to features.
    Voice = "voice",
    /// Text to samples.
    MotionDecode = "motion.decode",
    /// Samples to features.
    Motion = "motion",
    /// Text to intervals.
    HeartDecode = "heart.decode",
    /// Intervals to features.
    Heart = "heart",
    /// Features to scores.
    Fusion = "fusion",
    /// Writing the session.
    Store = "store",
    /// Drawing the picture.
    Graph = "graph",
    /// From the first byte to the answer.
    Total = "total",
}

/// How long each stage of one analysis took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<(Stage, Duration)>);

impl Times {
    /// Does the work of a stage and adds its time.
    pub(crate) fn of<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        self.add(stage, begun.elapsed());
        done
    }

    /// Adds time to a stage.
    pub(crate) fn add(&mut self, stage: Stage, time: Duration) {
        match self.0.iter_mut().find(|(of, _)| *of == stage) {
            Some((_, total)) => *total += time,
            None => self.0.push((stage, time)),
        }
    }

    /// Each stage that was, with its time.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Stage, Duration)> {
        self.0.iter().copied()
    }
}
