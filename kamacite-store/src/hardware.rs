//! What is known of the inside of a node: its firmware's settings and versions, and what an inspection found.

use std::collections::HashMap;

use kamacite_model::{BiosSetting, FirmwareComponent, Inventory, Recorded, Timestamp, Uuid};
use sea_query::{Expr, ExprTrait as _, Order, Query};

use crate::{
    Result, Store,
    db::{Connection, Job, Table, Tx, column},
    nodes::check_lock,
    records,
};

/// The most rows that are written by one statement; the number of its arguments is bounded.
const CHUNK: usize = 1000;

const fn blank<T>(what: T) -> Recorded<T> {
    Recorded { node: Uuid::nil(), what, created_at: Timestamp::UNIX_EPOCH, updated_at: None }
}

static SETTINGS: Table<Recorded<BiosSetting>> = Table {
    name: "bios_settings",
    blank: || blank(BiosSetting::default()),
    columns: &[
        column!(node),
        column!("name", what.name),
        column!("value", what.value),
        column!("attribute_type", what.attribute_type),
        column!("allowable_values", what.allowable_values),
        column!("lower_bound", what.lower_bound),
        column!("upper_bound", what.upper_bound),
        column!("min_length", what.min_length),
        column!("max_length", what.max_length),
        column!("read_only", what.read_only),
        column!("reset_required", what.reset_required),
        column!("is_unique", what.unique),
        column!(created_at),
        column!(updated_at),
    ],
};

static COMPONENTS: Table<Recorded<FirmwareComponent>> = Table {
    name: "firmware_components",
    blank: || blank(FirmwareComponent::default()),
    columns: &[
        column!(node),
        column!("component", what.component),
        column!("initial_version", what.initial_version),
        column!("current_version", what.current_version),
        column!("last_version_flashed", what.last_version_flashed),
        column!("vendor", what.vendor),
        column!("model", what.model),
        column!("serial_number", what.serial_number),
        column!(created_at),
        column!(updated_at),
    ],
};

static INVENTORIES: Table<Recorded<Inventory>> = Table {
    name: "inventories",
    blank: || blank(Inventory::default()),
    columns: &[
        column!(node),
        column!("inventory", what.inventory),
        column!("plugin_data", what.plugin_data),
        column!(created_at),
        column!(updated_at),
    ],
};

/// By what one thing that is known of a node is told from another, and sorted.
struct Key<T: 'static> {
    column: &'static str,
    of: fn(&T) -> &str,
}

static SETTING: Key<BiosSetting> = Key { column: "name", of: |setting| &setting.name };
static COMPONENT: Key<FirmwareComponent> = Key { column: "component", of: |component| &component.component };
/// There is one of them, whatever it is called.
static INVENTORY: Key<Inventory> = Key { column: "id", of: |_| "" };

impl Store {
    /// The settings of a node's firmware, by name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn bios_settings(&self, node: Uuid) -> Result<Vec<Recorded<BiosSetting>>> {
        self.known_of(&SETTINGS, &SETTING, node).await
    }

    /// The firmware of a node's parts, by part.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn firmware_components(&self, node: Uuid) -> Result<Vec<Recorded<FirmwareComponent>>> {
        self.known_of(&COMPONENTS, &COMPONENT, node).await
    }

    /// What the last inspection of a node found.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn inventory(&self, node: Uuid) -> Result<Option<Recorded<Inventory>>> {
        Ok(self.known_of(&INVENTORIES, &INVENTORY, node).await?.pop())
    }

    /// Replaces what is known of a node's settings. Durable.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] when `fence` is not that of the node's lock, or trouble with the database.
    pub async fn record_bios_settings(&self, node: Uuid, fence: i64, settings: Vec<BiosSetting>) -> Result<()> {
        self.replace(&SETTINGS, &SETTING, node, fence, settings).await
    }

    /// Replaces what is known of the firmware of a node's parts. Durable.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] when `fence` is not that of the node's lock, or trouble with the database.
    pub async fn record_firmware(&self, node: Uuid, fence: i64, components: Vec<FirmwareComponent>) -> Result<()> {
        self.replace(&COMPONENTS, &COMPONENT, node, fence, components).await
    }

    /// Replaces what the last inspection of a node found. Durable.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] when `fence` is not that of the node's lock, or trouble with the database.
    pub async fn record_inventory(&self, node: Uuid, fence: i64, inventory: Inventory) -> Result<()> {
        self.replace(&INVENTORIES, &INVENTORY, node, fence, vec![inventory]).await
    }

    async fn known_of<T>(&self, table: &Table<Recorded<T>>, key: &Key<T>, node: Uuid) -> Result<Vec<Recorded<T>>> {
        let mut connection = self.db().read().await?;
        let known = known_of(&mut connection, table, key, node).await?;
        self.db().alive().await;
        Ok(known)
    }

    async fn replace<T: Clone + PartialEq + Send + Sync + 'static>(
        &self,
        table: &'static Table<Recorded<T>>,
        key: &'static Key<T>,
        node: Uuid,
        fence: i64,
        mut wanted: Vec<T>,
    ) -> Result<()> {
        wanted.sort_by(|one, other| (key.of)(one).cmp((key.of)(other)));
        self.write(Replace { table, key, node, fence, wanted, at: self.clock().now() }).await
    }
}

/// Replaces what is known of a node in one respect; what is known already keeps when it was recorded.
struct Replace<T: 'static> {
    table: &'static Table<Recorded<T>>,
    key: &'static Key<T>,
    node: Uuid,
    fence: i64,
    /// Sorted by their key, as what is known is.
    wanted: Vec<T>,
    at: Timestamp,
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Job for Replace<T> {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        false
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        check_lock(tx, self.node, self.fence).await?;
        let known = known_of(tx.connection, self.table, self.key, self.node).await?;
        let by_key: HashMap<_, _> = known.iter().map(|row| ((self.key.of)(&row.what), row)).collect();
        let rows: Vec<_> = self.wanted.iter().map(|what| self.row(what, &by_key)).collect();
        if rows == known {
            return Ok(());
        }
        let forget = Query::delete().from_table(self.table.name).and_where(of(self.node)).to_owned();
        tx.connection.execute("forgetting what was known of a node", &forget).await?;
        for chunk in rows.chunks(CHUNK) {
            tx.connection.execute("noting what is known of a node", &self.table.insert(chunk)?).await?;
        }
        Ok(())
    }
}

impl<T: Clone + PartialEq> Replace<T> {
    fn row(&self, what: &T, known: &HashMap<&str, &Recorded<T>>) -> Recorded<T> {
        let (node, what) = (self.node, what.clone());
        match known.get((self.key.of)(&what)) {
            Some(same) if same.what == what => Recorded::clone(same),
            Some(other) => Recorded { node, what, created_at: other.created_at, updated_at: Some(self.at) },
            None => Recorded { node, what, created_at: self.at, updated_at: None },
        }
    }
}

/// What is known of a node in one respect, sorted by its key.
async fn known_of<T>(
    connection: &mut Connection,
    table: &Table<Recorded<T>>,
    key: &Key<T>,
    node: Uuid,
) -> Result<Vec<Recorded<T>>> {
    let select = table.select().and_where(of(node)).order_by(key.column, Order::Asc).to_owned();
    let rows = connection.rows("reading what is known of a node", &select).await?;
    rows.iter().map(|row| table.load(row)).collect()
}

fn of(node: Uuid) -> Expr {
    Expr::col("node").eq(node.to_string())
}

/// Removes all that is known of a node's hardware.
pub(crate) async fn remove_of(tx: &mut Tx<'_>, node: Uuid) -> Result<()> {
    records::remove_of(tx, &[SETTINGS.name, COMPONENTS.name, INVENTORIES.name], node).await
}
