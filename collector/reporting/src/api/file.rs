use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;

use super::kind;
use crate::gather::day_of;
use crate::kept::File;

/// A report as it is handed out. Its name says nothing of whom it is about: folders of downloads are seen by others.
pub(crate) fn file(file: File) -> Response {
    let day = day_of(file.day).map(|day| format!("-{day}")).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"report-{}{day}.pdf\"", kind(file.about))),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (HeaderName::from_static("repr-digest"), format!("sha-256=:{}:", BASE64.encode(&file.sha256))),
    ];
    (headers, file.bytes).into_response()
}
