//! Accounts: who signs in.

use attune_ground::http::Problem;
use attune_ground::store::{Write, bytes16};
use attune_protocol::ids::PersonId;

use super::cursor::{self, Cursor};
use super::{by, folk};
use crate::access::{Act, By};
use crate::rights::{Asker, Role};
use crate::sign_in::{self, Login, LoginId, NewLogin, Taken, Unset};
use crate::{People, PeopleError};

/// Which accounts are asked for.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Filter<'a> {
    /// The one of this name or address of mail, in letters of any case; empty for all.
    pub(super) name: &'a str,
    /// Those that have this role.
    pub(super) role: Option<Role>,
    /// The cursor of a page; empty for the first one.
    pub(super) after: &'a str,
}

/// Accounts, those made last first, at most so many, and the cursor of the next page. One that does not open is left out.
///
/// # Errors
/// 400 for a cursor that is none; when the database refuses.
pub(super) async fn page(
    people: &People,
    filter: Filter<'_>,
    most: usize,
) -> Result<(Vec<Login>, Option<String>), Problem> {
    let after = Cursor::read(filter.after)?;
    if !filter.name.trim().is_empty() {
        let found = sign_in::find_by_name(&people.store, &people.keys, &people.own, filter.name.trim()).await?;
        let has_role = |login: &Login| filter.role.is_none_or(|role| login.roles.contains(&role));
        return Ok((found.into_iter().filter(has_role).collect(), None));
    }
    let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(
        "SELECT login, created_at FROM logins WHERE (created_at < $1 OR (created_at = $1 AND login < $2)) AND ($3 = '' \
         OR EXISTS (SELECT 1 FROM login_roles WHERE login_roles.login = logins.login AND login_roles.role = $3)) \
         ORDER BY created_at DESC, login DESC LIMIT $4",
    )
    .bind(after.at)
    .bind(after.id.to_vec())
    .bind(filter.role.map_or("", Role::name))
    .bind(i64::try_from(most + 1).unwrap_or(i64::MAX))
    .fetch_all(people.store.pool())
    .await
    .map_err(PeopleError::from)?;
    let mut rows = rows;
    let next = cursor::cut(&mut rows, most, |(id, at)| Some(Cursor { at: *at, id: bytes16(id).ok()? }));
    let mut found = Vec::with_capacity(rows.len());
    for (id, _) in rows {
        match sign_in::find(&people.store, &people.keys, LoginId(bytes16(&id).map_err(PeopleError::from)?)).await {
            Ok(login) => found.extend(login),
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(error) => tracing::warn!(%error, "A login does not open; it is left out of the list."),
        }
    }
    Ok((found, next))
}

/// An account.
///
/// # Errors
/// 404 where there is none.
pub(super) async fn find(people: &People, id: &str) -> Result<Login, Problem> {
    let found = match id.parse() {
        Ok(id) => sign_in::find(&people.store, &people.keys, id).await?,
        Err(_) => None,
    };
    found.ok_or_else(none)
}

fn none() -> Problem {
    Problem::not_found("there is no such account; GET /api/v1/admin/accounts lists them")
}

/// The account of a name.
///
/// # Errors
/// 404, naming the field, where there is none.
pub(super) async fn named(people: &People, field: &str, name: &str) -> Result<Login, Problem> {
    let found = sign_in::find_by_name(&people.store, &people.keys, &people.own, name.trim()).await?;
    found.ok_or_else(|| Problem { field: Some(field.into()), ..Problem::not_found("there is no account of this name") })
}

/// Makes an account and its one-time link.
///
/// # Errors
/// 400 for what cannot be, 409 where the name, the address of mail or the person has one already.
pub(super) async fn make(people: &People, new: NewLogin<'_>, by: &By) -> Result<(LoginId, String), Problem> {
    if new.roles.is_empty() {
        return Err(Problem::bad_request("roles", "an account has one role at least"));
    }
    people.store.again(|| made(people, new.clone(), by)).await
}

async fn made(people: &People, new: NewLogin<'_>, by: &By) -> Result<(LoginId, String), Problem> {
    let mut transaction = people.store.begin().await?;
    let made = sign_in::create(&mut transaction, &people.keys, &people.own, new).await?;
    let id = made.map_err(|Taken| taken())?;
    sign_in::note_login(&mut transaction, by, Act::MakeAccount, id).await?;
    let link = sign_in::make_link_in(&mut transaction, id).await?;
    sign_in::note_login(&mut transaction, by, Act::MakeLink, id).await?;
    transaction.commit().await?;
    Ok((id, link))
}

pub(super) fn taken() -> Problem {
    Problem::conflict(
        "username",
        "there is an account of this name, of this address of mail or of this person already: look for it in the list",
    )
}

/// What is changed of an account; what is none stays.
#[derive(Clone, Copy, Default)]
pub(super) struct Change<'a> {
    /// All that it is from now on, and the id of the person who is sensed, for who becomes an employee.
    pub(super) roles: Option<(&'a [Role], Option<&'a str>)>,
    /// Where mail reaches it; an empty text for nowhere.
    pub(super) mail: Option<&'a str>,
    /// Whether it may not sign in.
    pub(super) disabled: Option<bool>,
}

/// Changes an account: all of it, or nothing.
///
/// # Errors
/// 400 for what cannot be, 404 for no account, 409 where nobody would be an administrator any more, where it is not said who is sensed,
/// for an address that somebody else has, and for that of one's own: a new password is mailed there, and who has found a browser of an
/// administrator would have the account by it.
pub(super) async fn change(people: &People, asker: &Asker, id: LoginId, change: Change<'_>) -> Result<(), Problem> {
    if change.mail.is_some() && asker.login() == Some(id) {
        return Err(Problem::conflict(
            "email",
            "this is your own account: ask another administrator to change its address",
        ));
    }
    change_by(people, id, change, &by(asker)).await
}

pub(super) async fn change_by(people: &People, id: LoginId, change: Change<'_>, by: &By) -> Result<(), Problem> {
    if change.roles.is_some_and(|(roles, _)| roles.is_empty()) {
        return Err(Problem::bad_request("roles", "an account has one role at least; disable it, to keep it out"));
    }
    let named = change.roles.and_then(|(_, person)| person).map(str::trim).filter(|person| !person.is_empty());
    let person = match named {
        Some(person) => Some(folk::find(people, person).await.map_err(|problem| of_person(problem.detail))?.person),
        None => None,
    };
    people.store.again(|| changed(people, id, (change, person), by)).await
}

/// A problem with who is to be sensed.
fn of_person(detail: String) -> Problem {
    Problem::bad_request("person", detail)
}

async fn changed(
    people: &People,
    id: LoginId,
    (Change { roles, mail, disabled }, person): (Change<'_>, Option<PersonId>),
    by: &By,
) -> Result<(), Problem> {
    let mut transaction = people.store.begin().await?;
    // Before anything else that is locked.
    let gives_up = disabled == Some(true) || roles.is_some_and(|(roles, _)| !roles.contains(&Role::Admin));
    let is_last = gives_up && sign_in::is_last_admin(&mut transaction, id).await?;
    if let Some(mail) = mail {
        let mail = Some(mail.trim()).filter(|mail| !mail.is_empty());
        let set = sign_in::set_mail(&mut transaction, (&people.keys, &people.own), id, mail, by).await?;
        let theirs =
            |Taken| Problem::conflict("email", "there is an account of this address of mail, or of this name, already");
        set.map_err(theirs)?;
    }
    if let Some((roles, _)) = roles {
        if is_last && !roles.contains(&Role::Admin) {
            return Err(last_one("roles"));
        }
        set_in(people, &mut transaction, id, (roles, person), by).await?;
    }
    match disabled {
        Some(true) if is_last => return Err(last_one("disabled")),
        Some(true) => _ = sign_in::disable_in(&mut transaction, id, by).await?,
        Some(false) => _ = sign_in::enable_in(&mut transaction, id, by).await?,
        None => {}
    }
    Ok(transaction.commit().await?)
}

async fn set_in(
    people: &People,
    transaction: &mut Write,
    id: LoginId,
    (roles, person): (&[Role], Option<PersonId>),
    by: &By,
) -> Result<(), Problem> {
    match sign_in::set_roles(transaction, &people.keys, id, (roles, person), by).await? {
        Ok(()) => Ok(()),
        Err(Unset::NoLogin) => Err(none()),
        Err(Unset::WhoIsIt) => Err(Problem::conflict(
            "person",
            "there is somebody already whose user id is the name of this account: give the id of the person, as it stands in \
             the address of their page, if that is who signs in",
        )),
        Err(Unset::IsAnothers) => Err(Problem::conflict("person", "this person has another account already")),
    }
}

fn last_one(field: &str) -> Problem {
    Problem::conflict(field, "this is the last administrator who may sign in: make another one first")
}

/// Makes a one-time link in the place of those before; with `anew` the second factor is set up again, too.
///
/// # Errors
/// 409 for an account that is disabled, and for one's own: who has found a browser of an administrator, or a token, would have the
/// account by it.
pub(super) async fn link(people: &People, asker: &Asker, login: &Login, anew: bool) -> Result<String, Problem> {
    if asker.login() == Some(login.id) {
        return Err(Problem::conflict(
            "account",
            "this is your own account: change your password at /account, or ask another administrator for a link",
        ));
    }
    let by = by(asker);
    let made = people.store.again(|| sign_in::make_link(&people.store, login.id, anew, &by)).await?;
    made.ok_or_else(|| Problem::conflict("disabled", "this account is disabled: let it sign in again first"))
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;

    use super::*;
    use crate::accounts;
    use crate::admin::testing::{set_disabled, set_roles};

    async fn databases() -> Vec<Database> {
        Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await
    }

    fn new<'a>(name: &'a str, roles: &'a [Role]) -> NewLogin<'a> {
        NewLogin { name, user_id: None, mail: None, roles, password: Some("a hash".into()), may_exist: true }
    }

    #[tokio::test]
    async fn the_last_administrator_is_not_disabled_and_does_not_lose_the_role_on_each_database() {
        for database in databases().await {
            let people = &People::on(&database, &[]);
            let (olga, _) = make(people, new("olga", &[Role::Admin]), &By::COMMAND).await.expect("made");
            let (alice, _) = make(people, new("alice", &[Role::Employee]), &By::COMMAND).await.expect("made");
            let refused = set_disabled(people, olga, true, &By::COMMAND).await.expect_err("the last");
            assert_eq!((refused.status, refused.field.as_deref()), (409, Some("disabled")));
            assert_eq!(
                set_roles(people, olga, (&[Role::Employee], None), &By::COMMAND).await.expect_err("the last").status,
                409
            );
            assert_eq!(set_roles(people, olga, (&[], None), &By::COMMAND).await.expect_err("none").status, 400);
            set_roles(people, olga, (&[Role::Admin, Role::Manager], None), &By::COMMAND).await.expect("still one");
            set_disabled(people, alice, true, &By::COMMAND).await.expect("is none");

            let (omar, _) = make(people, new("omar", &[Role::Admin]), &By::COMMAND).await.expect("made");
            set_disabled(people, omar, true, &By::COMMAND).await.expect("another is left");
            assert_eq!(
                set_disabled(people, olga, true, &By::COMMAND).await.expect_err("the other may not sign in").status,
                409
            );
            set_disabled(people, omar, false, &By::COMMAND).await.expect("again");
            // Both take the role from the other at once: one of them is left.
            let (one, other) = tokio::join!(
                set_roles(people, olga, (&[Role::Manager], None), &By::COMMAND),
                set_roles(people, omar, (&[Role::Manager], None), &By::COMMAND)
            );
            assert_eq!([&one, &other].iter().filter(|done| done.is_ok()).count(), 1, "{one:?} {other:?}");
        }
    }

    #[tokio::test]
    async fn accounts_are_found_by_name_and_role_page_by_page_on_each_database() {
        for database in databases().await {
            let people = &People::on(&database, &[]);
            for (at, name) in (0_i64..).zip(["Dora", "alice", "Zo\u{eb}", "bob", "carl"]) {
                let role = if name == "bob" { Role::Hr } else { Role::Employee };
                let (id, _) = make(people, new(name, &[role]), &By::COMMAND).await.expect("made");
                // Two of one instant are told apart, too.
                sqlx::query("UPDATE logins SET created_at = $2 WHERE login = $1")
                    .bind(id.0.to_vec())
                    .bind(at / 2)
                    .execute(people.store.pool())
                    .await
                    .expect("set");
            }
            assert_eq!(make(people, new("ALICE", &[Role::Admin]), &By::COMMAND).await.expect_err("taken").status, 409);
            let names = |found: &[Login]| found.iter().map(|login| login.name.clone()).collect::<Vec<_>>();
            let (mut all, mut after) = (Vec::new(), String::new());
            for _ in 0..3 {
                let (page, next) = page(people, Filter { after: &after, ..Filter::default() }, 2).await.expect("reads");
                all.extend(names(&page));
                after = next.unwrap_or_default();
            }
            assert!(after.is_empty() && all.len() == 5 && all[0] == "carl", "the newest first, each once: {all:?}");
            assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 5, "{all:?}");
            let mut filter = Filter { name: "ZO\u{cb}", ..Filter::default() };
            assert_eq!(names(&page(people, filter, 9).await.expect("reads").0), ["Zo\u{eb}"]);
            filter.name = "Zo";
            assert!(page(people, filter, 9).await.expect("reads").0.is_empty(), "by the whole name");
            filter = Filter { role: Some(Role::Hr), ..Filter::default() };
            assert_eq!(names(&page(people, filter, 9).await.expect("reads").0), ["bob"]);
            filter = Filter { name: "bob", role: Some(Role::Manager), ..Filter::default() };
            assert!(page(people, filter, 9).await.expect("reads").0.is_empty());
            filter = Filter { after: "bob", ..Filter::default() };
            assert_eq!(page(people, filter, 9).await.expect_err("no cursor").status, 400);
        }
    }

    #[tokio::test]
    async fn who_becomes_an_employee_is_whom_an_administrator_says_and_not_whoever_has_the_name_on_each_database() {
        for database in databases().await {
            let people = &People::on(&database, &[]);
            let roles = [Role::Manager, Role::Employee];
            let (mona, _) = make(people, new("mona", &[Role::Manager]), &By::COMMAND).await.expect("made");
            let (nora, _) = make(people, new("nora", &[Role::Manager]), &By::COMMAND).await.expect("made");
            let of = NewLogin { user_id: Some("4711"), ..new("olaf", &[Role::Employee]) };
            let (olaf, _) = make(people, of, &By::COMMAND).await.expect("made");
            set_roles(people, mona, (&roles, None), &By::COMMAND).await.expect("nobody has the name");
            assert!(find(people, &mona.to_string()).await.expect("there").person.is_some());
            // Somebody is sensed under the name of another account.
            accounts::create_code(&people.store, &people.keys, ("nora", None), 60_000).await.expect("made");
            let refused = set_roles(people, nora, (&roles, None), &By::COMMAND).await.expect_err("who is it?");
            assert_eq!((refused.status, refused.field.as_deref()), (409, Some("person")));
            let login = find(people, &nora.to_string()).await.expect("there");
            assert_eq!((login.person, login.roles), (None, vec![Role::Manager]), "nothing was changed");
            let sensed =
                accounts::find_person(&people.store, &people.keys, "nora").await.expect("reads").expect("there");
            let olafs = find(people, &olaf.to_string()).await.expect("there").person.expect("an employee").to_string();
            for (person, status) in [(olafs.as_str(), 409), ("nobody", 400)] {
                let refused =
                    set_roles(people, nora, (&roles, Some(person)), &By::COMMAND).await.expect_err("not hers");
                assert_eq!((refused.status, refused.field.as_deref()), (status, Some("person")));
            }
            set_roles(people, nora, (&roles, Some(&sensed.to_string())), &By::COMMAND).await.expect("said");
            assert_eq!(find(people, &nora.to_string()).await.expect("there").person, Some(sensed));
        }
    }

    #[tokio::test]
    async fn an_account_can_be_of_a_person_with_another_name_and_of_no_person_twice_on_each_database() {
        for database in databases().await {
            let people = &People::on(&database, &[]);
            let of = |name, user_id| NewLogin { user_id: Some(user_id), ..new(name, &[Role::Employee]) };
            let (id, _) = make(people, of("alice@example.org", "4711"), &By::COMMAND).await.expect("made");
            let person = crate::accounts::find_person(&people.store, &people.keys, "4711").await.expect("reads");
            let login = find(people, &id.to_string()).await.expect("there");
            assert!(person.is_some() && login.person == person);
            assert_eq!(make(people, of("alice", "4711"), &By::COMMAND).await.expect_err("hers").status, 409);
        }
    }
}
