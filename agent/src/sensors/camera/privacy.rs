//! Whether a camera's shutter is shut, where the camera says so itself: V4L2's control `V4L2_CID_PRIVACY`.
//!
//! It is asked by a way of its own: who reads pictures waits for the next one, and behind a shut shutter some cameras give
//! none.

use std::time::{Duration, Instant};

/// How often it is asked.
const EVERY: Duration = Duration::from_millis(500);
/// `V4L2_CID_PRIVACY` of `linux/v4l2-controls.h`.
#[cfg(target_os = "linux")]
const CONTROL: u32 = 0x009a_0910;

/// The shutter of a camera that is open.
pub(super) struct Privacy {
    /// None where the camera has no such control.
    #[cfg(target_os = "linux")]
    camera: Option<v4l::Device>,
    asked: Option<Instant>,
    is_shut: bool,
}

impl Privacy {
    /// Of the camera with this number.
    #[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "only Linux numbers such nodes"))]
    pub(super) fn of(number: u32) -> Self {
        Self {
            #[cfg(target_os = "linux")]
            camera: v4l::Device::new(number as usize).ok().filter(|camera| asked(camera).is_some()),
            asked: None,
            is_shut: false,
        }
    }

    /// Whether it is shut, as far as the camera says.
    pub(super) fn is_shut(&mut self, now: Instant) -> bool {
        if self.asked.is_none_or(|asked| now.duration_since(asked) >= EVERY) {
            self.asked = Some(now);
            self.is_shut = self.ask();
        }
        self.is_shut
    }

    #[cfg(target_os = "linux")]
    fn ask(&self) -> bool {
        self.camera.as_ref().and_then(asked).unwrap_or(false)
    }

    #[cfg(not(target_os = "linux"))]
    fn ask(&self) -> bool {
        false
    }
}

/// What the control says; none where there is none, or the camera does not answer.
#[cfg(target_os = "linux")]
fn asked(camera: &v4l::Device) -> Option<bool> {
    match camera.control(CONTROL).ok()?.value {
        v4l::control::Value::Boolean(shut) => Some(shut),
        v4l::control::Value::Integer(shut) => Some(shut != 0),
        _ => None,
    }
}
