//! One client: its requests one after the other, each part within its time.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body as Content, Bytes};
use axum::http::{HeaderValue, Request, Response, header};
use http_body::{Body, Frame, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::super::{Client, Refusal, Tls};
use super::crowd::{Doing, Phase, Place};
use super::incoming::{Incoming, Left};
use super::limits::Limits;
use super::own::Explained;
use super::seat::Seat;
use super::{Listens, told};

/// Once the program stops, for the end of an answer to go out to a client that asks nothing more, and for the rest of a body
/// to come.
const LAST: Duration = Duration::from_millis(300);

/// Between two looks at how long a client takes for what it does.
const LOOK: Duration = Duration::from_secs(1);

/// The first byte of a client that speaks TLS: the type of the record with its greeting.
const GREETING: u8 = 22;

/// What a client is told that does not.
const SPEAK_TLS: &str = concat!(
    "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n",
    "content-type: application/problem+json\r\ncontent-length: 90\r\n\r\n",
    r#"{"status":400,"title":"Bad Request","detail":"this port speaks TLS: ask it with https://"}"#,
);

/// Serves a client once its handshake is done, which has its time and, until then, a place like any other's.
pub(super) async fn greet(
    stream: TcpStream,
    tls: Tls,
    place: Place,
    client: Client,
    app: Router,
    mut stop: watch::Receiver<bool>,
) {
    let greeted = async {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first[0] == GREETING => tls.accept(stream).await.ok(),
            Ok(1) => {
                let _ = tell_to_speak_tls(stream).await;
                None
            }
            _ => None,
        }
    };
    let greeted = tokio::select! {
        greeted = timeout(place.limits().handshake, greeted) => greeted.ok().flatten(),
        () = place.told_to_leave() => return,
        () = told(&mut stop) => return,
    };
    match greeted {
        Some(stream) => serve(stream, place, client, app, stop).await,
        None => place.traffic().refuse(Refusal::Handshake),
    }
}

/// Tells a client and takes what it still sends, within bounds: what is closed unread takes the answer with it.
async fn tell_to_speak_tls(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(SPEAK_TLS.as_bytes()).await?;
    stream.shutdown().await?;
    tokio::io::copy(&mut stream.take(Limits::HEAD as u64), &mut tokio::io::sink()).await?;
    Ok(())
}

/// Answers a client until it leaves, is too slow, gives way to another or is told that the program stops.
pub(super) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    place: Place,
    client: Client,
    app: Router,
    mut stop: watch::Receiver<bool>,
) {
    let place = Arc::new(place);
    let app = TowerToHyperService::new(app);
    let seat = Seat::new(Arc::clone(&place), stop.clone());
    let service = service_fn(move |request| answer(request, client, seat.clone(), app.clone()));
    let mut connection = http1::Builder::new();
    let connection =
        connection.max_buf_size(Limits::HEAD).serve_connection(Explained::new(TokioIo::new(stream)), service);
    // Where a handler makes another protocol of it, this ends, and the handler's seat keeps its place.
    let connection = connection.with_upgrades();
    let mut connection = pin!(connection);
    let mut stopping = false;
    while let Some(doing) = place.doing() {
        let soon = Instant::now() + if stopping { LAST } else { LOOK };
        let due = due(doing, place.limits()).map_or(soon, |due| due.min(soon));
        tokio::select! {
            _ = connection.as_mut() => return,
            () = place.told_to_leave() => return,
            () = told(&mut stop), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = sleep_until(due) => {
                let is_owed_nothing = matches!(doing.phase, Phase::Waiting | Phase::Receiving | Phase::Listening);
                if stopping && is_owed_nothing && place.doing() == Some(doing) {
                    return; // whatever it holds or still sends, it has not asked all, or was told all that there is
                }
                if let Some(refusal) = place.doing().and_then(|doing| overdue(doing, place.limits())) {
                    // A client that was answered and rests has done nothing wrong.
                    refusal.into_iter().for_each(|refusal| place.traffic().refuse(refusal));
                    return;
                }
            }
        }
    }
}

/// When it must have come on.
fn due(doing: Doing, limits: &Limits) -> Option<Instant> {
    let limit = match doing.phase {
        Phase::Waiting => limits.head,
        Phase::Taking => limits.answer,
        // The body's own clock, and the handlers'.
        Phase::Receiving | Phase::Answering => return None,
        // Who made the answer says when it has an end.
        Phase::Listening => return None,
    };
    Some(Instant::from_std(doing.since) + limit)
}

/// Whether it is too late, and if so what that counts as.
fn overdue(doing: Doing, limits: &Limits) -> Option<Option<Refusal>> {
    let late = due(doing, limits).is_some_and(|due| due <= Instant::now());
    late.then_some(match doing.phase {
        Phase::Waiting if doing.has_asked => None,
        Phase::Waiting => Some(Refusal::Silent),
        _ => Some(Refusal::Unread),
    })
}

async fn answer(
    mut request: Request<hyper::body::Incoming>,
    client: Client,
    seat: Seat,
    app: TowerToHyperService<Router>,
) -> Result<Response<Outgoing>, Infallible> {
    let place = seat.place();
    place.traffic().request();
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(seat);
    place.set(if request.body().is_end_stream() { Phase::Answering } else { Phase::Receiving });
    let waits_to_be_asked = request.headers().contains_key(header::EXPECT);
    let left = Left::default();
    let request = request.map(|body| Incoming::new(body, place.limits().body, left.clone(), Arc::clone(&place)));
    let mut response = app.call(request).await?;
    if let Some(rest) = left.take() {
        place.set(Phase::Receiving);
        rest.discard(waits_to_be_asked).await;
        // The connection's buffer holds the end of it, whatever it was, and is wiped with it.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    place.set(Phase::Taking);
    let unmade = if response.extensions().get::<Listens>().is_some() { Phase::Listening } else { Phase::Answering };
    Ok(response.map(|content| Outgoing { content, rest: Bytes::new(), taken: 0, is_made: true, unmade, place }))
}

/// Bytes of an answer that are handed on at a time.
const PIECE: usize = 64 << 10;
/// Bytes of which each has the whole time of an answer: who takes a long one slower than they come at that pace is too slow.
const STRETCH: usize = 1 << 20;

/// An answer on its way, in pieces: as long as not all of them are taken, it is not over. With its end the connection waits
/// for the next request.
struct Outgoing {
    content: Content,
    /// Of the last frame.
    rest: Bytes,
    /// Bytes of this stretch that were handed on.
    taken: usize,
    /// Whether the last frame that was asked for was there.
    is_made: bool,
    /// What the connection does while the next one is not there.
    unmade: Phase,
    place: Arc<Place>,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            let polled = Pin::new(&mut this.content).poll_frame(context);
            // While more of it is being made, nobody is slow to take it.
            if polled.is_ready() != this.is_made {
                this.is_made = polled.is_ready();
                this.place.set(if this.is_made { Phase::Taking } else { this.unmade });
            }
            match polled {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                other => return other,
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(PIECE));
        this.taken += piece.len();
        if this.taken >= STRETCH {
            this.taken = 0;
            this.place.set(Phase::Taking);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (of_content, rest) = (self.content.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(of_content.lower() + rest);
        if let Some(upper) = of_content.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.place.set(Phase::Waiting);
    }
}
