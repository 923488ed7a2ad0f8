//! All that is kept of a person in one archive, signed by the collector.

mod archive;
mod body;
mod own;
mod readme;

use std::sync::Arc;

use attune_ground::Holdings;
use attune_ground::holdings::Parcel;
use attune_ground::http::Problem;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

use super::Own;
use crate::{People, PeopleError};

/// What this subject keeps of people. Erasing it is done with the keys, in one transaction.
pub(crate) const HOLDINGS: Holdings =
    Holdings { export: own::export, erase: |_, _| Box::pin(async { Ok(Vec::new()) }), count: own::count };

/// The archive of whoever asks, as an answer that comes while it is made.
///
/// # Errors
/// 410 for who was erased, 503 when as many are made as may be.
pub(super) async fn answer(people: &People, own: &Own) -> Result<Response, Problem> {
    for person in &own.people {
        people.keys.of(*person).await.map_err(PeopleError::from)?;
    }
    let making = people.archives.begin(own.person)?;
    let (mut parcel, pieces) = Parcel::new();
    let (whole, is_whole) = oneshot::channel();
    let (writer, body) = body::streamed();
    let keys = Arc::clone(&people.own);
    tokio::task::spawn_blocking(move || archive::pack(pieces, is_whole, writer, &keys.signing()));
    let (people, own) = (people.clone(), own.clone());
    tokio::spawn(async move {
        let _making = making;
        let packed = async {
            parcel.file("README.txt").await?;
            parcel.put(readme::TEXT).await?;
            for (place, person) in own.people.iter().enumerate() {
                // Accounts of earlier versions that are theirs, too, lie beside the first one.
                parcel.folder(if place == 0 { String::new() } else { format!("account-{}/", place + 1) });
                for holdings in &*people.holdings {
                    (holdings.export)(&people.store, &people.keys, *person, &mut parcel).await?;
                }
            }
            parcel.finish().await
        };
        match packed.await {
            Ok(()) => _ = whole.send(()),
            Err(attune_ground::GroundError::Abandoned) => {}
            // Whoever takes it is left with an archive that has no end, which no program opens.
            Err(error) => tracing::error!(%error, "An archive of a person's data could not be made."),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/zip"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"attune-export.zip\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, Body::new(body)).into_response())
}
