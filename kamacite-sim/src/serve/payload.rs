//! The body of an answer, which may break off in the middle.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// A body, all of it at hand.
pub(crate) struct Payload {
    bytes: Bytes,
    /// How much of it is announced.
    length: usize,
}

/// The body ends before it should.
#[derive(Debug)]
pub(crate) struct CutOff;

impl Payload {
    /// All of it is sent.
    pub fn whole(bytes: Vec<u8>) -> Self {
        Self { length: bytes.len(), bytes: bytes.into() }
    }

    /// All of it is announced and half of it is sent.
    pub fn cut(bytes: Vec<u8>) -> Self {
        // Of nothing, something is announced and nothing sent.
        let length = bytes.len().max(1);
        let half = bytes.len() / 2;
        Self { length, bytes: Bytes::from(bytes).slice(..half) }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        let this = self.get_mut();
        let bytes = std::mem::take(&mut this.bytes);
        if !bytes.is_empty() {
            this.length -= bytes.len();
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if this.length > 0 {
            return Poll::Ready(Some(Err(CutOff)));
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.length == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length as u64)
    }
}

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer was cut off on purpose")
    }
}

impl std::error::Error for CutOff {}
