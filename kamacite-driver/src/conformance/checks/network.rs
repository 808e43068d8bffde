//! What is attached to a node is told for as long as it is there, and is where it was put; ports may be changed.

use kamacite_model::{InterfaceKind, Json, Port, Portgroup, Uuid};

use super::errors::is_the_clients;
use crate::{
    Error, ErrorKind, Result,
    conformance::{
        Kit, Report,
        bench::Place,
        ports::{FREE, GROUP, NEW},
        run::Site,
    },
    contract::{self, Call},
    interfaces::{NetworkCall, PortChange, PortgroupChange, Vif},
};

pub async fn vifs(kit: &Kit, report: &mut Report) {
    for place in kit.places_of(InterfaceKind::Network).await {
        let plug = || async { Plug { site: kit.site().await, place: &place } };
        let Some(keeps) = plug().await.comes_and_goes(report).await else { continue };
        plug().await.goes_where_it_is_asked(vif(Some(FREE), None), keeps, report).await;
        plug().await.goes_where_it_is_asked(vif(None, Some(GROUP)), keeps, report).await;
        let nowhere = Uuid::from_u128(0xdead).to_string();
        for port in [nowhere.as_str(), "no-uuid"] {
            let asked = Vif { port: Some(port.to_owned()), ..vif(None, None) };
            plug().await.is_nowhere(asked, &format!("onto a port {port} that is not there"), report).await;
        }
        let bare = plug().await;
        bare.site.bench.change_ports(|all| *all = Default::default());
        bare.is_nowhere(vif(None, None), "of a node without ports", report).await;
    }
}

fn vif(port: Option<Uuid>, portgroup: Option<Uuid>) -> Vif {
    let text = |uuid: Option<Uuid>| uuid.map(|uuid| uuid.to_string());
    Vif { id: NEW.to_owned(), port: text(port), portgroup: text(portgroup), other: Json::new() }
}

/// What to do about a refusal that blames somebody else.
const REFUSE: &str = "what is asked for is the client's to mend: Error::invalid or Error::conflict";

/// A node's network interface.
struct Plug<'a> {
    site: Site,
    place: &'a Place,
}

impl Plug<'_> {
    fn about(&self, operation: &str) -> String {
        format!("{}, {operation}", self.place)
    }

    async fn call(&self, about: &str, call: NetworkCall, acts: bool, report: &mut Report) -> Option<Result<()>> {
        let outcome = self.site.call(self.place, Call::Network(call), acts).await;
        outcome.told(about, report).map(|ended| ended.map(drop))
    }

    async fn attach(&self, about: &str, vif: Vif, report: &mut Report) -> Option<Result<()>> {
        self.call(about, NetworkCall::attach_vif { vif }, true, report).await
    }

    async fn detach(&self, about: &str, report: &mut Report) -> Option<Result<()>> {
        self.call(about, NetworkCall::detach_vif { id: NEW.to_owned() }, true, report).await
    }

    /// What the driver tells of; nothing where that fails, which is a finding.
    async fn told(&self, report: &mut Report) -> Option<Vec<String>> {
        let about = self.about("vifs");
        let outcome = self.site.call(self.place, Call::Network(NetworkCall::vifs {}), false).await;
        match outcome.told(&about, report)?.and_then(contract::read) {
            Ok(told) => Some(told),
            Err(why) => {
                report.wrong(&about, format_args!("it fails: {why}"), "tell what is attached, nothing if nothing is");
                None
            }
        }
    }

    /// The ports and groups on which the new VIF is written down.
    fn holders(&self) -> Vec<Uuid> {
        let all = self.site.bench.ports();
        let ports = all.ports.iter().map(|port| (port.uuid, port.vif()));
        let groups = all.portgroups.iter().map(|group| (group.uuid, group.vif()));
        ports.chain(groups).filter(|(_, vif)| *vif == Some(NEW)).map(|(uuid, _)| uuid).collect()
    }

    /// Attached, attached again, detached, detached again. Tells whether the driver keeps account; nothing where there is no more to
    /// be seen.
    async fn comes_and_goes(&self, report: &mut Report) -> Option<bool> {
        let about = self.about("attach_vif");
        let before = self.told(report).await?;
        match self.attach(&about, vif(None, None), report).await? {
            Ok(()) => {}
            Err(why) if why.kind() == ErrorKind::Unsupported => return None,
            Err(why) => {
                let remedy = "take one of the node's ports that are free, or refuse every VIF with Error::unsupported";
                report.wrong(&about, format_args!("on a node with free ports it fails: {why}"), remedy);
                return None;
            }
        }
        let keeps = self.is_kept_once(&about, report).await?;
        if keeps {
            let about = self.about("attach_vif of what is attached");
            if let Err(why) = self.attach(&about, vif(None, None), report).await? {
                refused(&about, &why, report);
            }
            self.is_kept_once(&about, report).await?;
        }
        self.goes(&before, report).await?;
        Some(keeps)
    }

    /// Tells whether the driver keeps account of VIFs, and sees to it that it keeps a right one: in some networks it is somebody
    /// else's business.
    async fn is_kept_once(&self, about: &str, report: &mut Report) -> Option<bool> {
        let told = self.told(report).await?.iter().filter(|id| *id == NEW).count();
        let held = self.holders().len();
        if told == 0 && held == 0 {
            return Some(false);
        }
        if told != 1 {
            report.wrong(
                about,
                format_args!("afterwards vifs tells of the VIF {told} times"),
                "tell of each VIF that is attached, once: what is not told of is not detached when the instance goes",
            );
        }
        if held != 1 {
            report.wrong(
                about,
                format_args!("afterwards the VIF is written down on {held} ports and groups"),
                "write it down on the one it is on, with task.record_vif: such a port is not removed",
            );
        }
        Some(true)
    }

    async fn goes(&self, before: &[String], report: &mut Report) -> Option<()> {
        let about = self.about("detach_vif");
        if let Err(why) = self.detach(&about, report).await? {
            report.wrong(&about, format_args!("of what was attached it fails: {why}"), "take off what attach_vif took");
            return None;
        }
        let told = self.told(report).await?;
        if told.iter().any(|id| id == NEW) || !self.holders().is_empty() {
            report.wrong(
                &about,
                "it says that it is done, and the VIF is there",
                "take it off, and write that down: task.record_vif(on, None)",
            );
        } else if told != before {
            report.wrong(
                &about,
                format_args!("there was {before:?} before the VIF came, and now there is {told:?}"),
                "leave other VIFs alone",
            );
        }
        let about = self.about("detach_vif of what is not attached");
        if let Err(why) = self.detach(&about, report).await? {
            refused(&about, &why, report);
        }
        Some(())
    }

    /// A VIF is on the port or the group that was asked for, where account is kept.
    async fn goes_where_it_is_asked(&self, asked: Vif, keeps: bool, report: &mut Report) -> Option<()> {
        let about = match (&asked.port, &asked.portgroup) {
            (Some(_), _) => self.about("attach_vif onto a port that is free"),
            (None, _) => self.about("attach_vif onto a group that is free"),
        };
        let wanted = asked.port.clone().or_else(|| asked.portgroup.clone());
        if let Err(why) = self.attach(&about, asked, report).await? {
            report.wrong(&about, format_args!("it fails: {why}"), "put it there; the port is the node's, and free");
            return None;
        }
        let holders = self.holders();
        if keeps && holders.is_empty() {
            report.wrong(
                &about,
                "it says that it is done, and the VIF is nowhere",
                "put it where it is asked for, or refuse",
            );
        }
        for holder in holders {
            if Some(holder.to_string()) != wanted {
                let met = format!("the VIF is on {holder}");
                report.wrong(&about, met, "put it where it is asked for, or refuse");
            }
        }
        Some(())
    }

    /// What cannot be anywhere is not told of.
    async fn is_nowhere(&self, asked: Vif, what: &str, report: &mut Report) -> Option<()> {
        let about = self.about(&format!("attach_vif {what}"));
        if let Err(why) = self.attach(&about, asked, report).await? {
            refused(&about, &why, report);
            return None;
        }
        if self.told(report).await?.iter().any(|id| id == NEW) || !self.holders().is_empty() {
            report.wrong(&about, "it says that it is done, and tells of the VIF", "refuse with Error::invalid");
        }
        Some(())
    }
}

fn refused(about: &str, why: &Error, report: &mut Report) {
    if !is_the_clients(why) {
        report.wrong(about, format_args!("it says {:?}: {why}", why.kind()), REFUSE);
    }
}

pub async fn ports(kit: &Kit, report: &mut Report) {
    for place in kit.places_of(InterfaceKind::Network).await {
        let plug = Plug { site: kit.site().await, place: &place };
        let all = plug.site.bench.ports();
        for port in all.ports {
            plug.port(&port, report).await;
        }
        for group in all.portgroups {
            plug.group(&group, report).await;
        }
    }
}

/// What to do where a change is refused that concerns no network.
const LET_PASS: &str = "let pass what does not touch what is attached: clients name and describe their ports";

impl Plug<'_> {
    async fn port(&self, port: &Port, report: &mut Report) {
        let described = Port { description: Some("the left one".to_owned()), ..port.clone() };
        for after in [port.clone(), described] {
            let about = self.about("check_port of a port that gets a description");
            if let Some(Err(why)) = self.check_port(&about, port, after, report).await {
                report.wrong(&about, format_args!("it is refused: {why}"), LET_PASS);
            }
        }
        let alone = Port { portgroup: None, ..port.clone() };
        let lost = Port { portgroup: Some(Uuid::from_u128(0xdead)), ..port.clone() };
        let moved = Port { portgroup: Some(GROUP), pxe_enabled: !port.pxe_enabled, ..port.clone() };
        for after in [alone, lost, moved] {
            let about = self.about("check_port of a port that is moved");
            if let Some(Err(why)) = self.check_port(&about, port, after, report).await {
                refused(&about, &why, report);
            }
        }
    }

    async fn check_port(&self, about: &str, before: &Port, after: Port, report: &mut Report) -> Option<Result<()>> {
        let change = PortChange { before: Box::new(before.clone()), after: Box::new(after) };
        self.call(about, NetworkCall::check_port { change }, false, report).await
    }

    async fn group(&self, group: &Portgroup, report: &mut Report) {
        let named = Portgroup { name: Some("bond".to_owned()), ..group.clone() };
        for after in [group.clone(), named] {
            let about = self.about("check_portgroup of a group that gets a name");
            if let Some(Err(why)) = self.check_group(&about, group, after, report).await {
                report.wrong(&about, format_args!("it is refused: {why}"), LET_PASS);
            }
        }
        let whole = Portgroup { standalone_ports_supported: !group.standalone_ports_supported, ..group.clone() };
        let about = self.about("check_portgroup of a group whose ports are not to be used one by one");
        if let Some(Err(why)) = self.check_group(&about, group, whole, report).await {
            refused(&about, &why, report);
        }
    }

    async fn check_group(
        &self,
        about: &str,
        before: &Portgroup,
        after: Portgroup,
        report: &mut Report,
    ) -> Option<Result<()>> {
        let change = PortgroupChange { before: Box::new(before.clone()), after: Box::new(after) };
        self.call(about, NetworkCall::check_portgroup { change }, false, report).await
    }
}
