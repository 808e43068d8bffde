//! What is known of the inside of a node: its firmware's settings and versions, and what an inspection found.

use kamacite_model::{BiosSetting, FirmwareComponent, Inventory, Recorded, Timestamp, Uuid};
use sea_query::{Expr, ExprTrait as _, Order, Query};

use crate::{
    Result, Store,
    db::{Job, Table, Tx, column},
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

impl Store {
    /// The settings of a node's firmware, by name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn bios_settings(&self, node: Uuid) -> Result<Vec<Recorded<BiosSetting>>> {
        self.known_of(&SETTINGS, node, "name").await
    }

    /// The firmware of a node's parts, by part.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn firmware_components(&self, node: Uuid) -> Result<Vec<Recorded<FirmwareComponent>>> {
        self.known_of(&COMPONENTS, node, "component").await
    }

    /// What the last inspection of a node found.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn inventory(&self, node: Uuid) -> Result<Option<Recorded<Inventory>>> {
        Ok(self.known_of(&INVENTORIES, node, "id").await?.pop())
    }

    /// Replaces what is known of a node's settings. Durable.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] when `fence` is not that of the node's lock, or trouble with the database.
    pub async fn record_bios_settings(&self, node: Uuid, fence: i64, settings: Vec<BiosSetting>) -> Result<()> {
        self.replace(&SETTINGS, node, fence, settings, |setting| &setting.name).await
    }

    /// Replaces what is known of the firmware of a node's parts. Durable.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] when `fence` is not that of the node's lock, or trouble with the database.
    pub async fn record_firmware(&self, node: Uuid, fence: i64, components: Vec<FirmwareComponent>) -> Result<()> {
        self.replace(&COMPONENTS, node, fence, components, |component| &component.component).await
    }

    /// Replaces what the last inspection of a node found. Durable.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] when `fence` is not that of the node's lock, or trouble with the database.
    pub async fn record_inventory(&self, node: Uuid, fence: i64, inventory: Inventory) -> Result<()> {
        // There is one of them, whatever it is called.
        self.replace(&INVENTORIES, node, fence, vec![inventory], |_| "").await
    }

    async fn known_of<T>(&self, table: &Table<T>, node: Uuid, order: &'static str) -> Result<Vec<T>> {
        let of_node = Expr::col("node").eq(node.to_string());
        let select = table.select().and_where(of_node).order_by(order, Order::Asc).to_owned();
        let rows = self.db().read().await?.rows("reading what is known of a node", &select).await?;
        self.db().alive().await;
        rows.iter().map(|row| table.load(row)).collect()
    }

    async fn replace<T: Clone + PartialEq + Send + Sync + 'static>(
        &self,
        table: &'static Table<Recorded<T>>,
        node: Uuid,
        fence: i64,
        wanted: Vec<T>,
        key: fn(&T) -> &str,
    ) -> Result<()> {
        self.write(Replace { table, node, fence, wanted, key, at: self.clock().now() }).await
    }
}

/// Replaces what is known of a node in one respect; what is known already keeps when it was recorded.
struct Replace<T: 'static> {
    table: &'static Table<Recorded<T>>,
    node: Uuid,
    fence: i64,
    wanted: Vec<T>,
    key: fn(&T) -> &str,
    at: Timestamp,
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Job for Replace<T> {
    type Output = ();

    fn durable(&self) -> bool {
        true
    }

    fn is_one_statement(&self) -> bool {
        false
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        check_lock(tx, self.node, self.fence).await?;
        let of_node = || Expr::col("node").eq(self.node.to_string());
        let select = self.table.select().and_where(of_node()).to_owned();
        let rows = tx.connection.rows("reading what is known of a node", &select).await?;
        let known = rows.iter().map(|row| self.table.load(row)).collect::<Result<Vec<_>>>()?;
        let rows: Vec<_> = self.wanted.iter().map(|what| self.row(what, &known)).collect();
        if rows == known {
            return Ok(());
        }
        let forget = Query::delete().from_table(self.table.name).and_where(of_node()).to_owned();
        tx.connection.execute("forgetting what was known of a node", &forget).await?;
        for chunk in rows.chunks(CHUNK) {
            tx.connection.execute("noting what is known of a node", &self.table.insert(chunk)?).await?;
        }
        Ok(())
    }
}

impl<T: Clone + PartialEq> Replace<T> {
    fn row(&self, what: &T, known: &[Recorded<T>]) -> Recorded<T> {
        let (node, what) = (self.node, what.clone());
        match known.iter().find(|row| (self.key)(&row.what) == (self.key)(&what)) {
            Some(same) if same.what == what => same.clone(),
            Some(other) => Recorded { node, what, created_at: other.created_at, updated_at: Some(self.at) },
            None => Recorded { node, what, created_at: self.at, updated_at: None },
        }
    }
}

/// Removes all that is known of a node's hardware.
pub(crate) async fn remove_of(tx: &mut Tx<'_>, node: Uuid) -> Result<()> {
    records::remove_of(tx, &[SETTINGS.name, COMPONENTS.name, INVENTORIES.name], node).await
}
