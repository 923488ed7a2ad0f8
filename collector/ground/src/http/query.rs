use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::Problem;

/// Query parameters; a wrong or unknown one is answered with a problem body that names it.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// Query parameters, for clients of other systems: one that is not known is passed over.
#[derive(Clone, Copy, Debug)]
pub struct AnyQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Noted { asked, stranger } = read(&parts.uri)?;
        match stranger {
            None => Ok(Self(asked)),
            Some(name) => {
                let known = "those that there are stand in /api/v1/openapi.json";
                Err(Problem::bad_request("query", format!("there is no parameter `{name}` here; {known}")))
            }
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for AnyQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(&parts.uri).map(|noted| Self(noted.asked))
    }
}

/// What was asked, and the first parameter that is not known.
struct Noted<T> {
    asked: T,
    stranger: Option<String>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Noted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut stranger = None;
        let asked = serde_ignored::deserialize(deserializer, |path| {
            stranger.get_or_insert_with(|| path.to_string());
        })?;
        Ok(Self { asked, stranger })
    }
}

fn read<T: DeserializeOwned>(uri: &Uri) -> Result<Noted<T>, Problem> {
    let read = axum::extract::Query::try_from_uri(uri);
    read.map(|axum::extract::Query(noted)| noted).map_err(|error| Problem::bad_request("query", error.body_text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Asked {
        limit: Option<i64>,
    }

    fn noted(query: &str) -> Result<Noted<Asked>, Problem> {
        read(&query.parse().expect("an address"))
    }

    #[test]
    fn the_first_parameter_that_is_not_known_is_noted_and_a_wrong_one_is_refused() {
        let read = noted("/sessions?limit=3&skip=0&take=1").unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!((read.asked.limit, read.stranger.as_deref()), (Some(3), Some("skip")));
        assert_eq!(noted("/sessions").map(|noted| noted.stranger), Ok(None));
        assert_eq!(noted("/sessions?limit=three").err().and_then(|problem| problem.field), Some("query".into()));
    }
}
