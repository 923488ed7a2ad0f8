//! The address at which messages are taken, on the port of the own page. Who hands them over is a program of the person's with the
//! token: neither another user of the machine has it, nor a web page, which is refused before anything is looked at.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::json;

use super::agreed::Refused;
use super::desk::{Busy, Messages, Taken};
use super::incoming::Incoming;
use crate::token::{Of, Token};

/// Where messages are handed over.
pub(crate) const PATH: &str = "/messages";
/// Bytes of a request.
const MOST_BYTES: usize = 1 << 20;

#[derive(Clone)]
struct Door {
    messages: Messages,
    /// `127.0.0.1:PORT`: the one name that it answers to.
    host: String,
}

/// What is refused, and why, a sentence for who wrote the program.
struct No(StatusCode, &'static str);

/// Takes messages of who names the page's own address.
pub(crate) fn door(messages: Messages, host: String) -> Router {
    Router::new().route(PATH, post(take)).with_state(Door { messages, host })
}

async fn take(State(door): State<Door>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut response = match taken(door, &head, body).await {
        Ok(Taken { taken, passed_over }) => {
            let said = json!({"taken": taken, "passed_over": passed_over}).to_string();
            (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], said).into_response()
        }
        Err(No(status, detail)) => {
            let title = status.canonical_reason().unwrap_or_default();
            let said = json!({"title": title, "status": status.as_u16(), "detail": detail}).to_string();
            (status, [(header::CONTENT_TYPE, "application/problem+json")], said).into_response()
        }
    };
    let status = response.status();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

async fn taken(door: Door, head: &Parts, body: Body) -> Result<Taken, No> {
    door.is_for(head)?;
    let token = bearer(head).map(str::to_owned);
    let Door { messages, .. } = door;
    // Files are read, which may take a moment.
    let looking = messages.clone();
    let may = tokio::task::spawn_blocking(move || has_token(&looking, token.as_deref())).await;
    may.map_err(|_| FAILED)??;
    let coding = head.headers.get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(No(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send it without a Content-Encoding"));
    }
    let body = axum::body::to_bytes(body, MOST_BYTES).await;
    let too_large = No(StatusCode::PAYLOAD_TOO_LARGE, "a request has at most 1 MiB, and comes whole");
    let body = body.map_err(|_| too_large)?;
    tokio::task::spawn_blocking(move || read(&messages, &body)).await.map_err(|_| FAILED)?
}

const FAILED: No = No(StatusCode::INTERNAL_SERVER_ERROR, "the agent could not look at it");

fn read(messages: &Messages, body: &[u8]) -> Result<Taken, No> {
    let agreed = messages.agreed().map_err(|why| match why {
        Refused::Paused => {
            No(StatusCode::CONFLICT, "sensing is paused, and meanwhile no message is read; what is refused is not to be sent later")
        }
        Refused::NotAgreed => No(
            StatusCode::FORBIDDEN,
            "the person has not agreed that messages are read: 'attune-agent consent grant --modality text' agrees to it",
        ),
        Refused::SwitchedOff => No(
            StatusCode::FORBIDDEN,
            "the person has chosen in the browser that nothing of them is kept, and has agreed to no view of their own",
        ),
    })?;
    let Incoming { messages: incoming, unread } =
        Incoming::read(body).map_err(|wrong| No(StatusCode::BAD_REQUEST, wrong))?;
    let taken = messages.take(incoming, &agreed).map_err(|busy| match busy {
        Busy::Full => No(StatusCode::SERVICE_UNAVAILABLE, "others wait to be read: send it again in a moment"),
        Busy::Ending => No(StatusCode::SERVICE_UNAVAILABLE, "the agent ends"),
        Busy::Broken => {
            No(StatusCode::SERVICE_UNAVAILABLE, "the network for text cannot be used: 'attune-agent check' says why")
        }
    })?;
    Ok(Taken { passed_over: taken.passed_over + unread, ..taken })
}

impl Door {
    /// Whether a request is for this very address, and of no web page.
    fn is_for(&self, head: &Parts) -> Result<(), No> {
        let mut hosts = head.headers.get_all(header::HOST).iter();
        let is_own = hosts.next().is_some_and(|host| host.as_bytes() == self.host.as_bytes());
        // A name that leads here is not this address (DNS rebinding).
        if !is_own || hosts.next().is_some() || head.uri.authority().is_some_and(|named| named.as_str() != self.host) {
            return Err(No(StatusCode::FORBIDDEN, "messages are taken at the address 127.0.0.1 alone"));
        }
        // A browser names the origin of every page; a program's own extension of it is none.
        let of_page = |origin: &HeaderValue| {
            let extension = ["chrome-extension://", "moz-extension://", "safari-web-extension://"];
            !origin.to_str().is_ok_and(|origin| extension.iter().any(|scheme| origin.starts_with(scheme)))
        };
        match head.headers.get_all(header::ORIGIN).iter().any(of_page) {
            true => Err(No(StatusCode::FORBIDDEN, "messages are taken from no web page")),
            false => Ok(()),
        }
    }
}

/// The token of a request.
fn bearer(head: &Parts) -> Option<&str> {
    let (scheme, token) = head.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn has_token(messages: &Messages, token: Option<&str>) -> Result<(), No> {
    let own = Token::load(messages.state(), Of::Messages).map_err(|_| FAILED)?;
    let own = own.ok_or(No(
        StatusCode::NOT_FOUND,
        "no program may hand messages over: 'attune-agent messages token' on this device makes the token for one",
    ))?;
    match token.is_some_and(|token| own.is(token)) {
        true => Ok(()),
        false => {
            Err(No(StatusCode::UNAUTHORIZED, "the token is not the one that 'attune-agent messages token' prints"))
        }
    }
}
