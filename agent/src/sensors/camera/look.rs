//! Whether what a camera gives is a picture of what is before it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use attune_protocol::record::Gap;
use image::RgbImage;

/// The first pictures of a camera may be broken.
const FIRST: u32 = 8;
/// So many covered pictures in a row are no accident.
const COVERED: u32 = 3;
/// So many dark ones: the camera's own exposure has had its time.
const DARK: u32 = 20;
/// Levels of 255 between the darkest and the brightest value of a covered picture: a shutter is one colour, and its picture
/// may have been through JPEG.
const ONE_COLOUR: u8 = 2;
/// Mean level of 255 below which no face is found, whatever the contrast.
const TOO_DARK: f64 = 10.0;
/// The same bytes for so long are no picture: every sensor has noise.
const FROZEN: Duration = Duration::from_secs(5);
/// Some cameras show nothing but black after a while, until they are opened anew. That is done once: a room may be dark.
const BLACK: Duration = Duration::from_secs(60);
/// Nothing but broken pictures for so long.
const ALL_BROKEN: Duration = Duration::from_secs(3);

/// What a camera's bytes are.
pub(super) enum Seen {
    /// A picture.
    Picture(RgbImage),
    /// None that could be used; whether it is to be counted as one that does not read.
    None { counts: bool },
    /// It is there and shows nothing.
    Lack(Gap),
    /// As [`Seen::Lack`], and for so long that it must be opened anew.
    Dark(Gap),
    /// It does not show what is before it any more, and must be opened anew: why, in words.
    Useless(&'static str),
}

/// Looks at one picture behind the other.
pub(super) struct Look {
    seen: u32,
    covered: u32,
    dark: u32,
    digest: u64,
    /// Since when the bytes have been the same.
    same_since: Instant,
    /// When one decoded last.
    decoded: Instant,
    /// Since when it has been dark.
    dark_since: Option<Instant>,
    /// Whether it was opened anew for that already.
    is_known_dark: Arc<AtomicBool>,
    lid_is_shut: fn() -> bool,
}

impl Look {
    /// Of a camera that was opened now; `is_known_dark` where it was opened anew because it showed nothing.
    pub(super) fn new(now: Instant, lid_is_shut: fn() -> bool, is_known_dark: Arc<AtomicBool>) -> Self {
        Self {
            seen: 0,
            covered: 0,
            dark: 0,
            digest: 0,
            same_since: now,
            decoded: now,
            dark_since: None,
            is_known_dark,
            lid_is_shut,
        }
    }

    /// Looks at the bytes of a picture, and at what they decoded to.
    pub(super) fn at(&mut self, bytes: &[u8], decoded: Result<RgbImage, String>, now: Instant) -> Seen {
        self.seen = self.seen.saturating_add(1);
        let Ok(image) = decoded else {
            return match now.duration_since(self.decoded) > ALL_BROKEN {
                true => Seen::Useless("none of its pictures reads: try another port or cable"),
                false => Seen::None { counts: self.seen > FIRST },
            };
        };
        self.decoded = now;
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let digest = hasher.finish();
        if std::mem::replace(&mut self.digest, digest) != digest {
            self.same_since = now;
        }
        let is_dark = mean(&image) < TOO_DARK;
        if !is_dark {
            self.dark_since = None;
            self.is_known_dark.store(false, Ordering::Relaxed);
        }
        if is_one_colour(&image) {
            self.covered += 1;
            // A shutter gives the same bytes at full rate: it is not frozen.
            return match self.covered >= COVERED {
                true if is_dark => self.without_light(Gap::Covered, now),
                true => Seen::Lack(self.unless_shut(Gap::Covered)),
                false => Seen::None { counts: false },
            };
        }
        self.covered = 0;
        if now.duration_since(self.same_since) > FROZEN {
            return Seen::Useless("it gives the same picture again and again: it is opened anew");
        }
        if is_dark {
            self.dark += 1;
            if self.dark >= DARK {
                return self.without_light(Gap::TooDark, now);
            }
        } else {
            self.dark = 0;
        }
        Seen::Picture(image)
    }

    fn without_light(&mut self, gap: Gap, now: Instant) -> Seen {
        let since = *self.dark_since.get_or_insert(now);
        match self.unless_shut(gap) {
            Gap::LidShut => Seen::Lack(Gap::LidShut),
            gap if now.duration_since(since) > BLACK && !self.is_known_dark.swap(true, Ordering::Relaxed) => {
                Seen::Dark(gap)
            }
            gap => Seen::Lack(gap),
        }
    }

    fn unless_shut(&self, gap: Gap) -> Gap {
        if (self.lid_is_shut)() { Gap::LidShut } else { gap }
    }
}

fn is_one_colour(image: &RgbImage) -> bool {
    let Some(first) = image.pixels().next() else { return false };
    let (mut low, mut high) = (first.0, first.0);
    for pixel in image.pixels() {
        for channel in 0..3 {
            low[channel] = low[channel].min(pixel.0[channel]);
            high[channel] = high[channel].max(pixel.0[channel]);
        }
        if (0..3).any(|channel| high[channel] - low[channel] > ONE_COLOUR) {
            return false;
        }
    }
    true
}

fn mean(image: &RgbImage) -> f64 {
    let bytes = image.as_raw();
    bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>() as f64 / bytes.len().max(1) as f64
}

/// Whether the lid of this laptop is shut; no where it has none, or does not say.
pub(super) fn lid_is_shut() -> bool {
    let lids = std::fs::read_dir("/proc/acpi/button/lid").into_iter().flatten().flatten();
    let state = |lid: std::fs::DirEntry| std::fs::read_to_string(lid.path().join("state")).ok();
    lids.filter_map(state).any(|state| state.contains("closed"))
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// What is seen of a picture every tenth of a second: `p`icture, `-` none, `!` one that counts as broken, `c`overed,
    /// `d`ark, `l`id, `D`ark for too long, `X` useless.
    fn seen(count: u32, lid_is_shut: fn() -> bool, picture: impl Fn(u32) -> Option<RgbImage>) -> String {
        seen_again(&Arc::default(), count, lid_is_shut, picture)
    }

    /// As [`seen`], of a camera that may have been opened anew.
    fn seen_again(
        is_known_dark: &Arc<AtomicBool>,
        count: u32,
        lid_is_shut: fn() -> bool,
        picture: impl Fn(u32) -> Option<RgbImage>,
    ) -> String {
        let begin = Instant::now();
        let mut look = Look::new(begin, lid_is_shut, is_known_dark.clone());
        (0..count)
            .map(|n| {
                let image = picture(n);
                let bytes = image.as_ref().map_or_else(Vec::new, |image| image.as_raw().clone());
                match look.at(&bytes, image.ok_or_else(String::new), begin + Duration::from_millis(100) * n) {
                    Seen::Picture(_) => 'p',
                    Seen::None { counts } => {
                        if counts {
                            '!'
                        } else {
                            '-'
                        }
                    }
                    Seen::Lack(Gap::Covered) => 'c',
                    Seen::Lack(Gap::TooDark) => 'd',
                    Seen::Lack(Gap::LidShut) => 'l',
                    Seen::Lack(_) => '?',
                    Seen::Dark(_) => 'D',
                    Seen::Useless(_) => 'X',
                }
            })
            .collect()
    }

    fn noise(n: u32, light: u8) -> RgbImage {
        RgbImage::from_fn(8, 8, |x, y| Rgb([light + ((x * 7 + y * 3 + n) % 5) as u8; 3]))
    }

    #[test]
    fn a_shutter_gives_one_colour_for_ever_and_is_neither_dark_nor_frozen() {
        let shut = seen(100, || false, |_| Some(RgbImage::from_pixel(8, 8, Rgb([144; 3]))));
        assert_eq!(shut, format!("--{}", "c".repeat(98)));
        let opened = seen(6, || false, |n| Some(if n < 4 { RgbImage::new(8, 8) } else { noise(n, 90) }));
        assert_eq!(opened, "--ccpp");
    }

    #[test]
    fn a_dark_room_has_noise_and_is_told_once_the_exposure_had_its_time() {
        let dark = seen(30, || false, |n| Some(noise(n, 2)));
        assert_eq!(dark, format!("{}{}", "p".repeat(19), "d".repeat(11)));
        assert!(seen(30, || true, |n| Some(noise(n, 2))).ends_with("lll"), "the lid explains it");
    }

    #[test]
    fn a_camera_that_goes_black_is_opened_anew_once_until_it_has_shown_something() {
        let known = Arc::default();
        let black = |light: u8| seen_again(&known, 700, || false, |n| Some(noise(n, light)));
        assert_eq!(black(2).matches('D').count(), 1);
        assert!(!black(2).contains('D'), "the room is dark");
        assert!(!black(90).contains(['d', 'D']));
        assert_eq!(black(2).matches('D').count(), 1, "it has shown something since");
        let shut = |light: u8, lid: fn() -> bool| seen(700, lid, |_| Some(RgbImage::from_pixel(8, 8, Rgb([light; 3]))));
        assert!(shut(0, || false).contains('D') && !shut(144, || false).contains('D'), "a shutter is no fault");
        assert!(!shut(0, || true).contains('D'), "nor is a lid");
    }

    #[test]
    fn the_same_bytes_for_seconds_are_a_frozen_camera() {
        let frozen = seen(60, || false, |_| Some(noise(0, 90)));
        assert_eq!(frozen, format!("{}{}", "p".repeat(51), "X".repeat(9)));
        assert!(!seen(100, || false, |n| Some(noise(n / 20, 90))).contains('X'), "it moves now and then");
    }

    #[test]
    fn the_first_broken_pictures_go_unsaid_single_ones_are_counted_and_many_end_the_stream() {
        let first = seen(12, || false, |n| (n >= 4 && n != 10).then(|| noise(n, 90)));
        assert_eq!(first, "----pppppp!p");
        assert!(seen(40, || false, |_| None).ends_with('X'));
    }
}
