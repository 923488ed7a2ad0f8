//! Refusals as people see them: a browser that asked for a page is shown one.

use attune_ground::http::{Problem, RequestId};
use attune_pages::form::{ButtonLink, Weight};
use attune_pages::state::State as Shown;
use attune_pages::{Frame, Markup, prefers_html};
use attune_protocol::policy::Profile;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// Shows a problem as a page where that is what was asked for; programs, and whoever asks below `/api`, are told it as JSON.
pub(in crate::api) async fn shown(State(profile): State<Profile>, request: Request, next: Next) -> Response {
    let is_page = matches!(*request.method(), Method::GET | Method::POST)
        && prefers_html(request.headers())
        && !request.uri().path().starts_with("/api/");
    let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let mut response = next.run(request).await;
    let frame = response.extensions_mut().remove::<Frame>();
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) if is_page => page(response, &problem, &id, frame.unwrap_or_else(|| unsigned(profile))).await,
        Some(problem) => {
            // Who knows what becomes of it is told.
            response.extensions_mut().insert(problem);
            response
        }
        None => response,
    }
}

/// Around a page for who is not signed in, or of whom nobody knows whether they are.
fn unsigned(profile: Profile) -> Frame {
    Frame::new("", "", profile)
}

async fn page(told: Response, problem: &Problem, id: &str, frame: Frame) -> Response {
    let status = told.status();
    let finding = match status {
        StatusCode::UNAUTHORIZED => "Sign in, and look whether it was done.".into(),
        _ => finding(&problem.detail),
    };
    let home = match status {
        StatusCode::UNAUTHORIZED => ButtonLink::new("/sign-in", "Sign in", Weight::Primary),
        _ => ButtonLink::new("/", "Go to the first page", Weight::Quiet),
    };
    let body = match status.is_server_error() {
        true => Markup::of(&Shown::Failed {
            kept: "Nothing that was stored before is lost.".into(),
            to_do: "Try again in a minute; if it stays so, tell an administrator.".into(),
            id: id.to_owned(),
        })
        .with(&home),
        false => Markup::of(&home),
    };
    let frame = Frame { title: title(status, &problem.detail).to_owned(), finding, ..frame };
    let mut page = attune_pages::secure(frame.answer(&body)).await;
    *page.status_mut() = status;
    let (head, _) = told.into_parts();
    let own = [header::CONTENT_TYPE, header::CONTENT_LENGTH];
    for name in head.headers.keys().filter(|name| !own.contains(name)) {
        page.headers_mut().remove(name);
        head.headers.get_all(name).iter().for_each(|value| _ = page.headers_mut().append(name.clone(), value.clone()));
    }
    page
}

fn title(status: StatusCode, detail: &str) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Sign in first",
        StatusCode::FORBIDDEN if detail.starts_with("this is for") => "Not for your role",
        StatusCode::FORBIDDEN => "That is not allowed",
        StatusCode::NOT_FOUND => "There is no such page",
        StatusCode::GONE => "Erased",
        StatusCode::TOO_MANY_REQUESTS => "Too many at once",
        status if status.is_server_error() => "The collector cannot answer now",
        _ => "That did not work",
    }
}

/// What was wrong, as a sentence: without what tells programs where to ask.
fn finding(detail: &str) -> String {
    let words: Vec<&str> = detail.split("; ").take_while(|part| !part.contains("/api/")).collect();
    let words = words.join("; ");
    let mut signs = words.chars();
    match signs.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), signs.as_str()),
        None => "What was asked for is for programs.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_not_told_where_programs_ask() {
        assert_eq!(
            finding("there is no such account; GET /api/v1/admin/accounts lists them"),
            "There is no such account."
        );
        assert_eq!(finding("a; b"), "A; b.");
        assert_eq!(finding("ask /api/v1"), "What was asked for is for programs.");
    }
}
