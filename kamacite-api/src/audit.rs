//! The audit log: one line for each request that would change something, whatever came of it.
//!
//! It says who, what, which node, and the outcome. Arguments are never in it: they may hold secrets, under any name.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, MatchedPath},
    http::{Method, Response, request::Parts},
};
use kamacite_model::{Requester, Uuid};
use parking_lot::Mutex;

use crate::{answer::OPERATION, names};

/// What is noted of a request on its way; of one that only looks, nothing.
#[derive(Debug, Clone, Default)]
pub struct Trail(Option<Arc<Noted>>);

#[derive(Debug)]
struct Noted {
    verb: Method,
    peer: Option<SocketAddr>,
    said: Mutex<Said>,
}

/// What handlers say of it.
#[derive(Debug, Default)]
struct Said {
    who: Requester,
    named: Option<String>,
    node: Option<Uuid>,
    action: Option<String>,
}

/// An action with a longer name is not one of ours or a driver's.
const LONGEST_ACTION: usize = 64;

impl Trail {
    /// For a request that has come in.
    pub fn of(parts: &Parts) -> Self {
        let acts = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(&parts.method);
        Self(acts.then(|| {
            let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
            Arc::new(Noted { verb: parts.method.clone(), peer, said: Mutex::default() })
        }))
    }

    /// Who asks.
    pub fn who(&self, who: &Requester) {
        self.note(|said| said.who = who.clone());
    }

    /// What the node is called that it is about: the first that is looked for, for others are arguments.
    pub fn names(&self, ident: &str) {
        if names::is_ident(ident) {
            self.note(|said| {
                said.named.get_or_insert_with(|| ident.to_owned());
            });
        }
    }

    /// The node of that name.
    pub fn finds(&self, node: Uuid) {
        self.note(|said| {
            said.node.get_or_insert(node);
        });
    }

    /// The node that was made, whatever others were looked for on the way.
    pub fn makes(&self, node: Uuid) {
        self.note(|said| (said.node, said.named) = (Some(node), None));
    }

    /// What is to be done, in a word of ours or a driver's; never what a client may have written in its place.
    pub fn action(&self, action: &str) {
        let is_word = |character: char| character.is_ascii_alphanumeric() || " _-.".contains(character);
        if action.len() <= LONGEST_ACTION && action.chars().all(is_word) {
            self.note(|said| said.action = Some(action.to_owned()));
        }
    }

    fn note(&self, note: impl FnOnce(&mut Said)) {
        if let Some(noted) = &self.0 {
            note(&mut noted.said.lock());
        }
    }

    /// Writes the line, if there is to be one: where the path led nowhere, nothing was asked of anything.
    pub fn write<B>(&self, id: &str, route: Option<&MatchedPath>, response: &Response<B>) {
        let (Some(noted), Some(route)) = (&self.0, route) else { return };
        let Noted { verb, peer, said } = &**noted;
        let Said { who, named, node, action } = &*said.lock();
        tracing::info!(
            target: "kamacite::audit",
            parent: None,
            request_id = id,
            peer = peer.map(tracing::field::display),
            user = who.user.as_deref(),
            project = who.project.as_deref(),
            verb = verb.as_str(),
            route = route.as_str(),
            node = node.map(tracing::field::display),
            named = named.as_deref(),
            action = action.as_deref(),
            status = response.status().as_u16(),
            operation = response.headers().get(OPERATION).and_then(|id| id.to_str().ok()),
        );
    }
}
