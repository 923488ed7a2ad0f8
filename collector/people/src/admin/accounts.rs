//! Accounts: who signs in.

use attune_ground::http::Problem;

use super::by;
use crate::People;
use crate::access::{Act, By};
use crate::rights::{Asker, Role};
use crate::sign_in::{self, Login, LoginId, NewLogin, Taken};

/// Which accounts are asked for.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Filter<'a> {
    /// Those whose name holds this, in letters of any case; empty for all.
    pub(super) name: &'a str,
    /// Those that have this role.
    pub(super) role: Option<Role>,
    /// Those behind this name; empty for the first page.
    pub(super) after: &'a str,
}

/// Accounts by their names, at most so many, and the name behind which there are more.
///
/// Names lie sealed, so that all are opened to find some: a list is as long as an organisation has people.
///
/// # Errors
/// When the database refuses.
pub(super) async fn page(
    people: &People,
    filter: Filter<'_>,
    most: usize,
) -> Result<(Vec<Login>, Option<String>), Problem> {
    let (wanted, after) = (filter.name.trim().to_lowercase(), filter.after.to_lowercase());
    let all = sign_in::list(&people.store, &people.keys).await?.into_iter();
    let mut found: Vec<Login> = all
        .filter(|login| {
            let name = login.name.to_lowercase();
            name.contains(&wanted)
                && (after.is_empty() || name > after)
                && filter.role.is_none_or(|role| login.roles.contains(&role))
        })
        .take(most + 1)
        .collect();
    let more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| more).map(|login| login.name.clone());
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
    let id = people.store.again(|| created(people, new.clone(), by)).await?;
    let link = sign_in::make_link(&people.store, id, false, by).await?;
    Ok((id, link))
}

async fn created(people: &People, new: NewLogin<'_>, by: &By) -> Result<LoginId, Problem> {
    let mut transaction = people.store.begin().await?;
    let made = sign_in::create(&mut transaction, &people.keys, &people.own, new).await?;
    let id = made.map_err(|Taken| taken())?;
    sign_in::note_login(&mut transaction, by, Act::MakeAccount, id).await?;
    transaction.commit().await?;
    Ok(id)
}

pub(super) fn taken() -> Problem {
    Problem::conflict(
        "username",
        "there is an account of this name, of this address of mail or of this person already: look for it in the list",
    )
}

/// Gives an account other roles.
///
/// # Errors
/// 400 for none, 404 for no account, 409 where nobody would be an administrator any more.
pub(super) async fn set_roles(people: &People, id: LoginId, roles: &[Role], by: &By) -> Result<(), Problem> {
    if roles.is_empty() {
        return Err(Problem::bad_request("roles", "an account has one role at least; disable it, to keep it out"));
    }
    people.store.again(|| roles_set(people, id, roles, by)).await
}

async fn roles_set(people: &People, id: LoginId, roles: &[Role], by: &By) -> Result<(), Problem> {
    let mut transaction = people.store.begin().await?;
    if !roles.contains(&Role::Admin) && sign_in::is_last_admin(&mut transaction, id).await? {
        return Err(last_one("roles"));
    }
    if !sign_in::set_roles(&mut transaction, &people.keys, id, roles, by).await? {
        return Err(none());
    }
    Ok(transaction.commit().await?)
}

/// Keeps an account from signing in, or lets it sign in again.
///
/// # Errors
/// 409 where nobody would be an administrator any more.
pub(super) async fn set_disabled(people: &People, id: LoginId, disabled: bool, by: &By) -> Result<(), Problem> {
    if !disabled {
        let _was = sign_in::enable(&people.store, id, by).await?;
        return Ok(());
    }
    people.store.again(|| disable(people, id, by)).await
}

async fn disable(people: &People, id: LoginId, by: &By) -> Result<(), Problem> {
    let mut transaction = people.store.begin().await?;
    if sign_in::is_last_admin(&mut transaction, id).await? {
        return Err(last_one("disabled"));
    }
    let _was = sign_in::disable_in(&mut transaction, id, by).await?;
    Ok(transaction.commit().await?)
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
    if login.disabled_at.is_some() {
        return Err(Problem::conflict("disabled", "this account is disabled: let it sign in again first"));
    }
    Ok(sign_in::make_link(&people.store, login.id, anew, &by(asker)).await?)
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;

    use super::*;

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
                set_roles(people, olga, &[Role::Employee], &By::COMMAND).await.expect_err("the last").status,
                409
            );
            assert_eq!(set_roles(people, olga, &[], &By::COMMAND).await.expect_err("none").status, 400);
            set_roles(people, olga, &[Role::Admin, Role::Manager], &By::COMMAND).await.expect("still one");
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
                set_roles(people, olga, &[Role::Manager], &By::COMMAND),
                set_roles(people, omar, &[Role::Manager], &By::COMMAND)
            );
            assert_eq!([&one, &other].iter().filter(|done| done.is_ok()).count(), 1, "{one:?} {other:?}");
        }
    }

    #[tokio::test]
    async fn accounts_are_found_by_name_and_role_page_by_page_on_each_database() {
        for database in databases().await {
            let people = &People::on(&database, &[]);
            for name in ["Dora", "alice", "Zo\u{eb}", "bob", "carl"] {
                let role = if name == "bob" { Role::Hr } else { Role::Employee };
                let _ = make(people, new(name, &[role]), &By::COMMAND).await.expect("made");
            }
            assert_eq!(make(people, new("ALICE", &[Role::Admin]), &By::COMMAND).await.expect_err("taken").status, 409);
            let names = |found: &[Login]| found.iter().map(|login| login.name.clone()).collect::<Vec<_>>();
            let mut filter = Filter::default();
            let (first, next) = page(people, filter, 2).await.expect("reads");
            assert_eq!((names(&first), next.as_deref()), (vec!["alice".into(), "bob".into()], Some("bob")));
            filter.after = "bob";
            let (second, next) = page(people, filter, 3).await.expect("reads");
            assert_eq!((names(&second).join(" "), next), ("carl Dora Zo\u{eb}".into(), None));
            filter = Filter { name: "ZO\u{cb}", ..Filter::default() };
            assert_eq!(names(&page(people, filter, 9).await.expect("reads").0), ["Zo\u{eb}"]);
            filter = Filter { role: Some(Role::Hr), ..Filter::default() };
            assert_eq!(names(&page(people, filter, 9).await.expect("reads").0), ["bob"]);
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
