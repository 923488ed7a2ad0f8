use attune_ground::http::Problem;
use attune_ground::http::body::Bodies;
use attune_pages::form::Form;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode;

/// Bytes of a form.
const LARGEST: usize = 64 << 10;

/// What was typed into a form.
#[derive(Debug)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Takes in a form as browsers send it.
    ///
    /// # Errors
    /// 415 for another body, 413 for one too large, and as [`Bodies::receive`].
    pub async fn take(bodies: &Bodies, request: Request) -> Result<Self, Problem> {
        Self::take_up_to(bodies, request, LARGEST).await
    }

    /// As [`Self::take`], where a form may have another number of bytes.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(crate) async fn take_up_to(bodies: &Bodies, request: Request, largest: usize) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        if !kind.starts_with(b"application/x-www-form-urlencoded") {
            return Err(Problem::unsupported_media_type("a form is sent as application/x-www-form-urlencoded"));
        }
        let received = bodies.receive(request.into_body(), largest).await?;
        Ok(Self::read(&received.bytes))
    }

    fn read(form: &[u8]) -> Self {
        let pairs = form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let mut halves = pair.splitn(2, |byte| *byte == b'=');
                    let mut half = || decoded(halves.next().unwrap_or_default());
                    (half(), half())
                })
                .collect(),
        )
    }

    /// What was typed into a field; empty where nothing was.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// What was typed into a field, where anything was.
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.trim().is_empty())
    }

    /// All that was chosen of a field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Everything, to be kept in a form that is shown again.
    pub fn typed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn decoded(half: &[u8]) -> String {
    let spaced: Vec<u8> = half.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

/// A place on this server that somebody wanted to go to, or another one where it is none.
pub(crate) fn local<'a>(wanted: &'a str, otherwise: &'a str) -> &'a str {
    let elsewhere = wanted.starts_with("//")
        || wanted.starts_with("/\\")
        || wanted.bytes().any(|byte| byte <= b' ' || byte == 0x7f);
    if wanted.starts_with('/') && !elsewhere { wanted } else { otherwise }
}

/// Leads a browser on behind a form, with cookies that it is to keep.
pub fn go_to(place: &str, cookies: Vec<HeaderValue>) -> Response {
    let place = HeaderValue::from_str(place).unwrap_or(HeaderValue::from_static("/"));
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response();
    let name: HeaderName = header::SET_COOKIE;
    cookies.into_iter().for_each(|cookie| _ = response.headers_mut().append(name.clone(), cookie));
    response
}

/// A detail of a problem as a sentence of its own.
pub(crate) fn sentence(detail: &str) -> String {
    let mut signs = detail.chars();
    let first: String = signs.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", signs.as_str())
}

/// Refuses a form for a problem: at the field that it names, where the form has it.
pub fn refuse(form: &mut Form, problem: &Problem) {
    let said = sentence(&problem.detail);
    match &problem.field {
        Some(field) => form.refuse(field, said),
        None => form.refuse_all(said),
    }
}

/// A page that shows what was wrong, answered as the problem is.
#[must_use]
pub fn answered_as(problem: Problem, mut page: Response) -> Response {
    let (head, _) = problem.into_response().into_parts();
    *page.status_mut() = head.status;
    if let Some(seconds) = head.headers.get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_reads_as_browsers_write_it() {
        let form = Fields::read(b"name=Zo%C3%AB+B&x=&role=hr&role=admin&bare&%2B=%3D");
        assert_eq!((form.get("name"), form.get("x"), form.get("bare"), form.get("none")), ("Zo\u{eb} B", "", "", ""));
        assert_eq!(form.all("role"), ["hr", "admin"]);
        assert_eq!(form.get("+"), "=");
        assert_eq!(form.typed().count(), 6);
    }

    #[test]
    fn nobody_is_led_away_from_this_server() {
        for wanted in ["//there", "/\\there", "https://there", "javascript:x", "", "there", "/a\r\nb", "/ a"] {
            assert_eq!(local(wanted, "/me"), "/me", "{wanted:?}");
        }
        assert_eq!(local("/me?a=b", "/"), "/me?a=b");
    }
}
