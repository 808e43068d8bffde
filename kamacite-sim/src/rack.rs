//! A rack: many simulated BMCs in one process, each at an address of its own.

use std::{net::SocketAddr, sync::Arc};

use kamacite_model::{Clock, Timestamp};
use parking_lot::Mutex;
use tokio::net::TcpListener;

use crate::{
    bmc::{Bmc, Setup},
    control,
    faults::Rule,
    machine::{Change, Event, Refusal},
    serve::{self, Find, Hall, Station},
    vendor::{VENDORS, Vendor},
};

/// What a rack is made of.
#[derive(Clone)]
pub struct Config {
    /// How many BMCs.
    pub bmcs: u32,
    /// Whose they are, in turn.
    pub vendors: Vec<&'static Vendor>,
    /// Everything else about each of them.
    pub setup: Setup,
    /// Where the first listens; with port 0 each listens on a free port, else on ports that follow one another.
    pub listen: SocketAddr,
    /// Whether all are behind one listener, told apart by the first part of the path: `/bmc-00017/redfish/v1/`.
    pub one_listener: bool,
    /// Where the control listener is; `None` is nowhere.
    pub control: Option<SocketAddr>,
}

/// Why a rack does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be had.
    #[error(
        "cannot listen on {address}; end what holds it, choose another address, or, for thousands of BMCs, raise \
         `ulimit -n` or put them behind one listener"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// There are not so many ports.
    #[error("there are no {bmcs} ports from {listen} on; begin lower, or put the BMCs behind one listener")]
    Ports {
        /// How many BMCs there should be.
        bmcs: u32,
        /// Where the first should listen.
        listen: SocketAddr,
    },
}

/// BMCs that run. Dropping it ends them.
pub struct Rack {
    bmcs: Vec<SimBmc>,
    control: Option<SocketAddr>,
    hall: Hall,
}

/// A BMC that runs, to be looked at and told what to do. Cheap to clone.
#[derive(Clone)]
pub struct SimBmc {
    bmc: Arc<Mutex<Bmc>>,
    hall: Hall,
    listen: SocketAddr,
    number: u32,
    prefixed: bool,
}

impl Config {
    /// So many BMCs of nobody in particular, on free ports of 127.0.0.1, without a control listener.
    pub fn new(bmcs: u32) -> Self {
        Self {
            bmcs,
            vendors: vec![&VENDORS[0]],
            setup: Setup::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            one_listener: false,
            control: None,
        }
    }
}

impl Rack {
    /// Starts the BMCs.
    ///
    /// # Errors
    /// [`StartError`]; then nothing runs.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let hall = Hall::new(clock);
        // From here on, leaving early ends what runs already.
        let mut rack = Self { bmcs: Vec::new(), control: None, hall };
        if config.one_listener {
            rack.behind_one(&config).await?;
        } else {
            rack.each_its_own(&config).await?;
        }
        if let Some(address) = config.control {
            let (listener, address) = bind(address).await?;
            let face: Station = Arc::new(Mutex::new(control::Control::new(rack.bmcs.clone())));
            rack.serve(listener, Arc::new(move |_| Some((face.clone(), 0))));
            rack.control = Some(address);
        }
        Ok(rack)
    }

    /// The BMCs, by number.
    pub fn bmcs(&self) -> &[SimBmc] {
        &self.bmcs
    }

    /// Where the control listener is.
    pub fn control(&self) -> Option<SocketAddr> {
        self.control
    }

    /// Ends everything, and waits until it has ended.
    pub async fn stop(self) {
        self.hall.close().await;
    }

    async fn each_its_own(&mut self, config: &Config) -> Result<(), StartError> {
        // Known before the first listens.
        let addresses: Vec<SocketAddr> =
            (0..config.bmcs).map(|number| nth(config, number)).collect::<Result<_, _>>()?;
        for (number, address) in (0..).zip(addresses) {
            let (listener, listen) = bind(address).await?;
            let station: Station = self.shelve(config, number, listen, "".into());
            self.serve(listener, Arc::new(move |_| Some((station.clone(), 0))));
        }
        Ok(())
    }

    async fn behind_one(&mut self, config: &Config) -> Result<(), StartError> {
        let (listener, listen) = bind(config.listen).await?;
        let bmcs: Vec<Arc<Mutex<Bmc>>> =
            (0..config.bmcs).map(|number| self.shelve(config, number, listen, prefix(number).into())).collect();
        let find = move |path: &str| {
            let first = path.strip_prefix("/bmc-")?.split('/').next()?;
            let station: Station = bmcs.get(first.parse::<usize>().ok()?)?.clone();
            Some((station, "/bmc-".len() + first.len()))
        };
        self.serve(listener, Arc::new(find));
        Ok(())
    }

    fn shelve(&mut self, config: &Config, number: u32, listen: SocketAddr, prefix: Box<str>) -> Arc<Mutex<Bmc>> {
        let vendor = config.vendors.get(number as usize % config.vendors.len().max(1)).copied();
        let setup = Setup { vendor: vendor.unwrap_or(config.setup.vendor), ..config.setup.clone() };
        let mut bmc = Bmc::new(number, &setup);
        let prefixed = !prefix.is_empty();
        bmc.prefix = prefix;
        let bmc = Arc::new(Mutex::new(bmc));
        let hall = self.hall.clone();
        self.bmcs.push(SimBmc { bmc: bmc.clone(), hall, listen, number, prefixed });
        bmc
    }

    fn serve(&self, listener: TcpListener, find: Arc<Find>) {
        self.hall.spawn(serve::listen(listener, find, self.hall.clone()));
    }
}

impl Drop for Rack {
    fn drop(&mut self) {
        self.hall.stop.cancel();
    }
}

impl SimBmc {
    /// Its number, from 0.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Its address as Redfish clients take it: a URL, with the path of the service root where it is not the usual one.
    pub fn address(&self) -> String {
        if self.prefixed {
            format!("http://{}{}/redfish/v1/", self.listen, prefix(self.number))
        } else {
            format!("http://{}", self.listen)
        }
    }

    /// Looks at it, or changes it. No other request is served meanwhile.
    pub fn with<T>(&self, what: impl FnOnce(&mut Bmc, Timestamp) -> T) -> T {
        what(&mut self.bmc.lock(), self.hall.clock.now())
    }

    /// Has its machine take an event; subscribers are told.
    ///
    /// # Errors
    /// The machine's [`Refusal`].
    pub fn event(&self, event: Event) -> Result<Vec<Change>, Refusal> {
        let changes = self.with(|bmc, now| bmc.event(event, now));
        let station: Station = self.bmc.clone();
        self.hall.look_after(&station);
        changes
    }

    /// Lets something go wrong with it.
    pub fn fault(&self, rule: impl Into<Rule>) {
        let rule = rule.into();
        self.with(|bmc, _| bmc.faults.add(rule));
    }
}

/// What stands before the paths of a BMC behind a common listener.
pub(crate) fn prefix(number: u32) -> String {
    format!("/bmc-{number:05}")
}

fn nth(config: &Config, number: u32) -> Result<SocketAddr, StartError> {
    let mut address = config.listen;
    if address.port() != 0 {
        let port = u32::from(address.port()) + number;
        let none = StartError::Ports { bmcs: config.bmcs, listen: config.listen };
        address.set_port(u16::try_from(port).map_err(|_| none)?);
    }
    Ok(address)
}

pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}
