use attune_ground::time::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;

use super::plan::Plan;
use super::rhythm::written;

/// What one chose.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnPlan {
    /// `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`.
    days: Vec<&'static str>,
    /// By one's own clock, `09:00`.
    time: String,
    quiet_from: Option<String>,
    quiet_until: Option<String>,
    /// After how many hours one is missed.
    hours: u8,
    /// Whether one is mailed of one that was missed.
    mail: bool,
    /// The last day.
    until: Option<String>,
    /// How many are left; null where they do not end after some.
    left: Option<u16>,
    /// Since when it holds, RFC 3339.
    since: String,
}

impl From<&Plan> for OwnPlan {
    fn from(plan: &Plan) -> Self {
        let rhythm = &plan.rhythm;
        Self {
            days: rhythm.day_names(),
            time: written(rhythm.minute),
            quiet_from: rhythm.quiet.map(|quiet| written(quiet.from)),
            quiet_until: rhythm.quiet.map(|quiet| written(quiet.until)),
            hours: plan.hours,
            mail: plan.mail,
            until: rhythm.until.map(|until| until.to_string()),
            left: plan.left,
            since: rfc3339(plan.since),
        }
    }
}
