//! The transport: HTTP/1.1 over TCP in front of anything that is a [`Face`]. It decides nothing.

pub(crate) mod datagrams;
mod payload;
mod post;

use std::{fmt, future::Future, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Limited};
use hyper::{
    Request as HttpRequest, Response as HttpResponse, body::Incoming, header, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use kamacite_model::Clock;
use parking_lot::Mutex;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    face::Face,
    faults::{Act, Reply},
    http::{Body, Method, Request, Response},
    machine::until,
    redfish::Posting,
};

pub(crate) use payload::Payload;

/// The largest body of a request, in bytes.
const LARGEST: usize = 1 << 20;

/// How long a listener rests when it cannot accept: as a rule there are no file descriptors left.
const REST: Duration = Duration::from_millis(100);

/// Something that is served, shared by its connections and whoever tells it what to do.
pub(crate) type Station = Arc<Mutex<dyn Face>>;

/// Finds who is meant by a path, and what of the path is theirs.
pub(crate) type Find = dyn Fn(&str) -> Option<(Station, usize)> + Send + Sync;

/// What all listeners share.
#[derive(Clone)]
pub(crate) struct Hall {
    pub clock: Arc<dyn Clock>,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
    runtime: Handle,
}

impl Hall {
    /// A hall on the runtime that this is called on.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, stop: CancellationToken::new(), tasks: TaskTracker::new(), runtime: Handle::current() }
    }

    /// Runs something until it ends. Whoever calls may be on any thread.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(task, &self.runtime);
    }

    /// Posts the events that wait, and comes back for those of a transition that is on its way.
    pub fn look_after(&self, station: &Station) {
        let mut face = station.lock();
        self.post(face.postings());
        if face.due().is_some() {
            self.spawn(wait_for(station.clone(), self.clone()));
        }
    }

    fn post(&self, postings: Vec<Posting>) {
        for posting in postings {
            self.spawn(post::post(posting, self.clone()));
        }
    }

    /// Ends everything in it, and waits until it has ended.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Serves a listener until the hall is closed: whoever is found by the path answers.
pub(crate) async fn listen(listener: TcpListener, find: Arc<Find>, hall: Hall) {
    let inside = hall.clone();
    let answers = move |request| {
        let (find, hall) = (find.clone(), inside.clone());
        async move { answer(request, &find, &hall).await }
    };
    accept(listener, answers, hall).await;
}

/// Serves a listener until the hall is closed, with whatever answers.
pub(crate) async fn accept<A, F>(listener: TcpListener, answers: A, hall: Hall)
where
    A: Fn(HttpRequest<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<HttpResponse<Payload>, Gone>> + Send + 'static,
{
    loop {
        let accepted = tokio::select! {
            () = hall.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                hall.spawn(converse(stream, answers.clone(), hall.stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection; raise `ulimit -n` if files ran out");
                hall.clock.sleep(REST).await;
            }
        }
    }
}

async fn converse<A, F>(stream: TcpStream, answers: A, stop: CancellationToken)
where
    A: Fn(HttpRequest<Incoming>) -> F,
    F: Future<Output = Result<HttpResponse<Payload>, Gone>>,
{
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    let service = service_fn(answers);
    let connection = http1::Builder::new().max_buf_size(32 << 10).serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        () = stop.cancelled() => {}
        // It ends badly when a fault wants it to.
        _ = connection => {}
    }
}

/// The connection is to end here.
#[derive(Debug)]
pub(crate) struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the simulated BMC hung up")
    }
}

impl std::error::Error for Gone {}

async fn answer(request: HttpRequest<Incoming>, find: &Arc<Find>, hall: &Hall) -> Result<HttpResponse<Payload>, Gone> {
    let Some((station, theirs)) = find(request.uri().path()) else {
        return Ok(respond(Response::empty(404), false));
    };
    let request = match plain(request, theirs, LARGEST).await {
        Ok(request) => request,
        Err(refusal) => return Ok(respond(refusal, false)),
    };
    let Act { delay, reply } = station.lock().act(&request, hall.clock.now());
    hall.look_after(&station);
    if !delay.is_zero() {
        hall.clock.sleep(delay).await;
    }
    match reply {
        Reply::Answer(response) => Ok(respond(response, false)),
        Reply::Cut(response) => Ok(respond(response, true)),
        Reply::Hang => std::future::pending().await,
        Reply::Drop => Err(Gone),
    }
}

/// Posts the events of a transition when they happen, not when somebody asks next.
async fn wait_for(station: Station, hall: Hall) {
    loop {
        let now = hall.clock.now();
        let (due, postings) = {
            let mut face = station.lock();
            face.advance(now);
            (face.due(), face.postings())
        };
        hall.post(postings);
        let Some(due) = due else { return };
        tokio::select! {
            () = hall.stop.cancelled() => return,
            () = hall.clock.sleep(until(now, due)) => {}
        }
    }
}

/// The request as plain data, its path without what is not theirs.
pub(crate) async fn plain(request: HttpRequest<Incoming>, theirs: usize, largest: usize) -> Result<Request, Response> {
    let (head, body) = request.into_parts();
    let method = Method::named(head.method.as_str()).ok_or_else(|| Response::empty(501))?;
    let body = Limited::new(body, largest).collect().await.map_err(|_| Response::empty(413))?;
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Request {
        method,
        path: head.uri.path().get(theirs..).unwrap_or_default().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: body.to_bytes().to_vec(),
    })
}

pub(crate) fn respond(response: Response, cut: bool) -> HttpResponse<Payload> {
    let (kind, bytes) = match response.body {
        Body::Empty => (None, Vec::new()),
        Body::Json(value) => (Some("application/json"), value.to_string().into_bytes()),
        Body::Raw(kind, bytes) => (Some(kind), bytes),
    };
    let mut answer = HttpResponse::new(if cut { Payload::cut(bytes) } else { Payload::whole(bytes) });
    *answer.status_mut() = hyper::StatusCode::from_u16(response.status).unwrap_or_default();
    for (name, value) in response.headers {
        let name = header::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, header::HeaderValue::from_str(&value)) {
            answer.headers_mut().append(name, value);
        }
    }
    if let (Some(kind), false) = (kind, answer.headers().contains_key(header::CONTENT_TYPE)) {
        answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    }
    answer
}
