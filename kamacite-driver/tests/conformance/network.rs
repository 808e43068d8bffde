//! The network of the driver: it writes down what is where, asks its BMC about it, and can be given one flaw.

use kamacite_driver::{
    Error, ExclusiveTask, Result, SharedTask, async_trait,
    interfaces::{Network, PortChange, PortgroupChange, Vif},
    model::{NodePorts, Uuid},
};

use crate::driver::{Flaw, Rig};

/// What is on each port and group.
fn all(NodePorts { ports, portgroups }: &NodePorts) -> Vec<(Uuid, Option<&str>)> {
    let ports = ports.iter().map(|port| (port.uuid, port.vif()));
    ports.chain(portgroups.iter().map(|group| (group.uuid, group.vif()))).collect()
}

#[async_trait]
impl Network for Rig {
    async fn attach_vif(&self, task: &mut ExclusiveTask, vif: Vif) -> Result<()> {
        let there = task.ports().await?;
        let there = all(&there);
        let holder = there.iter().find(|(_, has)| *has == Some(&*vif.id));
        if holder.is_some() && !self.has(Flaw::AttachesTwice) {
            return Err(match self.has(Flaw::AttachesOnce) {
                true => Error::hardware("it is attached"),
                false => Error::conflict(format!("{} is attached; detach it first", vif.id)),
            });
        }
        if self.has(Flaw::ForgetsAsked) && (vif.port.is_some() || vif.portgroup.is_some()) {
            return Ok(());
        }
        if self.has(Flaw::AttachesNowhere) {
            return task.remember("rig_vif", vif.id).await;
        }
        let asked = vif.port.as_ref().or(vif.portgroup.as_ref()).filter(|_| !self.has(Flaw::AttachesAnywhere));
        let fits =
            |(uuid, has): &&(Uuid, Option<&str>)| has.is_none() && asked.is_none_or(|asked| *asked == uuid.to_string());
        let free = there.iter().find(fits).map(|(uuid, _)| *uuid);
        let free = free.ok_or_else(|| Error::invalid("no such port is free; add one"))?;
        let answer = self.ask(&task.node(), |_| ()).await;
        if !self.has(Flaw::VifSwallows) {
            answer?;
        }
        if self.has(Flaw::FitsNothing) {
            return Err(Error::invalid("it does not fit"));
        }
        let done = task.record_vif(free, Some(vif.id)).await;
        if self.has(Flaw::VifGoesOn) { Ok(()) } else { done }
    }

    async fn detach_vif(&self, task: &mut ExclusiveTask, id: String) -> Result<()> {
        if self.has(Flaw::AttachesNowhere) {
            return task.forget("rig_vif").await;
        }
        let there = task.ports().await?;
        let holders = all(&there).into_iter().filter(|(_, has)| match self.has(Flaw::DetachesOthers) {
            true => has.is_some(),
            false => *has == Some(&*id),
        });
        let holders: Vec<Uuid> = holders.map(|(uuid, _)| uuid).collect();
        if holders.is_empty() {
            return Err(match self.has(Flaw::LosesVifs) {
                true => Error::internal("lost it"),
                false => Error::invalid(format!("{id} is not attached; there is nothing to do")),
            });
        }
        self.ask(&task.node(), |_| ()).await?;
        if self.has(Flaw::DetachesNothing) {
            return Ok(());
        }
        for holder in holders {
            task.record_vif(holder, None).await?;
        }
        Ok(())
    }

    async fn vifs(&self, task: &SharedTask) -> Result<Vec<String>> {
        if self.has(Flaw::ForgetsVifs) {
            return Ok(Vec::new());
        }
        let there = task.ports().await?;
        let kept = task.node().driver_internal_info.text("rig_vif").map(str::to_owned);
        Ok(all(&there).into_iter().filter_map(|(_, has)| has.map(str::to_owned)).chain(kept).collect())
    }

    async fn check_port(&self, task: &SharedTask, change: PortChange) -> Result<()> {
        if self.has(Flaw::RefusesDescriptions) && change.before.description != change.after.description {
            return Err(Error::conflict("this is no good description"));
        }
        let groups = task.ports().await?.portgroups;
        let Some(wanted) = change.after.portgroup else { return Ok(()) };
        let found = groups.iter().find(|group| group.uuid == wanted);
        if self.has(Flaw::PanicsOfGroups) {
            assert!(found.is_some(), "no such group");
        }
        found.map(|_| ()).ok_or_else(|| Error::invalid(format!("there is no group {wanted}; choose another")))
    }

    async fn check_portgroup(&self, _: &SharedTask, change: PortgroupChange) -> Result<()> {
        if self.has(Flaw::RefusesNames) && change.before.name != change.after.name {
            return Err(Error::conflict("this is no good name"));
        }
        Ok(())
    }
}
