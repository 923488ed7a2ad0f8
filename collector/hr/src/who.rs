//! Who employees are: in tables they have the names that the organisation gives them, which are user ids here.

use std::collections::{BTreeMap, BTreeSet};

use attune_ground::store::Write;
use attune_people::accounts::Meant;
use attune_people::{PeopleError, accounts};
use attune_protocol::ids::PersonId;

use crate::error::HrError;
use crate::rows::Employee;
use crate::state::Hr;

/// Whom employees mean, as they are called: the one rule by which people are found and made here.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn meant(state: &Hr, employees: Vec<Employee>) -> Result<BTreeMap<Employee, Meant>, HrError> {
    let names: Vec<String> = employees.iter().map(|employee| name(employee).unwrap_or_default()).collect();
    let found = accounts::meant(state.store(), state.people().keys(), &names).await?;
    // Who can't be known is nobody, also where somebody of an earlier version is called like no name.
    let found = found.into_iter().zip(&names).map(|(meant, name)| if name.is_empty() { Meant::Nobody } else { meant });
    Ok(employees.into_iter().zip(found).collect())
}

/// The people whom employees are; of those who are not known here, none.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn known(
    state: &Hr,
    employees: Vec<Employee>,
) -> Result<BTreeMap<Employee, Option<PersonId>>, HrError> {
    let meant = meant(state, employees).await?;
    Ok(meant.into_iter().map(|(employee, meant)| (employee, meant.one())).collect())
}

/// Whether somebody can be known by what an employee is called.
pub(crate) fn can_be_known(employee: &Employee) -> bool {
    name(employee).is_some()
}

fn name(employee: &Employee) -> Option<String> {
    accounts::user_id(&employee.0).ok()
}

/// Makes an employee known who is not. Who is called as nobody can be stays unknown, and so does who could be one of several.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn make_known(state: &Hr, transaction: &mut Write, employee: &Employee) -> Result<(), HrError> {
    let Some(name) = name(employee) else { return Ok(()) };
    match accounts::person_of(transaction, state.people().keys(), &name).await {
        Ok(_) | Err(PeopleError::Alike) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// How the people of rows are called, who lie there without a name. Whose name does not open is not among them.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn names(state: &Hr, people: &BTreeSet<PersonId>) -> Result<BTreeMap<PersonId, Employee>, HrError> {
    let users = accounts::users_of(state.store(), state.people().keys(), people).await?;
    Ok(users.into_iter().map(|(person, user)| (person, Employee(user))).collect())
}
