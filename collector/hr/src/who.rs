//! Who employees are: in tables they have the names that the organisation gives them, which are user ids here.

use std::collections::{BTreeMap, BTreeSet};

use attune_people::accounts;
use attune_protocol::ids::PersonId;

use crate::error::HrError;
use crate::rows::Employee;
use crate::state::Hr;

/// People who are made known in one transaction.
const SLICE: usize = 64;

/// The people whom employees are; of those who are not known here, none.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn known(
    state: &Hr,
    employees: Vec<Employee>,
) -> Result<BTreeMap<Employee, Option<PersonId>>, HrError> {
    let names: Vec<String> = employees.iter().map(|employee| name(employee).unwrap_or_default()).collect();
    let found = accounts::find_named(state.store(), state.people().keys(), &names).await?;
    // Who can't be known is nobody, also where somebody of an earlier version is called like no name.
    let found = found.into_iter().zip(&names).map(|(person, name)| person.filter(|_| !name.is_empty()));
    Ok(employees.into_iter().zip(found).collect())
}

/// Whether somebody can be known by what an employee is called.
pub(crate) fn can_be_known(employee: &Employee) -> bool {
    name(employee).is_some()
}

fn name(employee: &Employee) -> Option<String> {
    accounts::user_id(&employee.0).ok()
}

/// Makes employees known who are not, and gives who each of them is. Who is called as nobody can be stays unknown.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn make_known(state: &Hr, strangers: &[Employee]) -> Result<BTreeMap<Employee, PersonId>, HrError> {
    let mut made = BTreeMap::new();
    for slice in strangers.chunks(SLICE) {
        made.extend(state.store().again(|| make_some_known(state, slice)).await?);
    }
    Ok(made)
}

async fn make_some_known(state: &Hr, strangers: &[Employee]) -> Result<Vec<(Employee, PersonId)>, HrError> {
    let mut transaction = state.store().begin().await?;
    let mut made = Vec::with_capacity(strangers.len());
    for employee in strangers {
        let Some(name) = name(employee) else { continue };
        let person = accounts::person_of(&mut transaction, state.people().keys(), &name).await?;
        made.push((employee.clone(), person));
    }
    transaction.commit().await?;
    Ok(made)
}

/// How the people of rows are called, who lie there without a name. Whose name does not open is not among them.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn names(state: &Hr, people: &BTreeSet<PersonId>) -> Result<BTreeMap<PersonId, Employee>, HrError> {
    let users = accounts::users_of(state.store(), state.people().keys(), people).await?;
    Ok(users.into_iter().map(|(person, user)| (person, Employee(user))).collect())
}
