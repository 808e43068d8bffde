//! ETags (DSP0266, "ETags"): a resource's is a digest of what it says, so nothing needs to be kept.

use std::{
    hash::{DefaultHasher, Hasher},
    io,
};

use serde_json::Value;

use crate::{
    http::{Request, Response},
    vendor::EtagRule,
};

use super::Refusal;

/// The resource as a response, with its ETag where there are any; 304 when the client has it already.
pub(crate) fn tagged(rule: EtagRule, request: &Request, mut resource: Value) -> Response {
    if rule == EtagRule::None {
        return Response::json(200, resource);
    }
    let tag = of(&resource);
    if request.header("if-none-match").is_some_and(|known| same(known, &tag)) {
        return Response::empty(304).with("ETag", tag);
    }
    resource["@odata.etag"] = tag.as_str().into();
    Response::json(200, resource).with("ETag", tag)
}

/// Whether a change of what stands so now may go ahead.
pub(crate) fn precondition(rule: EtagRule, request: &Request, current: &Value) -> Result<(), Refusal> {
    match (rule, request.header("if-match")) {
        (EtagRule::None, _) | (EtagRule::Offered, None) => Ok(()),
        (EtagRule::Required, None) => {
            Err(Refusal::new(428, "PreconditionRequired", "The request must say in If-Match what it changes."))
        }
        (EtagRule::Offered | EtagRule::Required, Some(wanted)) if wanted == "*" || same(wanted, &of(current)) => Ok(()),
        (EtagRule::Offered | EtagRule::Required, Some(_)) => {
            Err(Refusal::new(412, "PreconditionFailed", "The resource is not what If-Match says."))
        }
    }
}

/// The ETag of a resource.
pub(crate) fn of(resource: &Value) -> String {
    let mut digest = Digest(DefaultHasher::new());
    // Neither a digest nor JSON that is JSON already refuses anything.
    let _ = serde_json::to_writer(&mut digest, resource);
    format!("W/\"{:016x}\"", digest.0.finish())
}

/// Takes what is written, and keeps nothing of it.
struct Digest(DefaultHasher);

impl io::Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Weak or strong makes no difference here; a list may name several.
fn same(named: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    named.split(',').any(|one| bare(one) == bare(tag))
}
