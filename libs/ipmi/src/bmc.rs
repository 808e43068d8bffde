//! One BMC: a session that is opened when it is needed, shared, and closed when it is not.

use std::fmt;
use std::sync::{Arc, Weak};

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, sleep_until};

use crate::error::{Effect, Error, Result};
use crate::limits::{Limits, chance};
use crate::link::{Patience, Silence};
use crate::opening;
use crate::request::Request;
use crate::session::{Ended, Session};
use crate::target::Target;
use crate::wire::{CipherSuite, NETFN_APP};

/// How often a command is sent in a session that worked before, until the session is taken to be gone.
const IN_OLD_SESSION: u32 = 3;

/// Get Device ID: every BMC answers it, and it changes nothing.
const GET_DEVICE_ID: u8 = 0x01;

/// A BMC that speaks IPMI, made by [`crate::Client::bmc`]. Cheap to clone; clones share a session, and take turns: many
/// BMCs cannot do more than one thing at a time.
#[derive(Clone)]
pub struct Bmc(Arc<Inner>);

struct Inner {
    target: Target,
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    session: Option<Session>,
    /// The suite that worked last.
    suite: Option<CipherSuite>,
}

/// A command under way.
struct Attempt<'a> {
    request: &'a Request,
    began: Instant,
    deadline: Instant,
    /// How often it was sent.
    sent: u32,
}

impl Bmc {
    pub(crate) fn new(target: Target, limits: Limits) -> Self {
        Self(Arc::new(Inner { target, limits, state: Mutex::default() }))
    }

    /// Host and port of the BMC.
    pub fn address(&self) -> String {
        self.0.target.shown()
    }

    /// The cipher suite of the session; `None` before there was one.
    pub async fn suite(&self) -> Option<CipherSuite> {
        self.0.state.lock().await.suite
    }

    /// Sends any command, and hands back the data of its answer. `netfn` is the request's network function (0 to 63,
    /// even), `lun` the unit (0 to 3). It is sent once, for it may be one that must not be carried out twice; see
    /// [`Bmc::raw_reading`] for the others.
    ///
    /// # Errors
    ///
    /// Those of opening a session; [`Error::TooLong`], [`Error::Timeout`], [`Error::Malformed`]; with bridging
    /// [`Error::Bridge`] and [`Error::SilentBehind`]; and [`Error::Completion`] when the BMC answers with another code
    /// than 00h.
    pub async fn raw(&self, netfn: u8, lun: u8, command: u8, data: &[u8]) -> Result<Vec<u8>> {
        self.send(&Request { lun, ..Request::once("a raw command", netfn, command, data) }).await
    }

    /// As [`Bmc::raw`], for a command that changes nothing: it is repeated freely, in a new session if need be.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`].
    pub async fn raw_reading(&self, netfn: u8, lun: u8, command: u8, data: &[u8]) -> Result<Vec<u8>> {
        self.send(&Request { lun, ..Request::reading("a raw command", netfn, command, data) }).await
    }

    /// Closes the session, if there is one. The next command opens another.
    pub async fn close(&self) {
        let session = self.0.state.lock().await.session.take();
        if let Some(session) = session {
            self.0.close(session).await;
        }
    }

    /// Sends a command; the data of its answer.
    pub(crate) async fn send(&self, request: &Request) -> Result<Vec<u8>> {
        request.check(&self.address())?;
        let mut state = self.0.state.lock().await;
        let began = Instant::now();
        let deadline = began + self.0.limits.command_timeout;
        let mut attempt = Attempt { request, began, deadline, sent: 0 };
        self.0.drop_doubtful(&mut state, request.effect, deadline).await;
        let mut busy = 0;
        loop {
            let ended = self.exchange(&mut state, &mut attempt).await?;
            let asked = || request.asked(&self.address());
            match ended {
                Ended::Answered(code, data) if code.is_ok() => return Ok(data),
                Ended::Answered(code, _) | Ended::NotPassedOn(code) if code.is_busy() => {
                    busy += 1;
                    let wait = self.0.limits.wait(busy, chance());
                    if busy >= self.0.limits.attempts() || Instant::now() + wait >= deadline {
                        return Err(Error::Completion { asked: asked(), code });
                    }
                    sleep(wait).await;
                }
                Ended::Answered(code, _) => return Err(Error::Completion { asked: asked(), code }),
                Ended::NotPassedOn(code) => return Err(Error::Bridge { asked: asked(), code }),
                Ended::Malformed(problem) => return Err(Error::Malformed { asked: asked(), problem }),
                Ended::SilentBehind(silence) => {
                    attempt.sent += silence.attempts;
                    let (attempts, waited) = (attempt.sent, began.elapsed());
                    return Err(Error::SilentBehind { asked: asked(), attempts, waited, effect: request.effect });
                }
            }
        }
    }

    /// Sends a command in the session there is, or in a new one. If a session that worked before has gone silent, what
    /// may be repeated is sent once more in a new one.
    async fn exchange(&self, state: &mut State, attempt: &mut Attempt<'_>) -> Result<Ended> {
        let inner = &*self.0;
        loop {
            let old = state.session.is_some();
            let session = match &mut state.session {
                Some(session) => session,
                None => {
                    let session = self.open(state, attempt.deadline).await;
                    let session = session.map_err(|e| self.after_sending(attempt, e))?;
                    state.session.insert(session)
                }
            };
            // What is sent once has no second try to hurry to.
            let hurry = old && attempt.request.effect != Effect::Once;
            let attempts = if hurry { IN_OLD_SESSION } else { u32::MAX };
            let patience = inner.patience(attempts, attempt.deadline);
            let silence = match session.ask(&patience, attempt.request, inner.target.bridging.as_ref()).await {
                Ok(ended) => return Ok(ended),
                Err(silence) => silence,
            };
            attempt.sent += silence.attempts;
            // Dropping it tells the BMC, in case it still knows of it.
            state.session = None;
            if !old || attempt.request.effect == Effect::Once || Instant::now() >= attempt.deadline {
                return Err(self.timeout(attempt, silence));
            }
            tracing::debug!(bmc = %self.address(), "the session has gone silent; opening another");
        }
    }

    async fn open(&self, state: &mut State, deadline: Instant) -> Result<Session> {
        let Inner { target, limits, .. } = &*self.0;
        // If it fails, the BMC may come back with other settings, or other firmware: all suites are open again.
        let known = state.suite.take();
        let (session, suite) = match opening::open(target, limits, deadline, known).await {
            Err(Error::Suite { .. }) if target.suite.is_none() && known.is_some() => {
                opening::open(target, limits, deadline, None).await?
            }
            opened => opened?,
        };
        tracing::debug!(bmc = %self.address(), %suite, "session opened");
        state.suite = Some(suite);
        tokio::spawn(close_when_idle(Arc::downgrade(&self.0), session.id(), session.used() + limits.idle));
        Ok(session)
    }

    /// What to say when no session can be had: that a command was sent before, and may have been carried out, comes
    /// first, if it does anything.
    fn after_sending(&self, attempt: &Attempt<'_>, e: Error) -> Error {
        let Attempt { request, began, sent, .. } = attempt;
        let gone = matches!(e, Error::Dead { .. } | Error::Stalled { .. } | Error::Network { .. });
        if !gone || *sent == 0 || request.effect == Effect::Reads {
            return e;
        }
        let asked = request.asked(&self.address());
        Error::Timeout { asked, attempts: *sent, waited: began.elapsed(), effect: request.effect }
    }

    fn timeout(&self, attempt: &Attempt<'_>, silence: Silence) -> Error {
        let Attempt { request, began, sent, .. } = attempt;
        let (asked, waited, effect) = (request.asked(&self.address()), began.elapsed(), request.effect);
        let (gone_out, timeout) = (silence.sent, Error::Timeout { asked, attempts: *sent, waited, effect });
        if gone_out { timeout } else { silence.or_network(&self.0.target, |_| timeout) }
    }
}

impl Inner {
    /// Drops a session that the BMC may have dropped: one that nobody used for long; and before a command that must not
    /// be carried out twice, one that does not answer a harmless one.
    async fn drop_doubtful(&self, state: &mut State, effect: Effect, deadline: Instant) {
        let Some(session) = &mut state.session else { return };
        let unused = session.used().elapsed();
        if unused < self.limits.trust || effect != Effect::Once && unused < self.limits.idle {
            return;
        }
        let probe = Request::reading("Get Device ID", NETFN_APP, GET_DEVICE_ID, &[]);
        let patience = self.patience(IN_OLD_SESSION, deadline);
        if unused >= self.limits.idle || session.ask(&patience, &probe, None).await.is_err() {
            state.session = None;
        }
    }

    fn patience(&self, attempts: u32, deadline: Instant) -> Patience<'_> {
        Patience { limits: &self.limits, attempts: attempts.min(self.limits.attempts()), deadline }
    }

    async fn close(&self, session: Session) {
        let deadline = Instant::now() + self.limits.first_wait;
        session.close(&self.patience(1, deadline)).await;
        tracing::debug!(bmc = %self.target.shown(), "session closed");
    }
}

/// Gives a session's place back to the BMC when nobody has used it for a while.
async fn close_when_idle(bmc: Weak<Inner>, id: u32, mut due: Instant) {
    loop {
        sleep_until(due).await;
        let Some(bmc) = bmc.upgrade() else { return };
        let mut state = bmc.state.lock().await;
        let Some(session) = state.session.take_if(|session| session.id() == id) else { return };
        due = session.used() + bmc.limits.idle;
        if Instant::now() >= due {
            bmc.close(session).await;
            return;
        }
        state.session = Some(session);
    }
}

impl fmt::Debug for Bmc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bmc").field(&self.address()).finish()
    }
}
