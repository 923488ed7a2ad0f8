use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// Of what is no page: a browser that shows it all the same loads nothing for it, and in no other page.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// For a year a browser asks this host in no other way than by TLS.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// How answers travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::api) enum Transport {
    /// In the open, with a certificate that nobody vouches for, or to a proxy that says for itself how it is asked. A browser that
    /// held a certificate of ours to be the only one would lock its person out with it.
    Any,
    /// By TLS with a certificate that the organisation brought.
    Certified,
}

/// Nearly every answer may be about a person: nobody between us and the asker keeps one, but for what says otherwise of itself, and
/// no page of another origin shows one.
pub(in crate::api) async fn with_headers(State(transport): State<Transport>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    // A page says more of itself: a browser must tell where its forms come from.
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(POLICY);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if transport == Transport::Certified {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
    }
    response
}
