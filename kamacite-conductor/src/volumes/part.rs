//! What connectors and targets have in common, and how each is kept.

use kamacite_model::{Timestamp, Uuid, VolumeConnector, VolumeTarget};
use kamacite_store::{RecordChange, Result, Store};

use crate::belongings::carry_over;

/// A part of what a node has of volumes: a connector or a target.
pub trait VolumePart: Clone + PartialEq + Send + Sync + 'static {
    /// What it is called.
    const WHAT: &'static str;

    /// Its identity.
    fn uuid(&self) -> Uuid;

    /// The node that it is of.
    fn node(&self) -> Uuid;

    /// Notes when it was made.
    fn made(&mut self, at: Timestamp);

    /// Notes when it was changed last.
    fn changed(&mut self, at: Timestamp);

    /// Carries over what a client changed, who saw it as `before`; whatever else has changed meanwhile stays.
    fn carry_over(&mut self, before: &Self, wanted: Self);

    /// The one of this identity.
    fn load(store: &Store, uuid: Uuid) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Changes one of a node; with the fence of the node's lock, the lock must still be held.
    fn write(
        store: &Store,
        node: Uuid,
        fence: Option<i64>,
        change: RecordChange<Self>,
    ) -> impl Future<Output = Result<()>> + Send;
}

macro_rules! part {
    ($Part:ident, $what:literal, $load:ident, $write:ident: $($field:ident),+) => {
        impl VolumePart for $Part {
            const WHAT: &'static str = $what;

            fn uuid(&self) -> Uuid {
                self.uuid
            }

            fn node(&self) -> Uuid {
                self.node
            }

            fn made(&mut self, at: Timestamp) {
                self.created_at = at;
            }

            fn changed(&mut self, at: Timestamp) {
                self.updated_at = Some(at);
            }

            fn carry_over(&mut self, before: &Self, wanted: Self) {
                carry_over!(self, before, wanted: $($field),+);
            }

            fn load(store: &Store, uuid: Uuid) -> impl Future<Output = Result<Option<Self>>> + Send {
                store.$load(uuid)
            }

            fn write(
                store: &Store,
                node: Uuid,
                fence: Option<i64>,
                change: RecordChange<Self>,
            ) -> impl Future<Output = Result<()>> + Send {
                store.$write(node, fence, change)
            }
        }
    };
}

part!(VolumeConnector, "Volume connector", volume_connector, change_volume_connector: node, kind, connector_id, extra);
part!(
    VolumeTarget, "Volume target", volume_target, change_volume_target:
    node, volume_type, properties, boot_index, volume_id, extra
);
