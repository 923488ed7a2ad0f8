//! Check-ins: how the person says that they are, in a record of its own modality.
//!
//! An answer is one of six on a scale, or a place on a grid of pleasant and active. Nothing is inferred: the record passes
//! consent, gate and outbox like any other, no score is made of it, and it may leave under every profile. Who wants to be
//! asked says when (`check_in.remind`); then the own page and `status` say so, and the screen where it shows notices.

mod answer;
mod reminder;

pub use answer::Answer;
pub use reminder::Reminder;

#[cfg(target_os = "linux")]
mod notice;
#[cfg(not(target_os = "linux"))]
mod notice {
    //! Elsewhere it is only said on the page and in `status`.

    pub(super) fn show() -> Result<(), String> {
        Err("this version shows none on this system".into())
    }
}
