//! The texts that a person reads before they agree to something, or withdraw it: one for each modality and purpose, in versions.
//!
//! A change of consent names the version that was shown. A version that was ever shown is never changed and never taken out, so that
//! it can always be told to what somebody agreed: what is to be said otherwise is a version of its own, behind the others.

use super::Purpose;
use crate::registry::Modality;

/// A text as it is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Text {
    /// Its version, from 1.
    pub version: u16,
    /// What it says, some sentences of plain text.
    pub says: &'static str,
}

/// The versions of the text about one modality and purpose, the oldest first.
#[must_use]
pub const fn versions(modality: Modality, purpose: Purpose) -> &'static [&'static str] {
    match (modality, purpose) {
        (Modality::Face, Purpose::OwnView) => &[
            "What is read from your face (expression, blinks, where your head turns) is kept on this device for you alone, at most 14 \
             days, and shown on your own page. No picture is kept. Nothing of it leaves the device. You can withdraw this at any time; \
             what is kept of it is erased then.",
        ],
        (Modality::Face, Purpose::Wellbeing) => &[
            "A camera looks at your face: expression, blinks, where your head turns. Pictures stay in memory for the moment in which \
             they are looked at; none is kept or sent. Numbers read from them go to your organisation's collector as far as the profile \
             in force lets them; you see them there, and teams that are large enough have figures made of them. You can withdraw this \
             at any time; what waits to be sent is erased then.",
        ],
        (Modality::Voice, Purpose::OwnView) => &[
            "How your voice sounds when you speak is kept on this device for you alone, as numbers, at most 14 days, and shown on your \
             own page. No sound is kept, and not what you say. Nothing of it leaves the device. You can withdraw this at any time; what \
             is kept of it is erased then.",
        ],
        (Modality::Voice, Purpose::Wellbeing) => &[
            "A microphone hears how it sounds when you speak, not what you say. Sound stays in memory for the moment in which it is \
             listened to; none is kept or sent. Numbers read from it go to your organisation's collector as far as the profile in force \
             lets them; you see them there, and teams that are large enough have figures made of them. You can withdraw this at any \
             time; what waits to be sent is erased then.",
        ],
        (Modality::Motion, Purpose::OwnView) => &[
            "How much you move is kept on this device for you alone, at most 14 days, and shown on your own page. Nothing of it leaves \
             the device. You can withdraw this at any time; what is kept of it is erased then.",
        ],
        (Modality::Motion, Purpose::Wellbeing) => &[
            "A device that you wear or hold, or this one, tells how much you move. Numbers read from it go to your organisation's \
             collector as far as the profile in force lets them; you see them there, and teams that are large enough have figures made \
             of them. You can withdraw this at any time; what waits to be sent is erased then.",
        ],
        (Modality::Heart, Purpose::OwnView) => &[
            "What is read from your heartbeats is kept on this device for you alone, at most 14 days, and shown on your own page. \
             Nothing of it leaves the device. You can withdraw this at any time; what is kept of it is erased then.",
        ],
        (Modality::Heart, Purpose::Wellbeing) => &[
            "A wearable tells your heartbeats. Numbers read from them go to your organisation's collector as far as the profile in force \
             lets them; you see them there, and teams that are large enough have figures made of them. You can withdraw this at any \
             time; what waits to be sent is erased then.",
        ],
        (Modality::CheckIn, Purpose::OwnView) => &[
            "What you say of yourself in a check-in is kept on this device for you alone, at most 14 days, and shown on your own page. \
             You can withdraw this at any time; what is kept of it is erased then.",
        ],
        (Modality::CheckIn, Purpose::Wellbeing) => &[
            "Now and then you can say how you are, with one number. No sensor gives it, and no score is made of it: it is your own word. \
             It goes to your organisation's collector under every profile; you see it there, and teams that are large enough have \
             figures made of it. You can withdraw this at any time; what waits to be sent is erased then.",
        ],
        (Modality::Text, Purpose::OwnView) => &[
            "How messages sound that a program of yours hands over on this device (pleased or not, which emotion, signs of stress) is read \
             here and kept on this device for you alone, as numbers, at most 14 days, and shown on your own page. No word of them is kept. \
             Nothing of it leaves the device. You can withdraw this at any time; what is kept of it is erased then.",
        ],
        (Modality::Text, Purpose::Wellbeing) => &[
            "A program of yours, to which you give a token, hands messages that you write to Attune on this device, where it is read how \
             they sound: pleased or not, which emotion, signs of stress. Messages stay in memory for the moment in which they are read; no \
             word is kept or sent. Numbers read from them go to your organisation's collector as far as the profile in force lets them; \
             you see them there, and teams that are large enough have figures made of them. Where something you wrote sounds as if you \
             were in distress, your own page says where help is, and nobody else is told. You can withdraw this at any time; what waits \
             to be sent is erased then.",
        ],
    }
}

/// The text that is shown today.
#[must_use]
pub const fn text(modality: Modality, purpose: Purpose) -> Text {
    let all = versions(modality, purpose);
    Text { version: all.len() as u16, says: all[all.len() - 1] }
}

/// The text of a version; none where this build does not know it.
#[must_use]
pub fn of_version(modality: Modality, purpose: Purpose, version: u16) -> Option<&'static str> {
    versions(modality, purpose).get(usize::from(version.checked_sub(1)?)).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A changed line here changes what somebody agreed to: texts are added, not changed.
    #[test]
    fn texts_stay_as_they_were_shown() {
        let mut lines = Vec::new();
        for modality in Modality::ALL {
            for purpose in Purpose::ALL {
                for (version, says) in (1_u16..).zip(versions(modality, purpose)) {
                    lines.push(format!("{modality} {} {version}: {says}", purpose.name()));
                    assert_eq!(of_version(modality, purpose, version), Some(*says));
                }
                let newest = text(modality, purpose);
                assert_eq!(of_version(modality, purpose, newest.version), Some(newest.says));
                assert_eq!(of_version(modality, purpose, newest.version + 1), None);
                assert_eq!(of_version(modality, purpose, 0), None);
            }
        }
        let says: BTreeSet<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(says.len(), lines.len());
        insta::assert_snapshot!(lines.join("\n"));
    }
}
