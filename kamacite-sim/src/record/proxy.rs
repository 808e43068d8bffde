//! A proxy that stands between a client and a BMC, and records what they say to each other.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hyper::{Request as HttpRequest, Response as HttpResponse, body::Incoming};
use parking_lot::Mutex;
use redfish::{Forward, Forwarded, Verb};
use tokio::{net::TcpListener, sync::oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{RecordError, Tape};
use crate::{
    http::{Body, Method, Request, Response},
    rack::bind,
    recording::Place,
    redfish::refusal::Refusal,
    serve::{self, Gone, Hall, Payload},
};

/// The largest body of a request that is passed on, in bytes: images of firmware are tens of MiB.
const LARGEST: usize = 256 << 20;

/// Exchanges that are under way when it is told to stop may take so long.
const GRACE: Duration = Duration::from_secs(5);

/// A proxy that listens.
pub(super) struct Proxy {
    listener: TcpListener,
    address: SocketAddr,
    hall: Hall,
    between: Arc<Between>,
}

/// What all connections share.
struct Between {
    tape: Tape,
    state: Mutex<State>,
    under_way: TaskTracker,
    /// No more is asked.
    ending: CancellationToken,
    /// Nothing more can be recorded.
    broken: CancellationToken,
}

/// What came of it.
pub(super) struct Heard {
    /// So many exchanges are in the file.
    pub exchanges: usize,
    /// So many were under way when it ended.
    pub lost: usize,
}

#[derive(Default)]
struct State {
    exchanges: usize,
    trouble: Option<RecordError>,
}

impl Proxy {
    pub async fn start(tape: Tape, listen: SocketAddr) -> Result<Self, RecordError> {
        let (listener, address) = bind(listen).await?;
        let hall = Hall::new(tape.clock.clone());
        let (ending, broken) = (CancellationToken::new(), CancellationToken::new());
        let between = Between { tape, state: Mutex::default(), under_way: TaskTracker::new(), ending, broken };
        Ok(Self { listener, address, hall, between: Arc::new(between) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Passes on and records until it is told to stop.
    pub async fn run(self, stopped: &CancellationToken) -> Result<Heard, RecordError> {
        let Self { listener, address: _, hall, between } = self;
        let (theirs, inside) = (between.clone(), hall.clone());
        let answers = move |request| answer(request, theirs.clone(), inside.clone());
        hall.spawn(serve::accept(listener, answers, hall.clone()));
        tokio::select! {
            () = stopped.cancelled() => {}
            () = between.broken.cancelled() => {}
        }
        between.ending.cancel();
        between.under_way.close();
        tokio::select! {
            () = between.under_way.wait() => {}
            () = between.tape.clock.sleep(GRACE) => {}
        }
        let lost = between.under_way.len();
        hall.close().await;
        let mut state = between.state.lock();
        match state.trouble.take() {
            Some(trouble) => Err(trouble),
            None => Ok(Heard { exchanges: state.exchanges, lost }),
        }
    }
}

async fn answer(
    request: HttpRequest<Incoming>,
    between: Arc<Between>,
    hall: Hall,
) -> Result<HttpResponse<Payload>, Gone> {
    let request = match serve::plain(request, 0, LARGEST).await {
        Ok(request) => request,
        Err(refusal) => return Ok(serve::respond(refusal, false)),
    };
    if between.ending.is_cancelled() {
        return Err(Gone);
    }
    if is_stream(&request) {
        return Ok(serve::respond(no_stream(), false));
    }
    // A client that hangs up does not undo what the BMC does, so it is recorded all the same.
    let (tell, told) = oneshot::channel();
    let stop = hall.stop.clone();
    let under_way = between.under_way.token();
    hall.spawn(async move {
        let _under_way = under_way;
        if let Some(response) = stop.run_until_cancelled(between.pass_on(request)).await {
            let _ = tell.send(response);
        }
    });
    let response = told.await.map_err(|_| Gone)?;
    Ok(serve::respond(response, false))
}

impl Between {
    async fn pass_on(&self, request: Request) -> Response {
        let asked = forward(request);
        // Before anything is told of it.
        self.tape.recorder.lock().learn(&asked);
        let began = self.tape.clock.now();
        let answer = match self.tape.bmc.forward(&asked).await {
            Ok(answer) => answer,
            Err(error) => return self.unanswered(&asked, &error),
        };
        match self.tape.record(&asked, &answer, began) {
            Ok(()) => self.state.lock().exchanges += 1,
            Err(trouble) => {
                self.state.lock().trouble = Some(trouble);
                self.broken.cancel();
            }
        }
        self.response(answer)
    }

    fn unanswered(&self, asked: &Forward, error: &redfish::Error) -> Response {
        let path = self.tape.clean(&asked.path);
        tracing::warn!(method = %asked.verb, path, error = self.tape.clean(&error.to_string()), "not answered");
        let status = if matches!(error, redfish::Error::Timeout { .. }) { 504 } else { 502 };
        Refusal::new(status, "GeneralError", error.to_string()).into_response()
    }

    /// The answer as it came, but for a `Location` that would lead past the proxy.
    fn response(&self, answer: Forwarded) -> Response {
        let place = Place::of(&self.tape.bmc);
        let mut headers = Vec::with_capacity(answer.headers.len());
        for (name, value) in answer.headers {
            let value = if name == "location" { place.path(&value).to_owned() } else { value };
            headers.push((name.into(), value));
        }
        let body =
            if answer.body.is_empty() { Body::Empty } else { Body::Raw("application/octet-stream", answer.body) };
        Response { status: answer.status, headers, body }
    }
}

/// Whether it asks for a stream of events (DSP0266, "Server-sent events"), which has no end and so no answer.
fn is_stream(request: &Request) -> bool {
    let accepts = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("accept") && value.to_lowercase().contains("text/event-stream")
    };
    request.path.trim_end_matches('/').ends_with("/SSE") || request.headers.iter().any(accepts)
}

fn no_stream() -> Response {
    let why = "A stream of events cannot be recorded: subscribe to them, or ask the BMC itself.";
    Refusal::new(501, "OperationNotAllowed", why.to_owned()).into_response()
}

fn forward(request: Request) -> Forward {
    let verb = match request.method {
        Method::Get => Verb::Get,
        Method::Post => Verb::Post,
        Method::Patch => Verb::Patch,
        Method::Put => Verb::Put,
        Method::Delete => Verb::Delete,
    };
    let path = match request.query {
        Some(query) => format!("{}?{query}", request.path),
        None => request.path,
    };
    Forward { verb, path, headers: request.headers, body: request.body }
}
