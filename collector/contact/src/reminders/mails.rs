//! What waits to be mailed of reminders, once something of them is so no more.

use attune_ground::store::Write;
use attune_people::rights::LoginId;
use attune_people::{Told, sign_in};

use super::rows::Of;
use super::{notices, plan, rows};
use crate::error::ContactError;
use crate::kind::Kind;
use crate::state::Contact;

/// Has somebody not mailed any more of their reminders of one kind. A mail names no kind: one that is so of another kind, too, goes.
pub(super) async fn forget(
    state: &Contact,
    transaction: &mut Write,
    (person, kind): Of,
    login: LoginId,
    now: i64,
) -> Result<(), ContactError> {
    let mut so = Vec::new();
    if let Some(key) = state.key_of(person).await? {
        for of in Kind::ALL.into_iter().filter(|other| *other != kind).map(|other| (person, other)) {
            let plan = plan::read(transaction, &key, person, of.1).await?;
            let Some(plan) = plan.filter(|plan| plan.mail) else { continue };
            if rows::missed_waits(transaction, of).await? {
                let is_last = notices::would_be(state, transaction, of, &plan, now).await?;
                so.push(if is_last { Told::Last } else { Told::Missed });
            }
        }
    }
    for told in [Told::Missed, Told::Last].into_iter().filter(|told| !so.contains(told)) {
        sign_in::forget_told_mail(transaction, login, told).await?;
    }
    Ok(())
}
