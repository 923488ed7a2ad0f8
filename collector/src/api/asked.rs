//! Who asks, and whether they may: each request passes here once it is known which route it is for.

use std::sync::Arc;

use attune_ground::http::{Client, Problem};
use attune_pages::{Frame, prefers_html};
use attune_people::People;
use attune_people::access::{self, Of};
use attune_people::rights::{Asker, Means, Scope, Table, Tells, Who};
use attune_people::sign_in::{Proof, authenticate, csrf_of, frame_of};
use attune_people::unusual_use;
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::layers::AccountPace;
use crate::rights;
use crate::subjects::Subjects;

/// Bytes of a form that is looked into for its token.
const LARGEST_FORM: usize = 64 << 10;

/// The table of rights, and what tells who asks.
#[derive(Clone)]
pub(super) struct Door {
    table: Arc<Table>,
    people: People,
    pace: AccountPace,
}

impl Door {
    /// # Panics
    /// When an operation of the API has no line in the table: the program does not start then.
    pub(super) fn new(state: &Subjects, pace: AccountPace) -> Self {
        let table = rights::table();
        for (path, item) in super::routes().to_openapi().paths.paths {
            for method in super::methods(&item) {
                assert!(table.of(method, &path).is_some(), "{method} {path} has no line in the table of rights");
            }
        }
        Self { table: Arc::new(table), people: state.people.clone(), pace }
    }
}

/// That a route has no line in the table, which is a fault of ours.
#[derive(Debug, thiserror::Error)]
#[error("answer at {0}, which has no line in the table of rights")]
struct NoLine(String);

/// Lets pass who may ask, and says to the handler who it is.
pub(super) async fn admitted(State(door): State<Door>, request: Request, next: Next) -> Response {
    // What programs ask for needs none of it.
    let shown = prefers_html(request.headers()).then(|| Shown::of(&request));
    let mut response = match door.admit(request).await {
        Ok(request) => door.answered(request, next).await,
        Err(problem) => match &shown {
            // Who looks at a page is led to where they can sign in.
            Some(shown) if problem.status == 401 && shown.is_got => {
                Redirect::to(&format!("/sign-in?next={}", url_escaped(&shown.back))).into_response()
            }
            _ => problem.into_response(),
        },
    };
    let is_refused = response.status().is_client_error() && response.extensions().get::<Problem>().is_some();
    if let Some(shown) = shown.filter(|shown| is_refused && !shown.back.starts_with("/api/"))
        && let Some(frame) = door.frame(&shown).await
    {
        response.extensions_mut().insert(frame);
    }
    response
}

/// What is kept of a request whose answer somebody looks at, for where it is refused.
struct Shown {
    is_got: bool,
    back: String,
    headers: HeaderMap,
    client: Client,
}

impl Shown {
    fn of(request: &Request) -> Self {
        Self {
            is_got: request.method() == Method::GET,
            back: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            headers: request.headers().clone(),
            client: request.extensions().get().copied().unwrap_or_default(),
        }
    }
}

fn url_escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    let escaped = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escaped).collect()
}

impl Door {
    async fn admit(&self, mut request: Request) -> Result<Request, Problem> {
        // What leads nowhere is answered by what says so.
        let Some(path) = request.extensions().get::<MatchedPath>().cloned() else { return Ok(request) };
        let asker = if self.people.sign_in_required().await? {
            let method = request.method().as_str();
            let Some(row) = self.table.of(method, path.as_str()) else {
                return match self.table.methods(path.as_str()).is_empty() {
                    true => Err(Problem::internal(&NoLine(path.as_str().to_owned()))),
                    false => Err(Problem::method_not_allowed()),
                };
            };
            let client: Client = request.extensions().get().copied().unwrap_or_default();
            let (store, own) = (self.people.store(), self.people.own());
            let proof = authenticate(store, own, request.headers(), client.secure).await?;
            if let Some(account) = proof.account().filter(|_| row.who != Who::Anyone) {
                self.pace.take(account)?;
            }
            let (means, scope) = match proof.admit(row.who) {
                Ok(admitted) => admitted,
                Err(problem) => {
                    if let Some(account) = proof.account().filter(|_| problem.status == 403) {
                        let route = format!("{method} {}", path.as_str());
                        unusual_use::note_refused(&self.people, account, &route).await;
                    }
                    return Err(problem);
                }
            };
            // What is for anybody needs no cookie, so no page gains anything by having it sent along.
            let by_cookie = row.who != Who::Anyone && matches!(&means, Means::Login { session: Some(_), .. });
            if by_cookie && changes(request.method()) {
                request = self.check_form(request, &proof).await?;
            }
            let asker = Asker::new(means, scope).at(request.method().as_str(), path.as_str());
            match row.tells {
                Tells::Everybody => access::read(store, &asker, Of::Everybody).await?,
                Tells::File => access::read(store, &asker, Of::Nobody).await?,
                Tells::Nobody | Tells::One => {}
            }
            asker
        } else {
            Asker::open()
        };
        request.extensions_mut().insert(asker);
        Ok(request)
    }

    /// Has a request answered. Who may ask, but not of whom they ask, is refused by who answers; that is noted, too.
    async fn answered(&self, request: Request, next: Next) -> Response {
        let asker: Option<Asker> = request.extensions().get().cloned();
        let response = next.run(request).await;
        let is_refused = response.extensions().get::<Problem>().is_some_and(|problem| problem.status == 403);
        // Who may ask of everybody is refused for another reason: a rule bars it for all.
        if let Some(asker) = asker.filter(|asker| is_refused && asker.scope() != Scope::All)
            && let Some(login) = asker.login()
        {
            unusual_use::note_refused(&self.people, login.0, asker.route()).await;
        }
        response
    }

    /// The frame of a page that says why something was refused: whoever is signed in is told it with where they can go.
    async fn frame(&self, shown: &Shown) -> Option<Frame> {
        let (store, own) = (self.people.store(), self.people.own());
        let proof = authenticate(store, own, &shown.headers, shown.client.secure).await.ok()?;
        let Proof::Signed(signed) = proof else { return None };
        frame_of(&self.people, &signed.session?).await.ok()?
    }

    /// Lets pass what a page of ours has sent: a browser adds its cookie to whatever any page sends.
    async fn check_form(&self, request: Request, proof: &Proof) -> Result<Request, Problem> {
        let Proof::Signed(signed) = proof else { return Ok(request) };
        let Some(session) = &signed.session else { return Ok(request) };
        let wanted = csrf_of(self.people.own(), &session.key);
        if request.headers().get("x-csrf-token").is_some_and(|given| given.as_bytes() == wanted.as_bytes())
            || request.uri().query().is_some_and(|query| has(query.as_bytes(), &wanted))
        {
            return Ok(request);
        }
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        if request.headers().get(header::CONTENT_TYPE) != Some(&form) {
            return Err(missing());
        }
        let (head, body) = request.into_parts();
        let too_large = |_| Problem::too_large("body", format!("a form has at most {LARGEST_FORM} bytes"));
        let bytes = to_bytes(body, LARGEST_FORM).await.map_err(too_large)?;
        match has(&bytes, &wanted) {
            true => Ok(Request::from_parts(head, Body::from(bytes))),
            false => Err(missing()),
        }
    }
}

fn missing() -> Problem {
    Problem::forbidden(
        "this form is not of the page that you are signed in with, or you signed in anew since: open the page again",
    )
}

/// Whether a form holds the token.
fn has(form: &[u8], wanted: &str) -> bool {
    form.split(|byte| *byte == b'&')
        .any(|pair| pair.strip_prefix(b"csrf=").is_some_and(|given| given == wanted.as_bytes()))
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forms_token_is_found_wherever_it_stands_and_no_other_is_taken() {
        for form in ["csrf=abc", "a=b&csrf=abc", "csrf=abc&x=y"] {
            assert!(has(form.as_bytes(), "abc"), "{form}");
        }
        for form in ["", "csrf=", "csrf=abcd", "xcsrf=abc", "csrf=ab&c=1"] {
            assert!(!has(form.as_bytes(), "abc"), "{form}");
        }
    }

    #[test]
    fn where_somebody_wanted_to_go_is_led_back_to_whole() {
        assert_eq!(url_escaped("/me?a=b&c=\u{e9}"), "/me%3Fa%3Db%26c%3D%C3%A9");
    }
}
