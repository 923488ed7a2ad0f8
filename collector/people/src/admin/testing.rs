//! Changes of accounts, as tests make them.

use attune_ground::http::Problem;

use super::accounts::{Change, change_by};
use crate::People;
use crate::access::By;
use crate::rights::{LoginId, Role};

pub(super) async fn set_roles(
    people: &People,
    id: LoginId,
    roles: (&[Role], Option<&str>),
    by: &By,
) -> Result<(), Problem> {
    change_by(people, id, Change { roles: Some(roles), ..Change::default() }, by).await
}

pub(super) async fn set_disabled(people: &People, id: LoginId, disabled: bool, by: &By) -> Result<(), Problem> {
    change_by(people, id, Change { disabled: Some(disabled), ..Change::default() }, by).await
}
