use axum::http::{HeaderMap, header};

/// Whether HTML is named in `Accept` and weighs at least as much as JSON.
#[must_use]
pub fn prefers_html(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<&str> = accept.flat_map(|value| value.split(',')).collect();
    let weight = |kind: &str| {
        let named = ranges.iter().filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let named = parts.next()?.eq_ignore_ascii_case(kind);
            let q = parts.find_map(|part| part.strip_prefix("q=")?.trim().parse::<f32>().ok());
            named.then_some(q.unwrap_or(1.0))
        });
        named.fold(0.0, f32::max)
    };
    let html = weight("text/html");
    html > 0.0 && html >= weight("application/json")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn browsers_see_the_page_and_programs_see_json() {
        let accept = |value: &'static str| {
            prefers_html(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))]))
        };
        assert!(accept("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"));
        assert!(accept("application/json;q=0.5, text/html"));
        for program in [
            "*/*",
            "application/json",
            "application/json, text/plain, */*",
            "text/html;q=0",
            "text/html;q=0.3, application/json",
        ] {
            assert!(!accept(program), "{program}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }
}
