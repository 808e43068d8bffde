//! Tells systemd how the service is doing (sd_notify(3), `Type=notify`), where systemd has started it.

use std::{
    ffi::OsStr,
    io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            ffi::OsStrExt as _,
            net::{SocketAddr, UnixDatagram},
        },
    },
};

/// What systemd wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// It serves.
    Ready,
    /// It has been told to end, and does so.
    Stopping,
}

/// Tells it; where there is nobody to tell, nothing happens, and a message that is lost is no reason to stop.
#[allow(clippy::disallowed_methods, reason = "the variable is systemd's, and no setting of the service")]
pub(crate) fn tell(news: News) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(why) = send(&socket, news) {
        tracing::warn!(%why, ?news, "systemd could not be told");
    }
}

fn send(socket: &OsStr, news: News) -> io::Result<()> {
    let text = match news {
        News::Ready => "READY=1",
        News::Stopping => "STOPPING=1",
    };
    let address = match socket.as_bytes() {
        // A name that is in no file system.
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(text.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kamacite_model::options::Options;

    use super::*;

    const UNIT: &str = include_str!("../../contrib/systemd/kamacite.service");

    #[track_caller]
    fn setting(name: &str) -> &'static str {
        let found = UNIT.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("the unit says nothing of {name}"))
    }

    #[test]
    fn a_socket_without_a_file_is_told() -> io::Result<()> {
        let name = format!("kamacite-notify-{}", std::process::id());
        let systemd = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
        send(OsStr::new(&format!("@{name}")), News::Ready)?;
        let mut heard = [0; 32];
        let length = systemd.recv(&mut heard)?;
        assert_eq!(&heard[..length], b"READY=1");
        Ok(())
    }

    #[test]
    fn the_unit_waits_for_the_news_and_for_the_end() {
        assert_eq!(setting("Type"), "notify");
        let grace = kamacite_conductor::Config::from_options(&Options::default()).graceful_shutdown_timeout;
        let patience = setting("TimeoutStopSec").parse().map(Duration::from_secs);
        // Requests that are being served have that long, then work that is under way has.
        assert!(patience.is_ok_and(|patience| patience > grace * 2), "{grace:?}");
    }
}
