//! Who runs: the membership rows of conductors and what they offer.

use kamacite_model::{ConductorInfo, EnabledInterface, InterfaceKind, Timestamp};
use sea_query::{Expr, ExprTrait as _, OnConflict, Order, Query, SelectStatement};

use crate::{
    Error, Result, Store,
    db::{Job, Table, Tx, column},
};

/// The most interfaces that are written by one statement; the number of its arguments is bounded.
const CHUNK: usize = 1000;

/// How a conductor lies in its table.
static CONDUCTORS: Table<ConductorInfo> = Table {
    name: "conductors",
    blank: || ConductorInfo {
        hostname: String::new(),
        conductor_group: String::new(),
        online: false,
        drivers: Vec::new(),
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    },
    columns: &[
        column!(hostname),
        column!(conductor_group),
        column!(online),
        column!(drivers),
        column!(created_at),
        column!(updated_at),
    ],
};

/// An interface and who offers it.
#[derive(Clone)]
struct Offer {
    hostname: String,
    interface: EnabledInterface,
}

/// How an interface lies in its table.
static OFFERS: Table<Offer> = Table {
    name: "conductor_interfaces",
    blank: || Offer {
        hostname: String::new(),
        interface: EnabledInterface {
            hardware_type: String::new(),
            kind: InterfaceKind::Power,
            name: String::new(),
            default: false,
        },
    },
    columns: &[
        column!(hostname),
        column!("hardware_type", interface.hardware_type),
        column!("kind", interface.kind),
        column!("name", interface.name),
        column!("is_default", interface.default),
    ],
};

impl Store {
    /// Says that a conductor runs and what it offers, in place of what it said before. Durable.
    ///
    /// A conductor that registered before keeps its first `created_at`.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn register_conductor(&self, conductor: &ConductorInfo, interfaces: &[EnabledInterface]) -> Result<()> {
        let offer =
            |interface: &EnabledInterface| Offer { hostname: conductor.hostname.clone(), interface: interface.clone() };
        let offers = interfaces.iter().map(offer).collect();
        self.write(Register { conductor: conductor.clone(), offers }).await
    }

    /// A sign of life: stamps the conductor's row and marks it online. Durable: with a disk that hangs, so does this.
    ///
    /// # Errors
    /// [`Error::ConductorNotFound`], or trouble with the database.
    pub async fn touch_conductor(&self, hostname: &str) -> Result<()> {
        self.write(Mark { hostname: hostname.to_owned(), alive_at: Some(self.clock().now()) }).await
    }

    /// Says that a conductor stops: marks it offline. Durable.
    ///
    /// # Errors
    /// [`Error::ConductorNotFound`], or trouble with the database.
    pub async fn unregister_conductor(&self, hostname: &str) -> Result<()> {
        self.write(Mark { hostname: hostname.to_owned(), alive_at: None }).await
    }

    /// Every conductor that ever registered, by name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn conductors(&self) -> Result<Vec<ConductorInfo>> {
        self.load_conductors(&CONDUCTORS.select().order_by("hostname", Order::Asc).to_owned()).await
    }

    /// The conductor with this name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn conductor(&self, hostname: &str) -> Result<Option<ConductorInfo>> {
        let select = CONDUCTORS.select().and_where(Expr::col("hostname").eq(hostname)).to_owned();
        Ok(self.load_conductors(&select).await?.pop())
    }

    async fn load_conductors(&self, select: &SelectStatement) -> Result<Vec<ConductorInfo>> {
        let rows = self.db().read().await?.rows("reading conductors", select).await?;
        self.db().alive().await;
        rows.iter().map(|row| CONDUCTORS.load(row)).collect()
    }

    /// What a conductor offers, by hardware type, kind and name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn enabled_interfaces(&self, hostname: &str) -> Result<Vec<EnabledInterface>> {
        let select = OFFERS
            .select()
            .and_where(Expr::col("hostname").eq(hostname))
            .order_by("hardware_type", Order::Asc)
            .order_by("kind", Order::Asc)
            .order_by("name", Order::Asc)
            .to_owned();
        let rows = self.db().read().await?.rows("reading what a conductor offers", &select).await?;
        self.db().alive().await;
        rows.iter().map(|row| OFFERS.load(row).map(|offer| offer.interface)).collect()
    }
}

struct Register {
    conductor: ConductorInfo,
    offers: Vec<Offer>,
}

impl Job for Register {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        false
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let anew = OnConflict::column("hostname")
            .update_columns(["conductor_group", "online", "drivers", "updated_at"])
            .to_owned();
        let register = CONDUCTORS.insert([&self.conductor])?.on_conflict(anew).to_owned();
        tx.connection.execute("registering a conductor", &register).await?;

        let of_before = Expr::col("hostname").eq(self.conductor.hostname.as_str());
        let forget = Query::delete().from_table(OFFERS.name).and_where(of_before).to_owned();
        tx.connection.execute("forgetting what a conductor offered", &forget).await?;
        for chunk in self.offers.chunks(CHUNK) {
            tx.connection.execute("noting what a conductor offers", &OFFERS.insert(chunk)?).await?;
        }
        Ok(())
    }
}

/// Marks a conductor online or offline.
struct Mark {
    hostname: String,
    alive_at: Option<Timestamp>,
}

impl Job for Mark {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let mut mark = Query::update();
        mark.table(CONDUCTORS.name)
            .value("online", self.alive_at.is_some())
            .and_where(Expr::col("hostname").eq(self.hostname.as_str()));
        if let Some(at) = self.alive_at {
            mark.value("updated_at", at.as_microsecond());
        }
        match tx.connection.execute("marking a conductor", &mark).await? {
            0 => Err(Error::ConductorNotFound { hostname: self.hostname.clone() }),
            _ => Ok(()),
        }
    }
}
