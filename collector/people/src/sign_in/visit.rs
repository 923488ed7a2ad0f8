//! One try to sign in: where it comes from, and what becomes of it.

use attune_ground::Source;
use attune_ground::http::Problem;
use attune_ground::store::Write;
use attune_ground::time::now_millis;
use axum::http::{HeaderMap, HeaderValue, header};

use super::cookie::{self, set_cookie};
use super::guessed::{self, Guess};
use super::pace::{self, Counted, Tried};
use super::places::{self, Place};
use super::session::{self, Begun, Session, Stage, UNKNOWN};
use super::tokens::{self, Tokens};
use super::totp;
use super::{Login, LoginId, links, logins};
use crate::mail::{self, Post};
use crate::rights::SessionKey;
use crate::{People, PeopleError, password};

/// What somebody has shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Factors {
    /// A password, or that a provider knows them.
    One,
    /// A second factor, too, or a passkey.
    Both,
}

/// What somebody has shown, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    factors: Factors,
    at: i64,
}

impl Shown {
    /// Here, just now.
    pub(super) fn now(factors: Factors) -> Self {
        Self { factors, at: now_millis() }
    }

    /// To somebody else, who may say when, Unix milliseconds.
    pub(super) fn at(factors: Factors, at: Option<i64>) -> Self {
        Self { factors, at: at.map_or(UNKNOWN, |at| at.clamp(UNKNOWN, now_millis())) }
    }
}

/// Where a try comes from.
#[derive(Clone, Debug)]
pub struct Visit {
    place: Place,
    /// Whether nobody between us and the client could read along.
    pub secure: bool,
    browser: String,
}

impl Visit {
    /// Of a request from an address.
    #[must_use]
    pub fn new(headers: &HeaderMap, source: Source, secure: bool) -> Self {
        let browser = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let place = Place { browser: cookie::browser(headers, secure), source };
        Self { place, secure, browser: browser.to_owned() }
    }
}

/// Stands for whoever has a name that nobody has.
const NOBODY: LoginId = LoginId([0; 16]);

/// The one answer to a name that is not there and to a password that is wrong.
const WRONG: &str = "name or password is wrong";

fn wait(millis: i64) -> Problem {
    let seconds = u32::try_from(millis.div_euclid(1000) + 1).unwrap_or(u32::MAX);
    Problem::too_many(format!("too many tries: wait {seconds} s, then try again"), seconds)
}

impl People {
    /// Who has this name and this password.
    ///
    /// # Errors
    /// 401 where nobody has, 429 after too many tries, 503 while too many sign in.
    pub(crate) async fn prove_password(&self, visit: &Visit, name: &str, password: String) -> Result<Login, Problem> {
        // Until the try is counted, a name that nobody has takes as long as one that somebody has.
        let id = logins::id_of_name(&self.store, &self.own, name).await?;
        let place = (&visit.place, "tries at a known place");
        let known = places::known(&self.store, &self.own, id.unwrap_or(NOBODY), place).await?;
        let counted = match known {
            Some(counted) => vec![counted],
            None => vec![visit.place.counted(&self.own), Counted::by_name(super::names::tag(&self.own, name))],
        };
        let tried = pace::count(&self.store, &counted).await?.map_err(wait)?;
        let login = match id {
            Some(id) => logins::find(&self.store, &self.keys, id).await?,
            None => None,
        };
        let hash = login.as_ref().filter(|login| login.disabled_at.is_none()).and_then(|login| login.password.clone());
        let is = match self.hasher.verify(password, hash).await {
            Ok(is) => is,
            // Nobody looked at the password: it was no try.
            Err(busy) => {
                self.take_back(&tried).await?;
                return Err(busy);
            }
        };
        let Some(login) = login.filter(|_| is) else { return Err(Problem::unauthorized(WRONG)) };
        self.take_back(&tried).await?;
        Ok(login)
    }

    /// Lets pass who is signed in and shows once more that it is they: how one signs in, what cannot be undone and what tells much at once
    /// is not for who has found a browser or a token. Who has no password has signed in lately, with this browser.
    ///
    /// # Errors
    /// 400 for a wrong password, naming the field, 401 for who signed in longer ago, and as [`Self::prove_password`].
    pub(crate) async fn prove_again(
        &self,
        visit: &Visit,
        (login, browser): (LoginId, Option<&SessionKey>),
        (field, password): (&str, &str),
    ) -> Result<Login, Problem> {
        let gone = || Problem::unauthorized("this account is there no more: sign in again");
        let login = logins::find(&self.store, &self.keys, login).await?.ok_or_else(gone)?;
        if login.password.is_none() {
            let session = match browser {
                Some(key) => session::of_key(&self.store, key).await?,
                None => None,
            };
            return match session.is_some_and(|session| session.is_of_late()) {
                true => Ok(login),
                false => Err(Problem::unauthorized(
                    "it is more than ten minutes ago that you showed that it is you: do so once more on the page of your account \
                     (/account), and then come back here",
                )),
            };
        }
        let proved = self.prove_password(visit, &login.name, password.to_owned()).await;
        let proved = proved.map_err(|problem| match problem.status {
            401 => Problem::bad_request(field, "this is not your password"),
            _ => problem,
        })?;
        if proved.id == login.id { Ok(proved) } else { Err(gone()) }
    }

    async fn take_back(&self, tried: &Tried) -> Result<(), PeopleError> {
        let mut transaction = self.store.begin().await?;
        pace::take_back(&mut transaction, tried).await?;
        Ok(transaction.commit().await?)
    }

    /// Lets pass who shows a code of the second factor, or a recovery code.
    ///
    /// # Errors
    /// 401 for a wrong one, 429 after too many tries.
    pub(crate) async fn prove_code(&self, visit: &Visit, login: &Login, code: &str) -> Result<(), Problem> {
        let guess = self.count_code(visit, login).await?;
        let mut transaction = self.store.begin().await?;
        let taken = totp::take(&mut transaction, &self.keys, login.id, code, false).await?
            || totp::take_recovery_code(&mut transaction, login.id, code).await?;
        if !taken {
            return Err(Problem::unauthorized("this code is wrong, or was used already: wait for the next one"));
        }
        guess.was_right(&mut transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Counts a try of a code, by the place where it is known: who has learnt the password and guesses at codes elsewhere keeps
    /// nobody from theirs. And wherever it is tried for who watches.
    ///
    /// # Errors
    /// 429 after too many.
    pub(super) async fn count_code(&self, visit: &Visit, login: &Login) -> Result<Guess, Problem> {
        let place = (&visit.place, "tries of a code at a known place");
        let place = match places::known(&self.store, &self.own, login.id, place).await? {
            Some(counted) => counted.of_codes(),
            None => Counted::by_code(guessed::tag(&self.own, login.id)),
        };
        pace::count(&self.store, std::slice::from_ref(&place)).await?.map_err(wait)?;
        // Apart from it: who has to wait has tried nothing.
        let watched = [guessed::watched(&self.own, login.id)];
        let watched = pace::count(&self.store, &watched).await?.map_err(wait)?;
        Ok(Guess { place, watched })
    }

    /// Signs a browser in with what was shown, as far as that goes; gives the cookies that it is to keep.
    ///
    /// # Errors
    /// 403 for who has no role, and when the database refuses.
    pub(super) async fn begin_session(
        &self,
        visit: &Visit,
        login: &Login,
        shown: Shown,
    ) -> Result<(Vec<HeaderValue>, Stage), Problem> {
        let stage = match login.has_second_factor {
            _ if shown.factors == Factors::Both => Stage::Done,
            true => Stage::Code,
            false if login.roles.iter().any(|role| role.needs_second_factor()) => Stage::SetUp,
            false => Stage::Done,
        };
        Ok((self.session_at(visit, login, (stage, shown.at), None).await?, stage))
    }

    /// Signs in for good a browser that has shown all; gives the cookies that it is to keep.
    ///
    /// # Errors
    /// As [`Self::begin_session`].
    pub(crate) async fn finish_session(
        &self,
        visit: &Visit,
        login: &Login,
        before: &Session,
    ) -> Result<Vec<HeaderValue>, Problem> {
        // A code shows that it is they; that one was set up does not.
        let shown_at = if before.stage == Stage::Code { now_millis() } else { before.shown_at };
        self.session_at(visit, login, (Stage::Done, shown_at), Some(before)).await
    }

    async fn session_at(
        &self,
        visit: &Visit,
        login: &Login,
        (stage, shown_at): (Stage, i64),
        before: Option<&Session>,
    ) -> Result<Vec<HeaderValue>, Problem> {
        let Some(role) = login.roles.first() else { return Err(no_role()) };
        let mut transaction = self.store.begin().await?;
        // Whoever was proved to be somebody a while ago is looked at anew, behind the lock: a password, a role or the right to sign
        // in may have gone meanwhile.
        if !logins::stands(&mut transaction, login).await? {
            return Err(Problem::unauthorized("this account was changed meanwhile: sign in again"));
        }
        if let Some(before) = before
            && !session::end_in(&mut transaction, login.id, &before.key).await?
        {
            return Err(Problem::unauthorized("this sign-in has ended meanwhile: sign in again"));
        }
        let begun = Begun { stage, role: *role, shown_at, browser: &visit.browser };
        let cookie = session::begin(&mut transaction, &self.keys, login.id, begun).await?;
        let mut cookies = vec![set_cookie(Some(&cookie), visit.secure)];
        if stage == Stage::Done {
            cookies.push(self.remember(&mut transaction, visit, login.id).await?);
        }
        transaction.commit().await?;
        Ok(cookies)
    }

    /// Takes the password that somebody chooses with a one-time link, if it holds still; gives the cookie by which their browser is
    /// known from then on, so that nobody who guesses at their name elsewhere keeps them out.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn join(
        &self,
        visit: &Visit,
        link: &str,
        login: LoginId,
        hash: &str,
    ) -> Result<Option<HeaderValue>, PeopleError> {
        let mut transaction = self.store.begin().await?;
        if !links::use_link(&mut transaction, link, login, hash).await? {
            return Ok(None);
        }
        mail::queue(self.post.as_ref(), &mut transaction, login, mail::Kind::Changed).await?;
        let cookie = self.remember(&mut transaction, visit, login).await?;
        transaction.commit().await?;
        Ok(Some(cookie))
    }

    /// Remembers a browser as one where somebody was, by a new cookie.
    async fn remember(
        &self,
        transaction: &mut Write,
        visit: &Visit,
        login: LoginId,
    ) -> Result<HeaderValue, PeopleError> {
        let browser = places::remember(transaction, &self.own, login, &visit.place).await?;
        Ok(cookie::set_browser(&browser, visit.secure))
    }

    /// Signs a program in.
    ///
    /// # Errors
    /// 401 for a wrong name, password or code; 403 where a second factor is to be set up first; 429 after too many tries.
    pub(crate) async fn issue_tokens(
        &self,
        visit: &Visit,
        name: &str,
        password: String,
        code: Option<&str>,
    ) -> Result<(Login, Tokens), Problem> {
        let login = self.prove_password(visit, name, password).await?;
        if login.roles.is_empty() {
            return Err(no_role());
        }
        match code {
            Some(code) if login.has_second_factor => self.prove_code(visit, &login, code).await?,
            _ if login.has_second_factor => {
                return Err(Problem::unauthorized("this account has a second factor: send its code, too, as `code`"));
            }
            _ if login.roles.iter().any(|role| role.needs_second_factor()) => {
                return Err(Problem::forbidden(
                    "a role of this account needs a second factor: sign in with a browser first, and set it up",
                ));
            }
            _ => {}
        }
        let tokens = tokens::issue(&self.store, &self.own, &login, &visit.place).await?;
        let gone = || Problem::unauthorized("this account was changed meanwhile: sign in again");
        Ok((login, tokens.ok_or_else(gone)?))
    }

    /// New tokens for a refresh token.
    ///
    /// # Errors
    /// 401 where it does not hold.
    pub(crate) async fn refresh_tokens(&self, refresh: &str) -> Result<(Login, Tokens), Problem> {
        let gone = || {
            Problem::unauthorized("this refresh token is not known, was used, was revoked or has ended: sign in again")
        };
        let (id, family) = tokens::use_up(&self.store, refresh).await?.ok_or_else(gone)?;
        let login = logins::find(&self.store, &self.keys, id).await?;
        let login = login.filter(|login| login.disabled_at.is_none()).ok_or_else(gone)?;
        let tokens = tokens::renew(&self.store, &self.own, &login, family).await?;
        Ok((login, tokens))
    }

    /// Lets pass who makes an account, as long as not too many are made from their address.
    ///
    /// # Errors
    /// 429 after too many.
    pub(crate) async fn count_registration(&self, visit: &Visit) -> Result<(), Problem> {
        let tag = self.own.tag("registrations", &visit.place.address_tag(&self.own)).to_vec();
        pace::count(&self.store, &[Counted::by_registrations(tag)]).await?.map_err(wait)?;
        Ok(())
    }

    /// Has a link mailed with which somebody chooses another password, if a name has an address; nothing tells whether it has.
    ///
    /// # Errors
    /// 429 after too many of one name or from one address, 503 where too many wait.
    pub(crate) async fn forgotten(&self, visit: &Visit, post: &Post, name: &str) -> Result<(), Problem> {
        let counted = [
            Counted::by_ways(self.own.tag("forgotten from", &visit.place.address_tag(&self.own)).to_vec()),
            Counted::by_mail(self.own.tag("forgotten", &super::names::tag(&self.own, name)).to_vec()),
        ];
        pace::count(&self.store, &counted).await?.map_err(wait)?;
        let busy = || Problem::busy("too many ask for mail at the moment: try again in a minute");
        post.ask(name).then_some(()).ok_or_else(busy)
    }

    /// Lets pass who is led to an identity provider or asked for a passkey, as long as it is not done too often from their address.
    ///
    /// # Errors
    /// 429 after too many.
    pub(super) async fn count_way(&self, visit: &Visit) -> Result<(), Problem> {
        pace::count(&self.store, &[self.ways(visit)]).await?.map_err(wait)?;
        Ok(())
    }

    /// Takes back that somebody was: they came back as somebody whom the collector knows.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn came_back(&self, visit: &Visit) -> Result<(), PeopleError> {
        let mut transaction = self.store.begin().await?;
        pace::take_one_back(&mut transaction, &self.ways(visit)).await?;
        Ok(transaction.commit().await?)
    }

    fn ways(&self, visit: &Visit) -> Counted {
        Counted::by_ways(self.own.tag("ways to sign in", &visit.place.address_tag(&self.own)).to_vec())
    }

    /// The hash of a password that somebody chooses.
    ///
    /// # Errors
    /// 400 for one that may not be chosen, naming the field.
    pub(crate) async fn new_password(&self, field: &str, name: &str, password: String) -> Result<String, Problem> {
        password::check(&password, name)
            .map_err(|unfit| Problem::bad_request(field, format!("the password {unfit}")))?;
        self.hasher.hash(password).await
    }
}

fn no_role() -> Problem {
    Problem::forbidden("this account has no role any more: ask an administrator")
}
