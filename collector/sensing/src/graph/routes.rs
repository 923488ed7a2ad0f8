use attune_ground::http::{Path, Problem, Query};
use attune_pages::PagesError;
use attune_pages::drawing::{PNG_WIDTHS, Theme};
use attune_people::rights::Asker;
use axum::extract::{FromRef, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Layout, Picture, png, svg};
use crate::sessions::{Found, SessionRow, Shelf, WindowRow};

/// Width of a PNG for which nothing is asked, pixels: sharp on a screen of two pixels a point.
const PNG_WIDTH: u32 = 1440;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Shelf: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(as_svg)).routes(routes!(as_png))
}

/// What an SVG is asked for with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SvgQuery {
    /// `light` or `dark`; left out, the picture follows what its viewer prefers.
    #[param(inline)]
    theme: Option<Theme>,
    /// `wide` (left out, too) or `narrow`, for a telephone held upright.
    #[param(inline)]
    layout: Option<Layout>,
}

/// What a PNG is asked for with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PngQuery {
    /// `light` (left out, too) or `dark`.
    #[param(inline)]
    theme: Option<Theme>,
    /// `wide` (left out, too) or `narrow`, for a telephone held upright.
    #[param(inline)]
    layout: Option<Layout>,
    /// Width in pixels, 320 to 1920.
    #[param(minimum = 320, maximum = 1920, default = 1440)]
    width: Option<u32>,
}

/// A PNG, for the description: bytes are no JSON.
struct Pixels;

impl PartialSchema for Pixels {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).into()
    }
}

impl ToSchema for Pixels {}

/// The picture of a session as SVG: scores over time, what each modality gave, what was seen. Gaps are shown as gaps.
#[utoipa::path(
    get, path = "/sessions/{id}/graph.svg", tag = "sessions", operation_id = "session_graph_svg",
    params(("id" = String, Path, description = "the session's id, 32 hexadecimal digits or a UUID, or the name that a client gave as `session_id`: 1 to 128 characters that print"), SvgQuery),
    responses(
        (status = 200, body = String, content_type = "image/svg+xml"),
        (status = 307, description = "joined to the session named in Location"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such session"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "the person's data was erased"),
    )
)]
async fn as_svg(
    asker: Asker,
    State(shelf): State<Shelf>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    Query(asked): Query<SvgQuery>,
) -> Result<Response, Problem> {
    let rest = ("/graph.svg", query.as_deref());
    let layout = asked.layout.unwrap_or_default();
    let drawn =
        draw(shelf, (&asker, &id), rest, move |picture| Ok(svg(picture, layout, asked.theme).into_bytes())).await?;
    Ok(match drawn {
        Drawn::Here(bytes) => image("image/svg+xml", bytes),
        Drawn::Joined(response) => response,
    })
}

/// The picture of a session as PNG.
#[utoipa::path(
    get, path = "/sessions/{id}/graph.png", tag = "sessions", operation_id = "session_graph_png",
    params(("id" = String, Path, description = "the session's id, 32 hexadecimal digits or a UUID, or the name that a client gave as `session_id`: 1 to 128 characters that print"), PngQuery),
    responses(
        (status = 200, body = inline(Pixels), content_type = "image/png"),
        (status = 307, description = "joined to the session named in Location"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such session"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "the person's data was erased"),
    )
)]
async fn as_png(
    asker: Asker,
    State(shelf): State<Shelf>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    Query(asked): Query<PngQuery>,
) -> Result<Response, Problem> {
    let width = asked.width.unwrap_or(PNG_WIDTH);
    if !PNG_WIDTHS.contains(&width) {
        let (least, most) = (PNG_WIDTHS.start(), PNG_WIDTHS.end());
        return Err(Problem::bad_request("width", format!("width goes from {least} to {most} pixels")));
    }
    let (layout, theme) = (asked.layout.unwrap_or_default(), asked.theme.unwrap_or(Theme::Light));
    let rest = ("/graph.png", query.as_deref());
    Ok(match draw(shelf, (&asker, &id), rest, move |picture| png(picture, layout, theme, width)).await? {
        Drawn::Here(bytes) => image("image/png", bytes),
        Drawn::Joined(response) => response,
    })
}

enum Drawn {
    Here(Vec<u8>),
    Joined(Response),
}

/// Reads a session and draws it, off the threads that answer.
async fn draw(
    shelf: Shelf,
    (asker, id): (&Asker, &str),
    (rest, query): (&str, Option<&str>),
    draw: impl FnOnce(&Picture<'_>) -> Result<Vec<u8>, PagesError> + Send + 'static,
) -> Result<Drawn, Problem> {
    let row: SessionRow = match shelf.find(asker, id, rest, query).await? {
        Found::Here(row) => row,
        Found::Joined(response) => return Ok(Drawn::Joined(response)),
    };
    let drawn = shelf.aside(async move |shelf| {
        let windows: Vec<WindowRow> = shelf.all_windows(&row).await?.windows;
        Ok(draw(&Picture { session: row.session, kind: row.kind, windows: &windows })?)
    });
    Ok(Drawn::Here(drawn.await?))
}

/// A picture is of a person: nobody between us and the asker keeps it. An SVG that is opened by itself is a document:
/// it may style itself and nothing else.
fn image(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, bytes).into_response()
}
