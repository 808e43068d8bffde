//! Interrupting a system that does not listen any more, by Chassis Control.

use ipmi::ChassisControl;
use kamacite_driver::{ExclusiveTask, Result, async_trait, interfaces::InjectNmi};

use super::IpmiManagement;

#[async_trait]
impl InjectNmi for IpmiManagement {
    async fn inject_nmi(&self, task: &mut ExclusiveTask) -> Result<()> {
        let bmc = self.bmcs.of(&task.node())?;
        Ok(bmc.control(ChassisControl::DiagnosticInterrupt).await?)
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, Result};

    use crate::ipmi::bench::{Act, Bench, CHASSIS_CONTROL, controls, node_with_bmc, refusal};

    async fn interrupts(bench: &Bench) -> Result<()> {
        let management = bench.on().management.clone();
        management.nmi().expect("it has one").inject_nmi(&mut bench.exclusive()).await
    }

    #[tokio::test]
    async fn the_interrupt_is_raised_once_or_refused() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        interrupts(&bench).await.unwrap();
        assert_eq!(controls(&bmc), [4]);
        bmc.on(CHASSIS_CONTROL, [Act::Answer(0xcc, vec![])]);
        assert_eq!(refusal(interrupts(&bench).await).0, ErrorKind::Unsupported);
    }
}
