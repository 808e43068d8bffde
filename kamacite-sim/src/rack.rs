//! A rack: many simulated BMCs in one process, each at an address of its own.

use std::{net::SocketAddr, sync::Arc};

use kamacite_model::{Clock, Timestamp};
use parking_lot::Mutex;
use tokio::net::{TcpListener, UdpSocket};

use crate::{
    bmc::{Bmc, Setup},
    control,
    faults::Rule,
    machine::{Change, Event, Machine, Refusal},
    serve::{self, Find, Hall, Station, datagrams},
    vendor::{VENDORS, Vendor},
};

/// What a rack is made of.
#[derive(Clone)]
pub struct Config {
    /// How many BMCs speak Redfish.
    pub bmcs: u32,
    /// How many speak IPMI.
    pub ipmi: u32,
    /// How many speak both, each of them about one machine.
    pub both: u32,
    /// Whose they are, in turn.
    pub vendors: Vec<&'static Vendor>,
    /// Everything else about each of them.
    pub setup: Setup,
    /// Where the first listens; with port 0 each listens on a free port, else on ports that follow one another.
    pub listen: SocketAddr,
    /// The same for IPMI.
    pub ipmi_listen: SocketAddr,
    /// Whether all that speak Redfish are behind one listener, told apart by the first part of the path: `/bmc-00017/redfish/v1/`.
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
    #[error(
        "there are no {bmcs} ports from {listen} on; begin lower, or put the BMCs that speak Redfish behind one listener"
    )]
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
    redfish: Option<SocketAddr>,
    ipmi: Option<SocketAddr>,
    number: u32,
    prefixed: bool,
}

impl Config {
    /// So many BMCs of nobody in particular that speak Redfish, on free ports of 127.0.0.1, without a control listener.
    pub fn new(bmcs: u32) -> Self {
        Self {
            bmcs,
            ipmi: 0,
            both: 0,
            vendors: vec![&VENDORS[0]],
            setup: Setup::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            ipmi_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            one_listener: false,
            control: None,
        }
    }
}

impl Config {
    /// Which of the BMCs speak Redfish.
    fn that_speak_redfish(&self) -> impl Iterator<Item = usize> + use<> {
        let (redfish, both) = (self.bmcs as usize, self.both as usize);
        let first_of_both = redfish.saturating_add(self.ipmi as usize);
        (0..redfish).chain(first_of_both..first_of_both.saturating_add(both))
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
        rack.furnish(&config);
        if config.one_listener {
            rack.behind_one(&config).await?;
        } else {
            rack.each_its_own(&config).await?;
        }
        rack.datagrams(&config).await?;
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

    /// The BMCs, not yet to be reached: first those that speak Redfish, then those that speak IPMI, then both.
    fn furnish(&mut self, config: &Config) {
        for number in 0..config.bmcs.saturating_add(config.ipmi).saturating_add(config.both) {
            let vendor = config.vendors.get(number as usize % config.vendors.len().max(1)).copied();
            let setup = Setup { vendor: vendor.unwrap_or(config.setup.vendor), ..config.setup.clone() };
            let mut bmc = Bmc::new(number, &setup);
            if config.one_listener {
                bmc.prefix = prefix(number).into();
            }
            self.bmcs.push(SimBmc {
                bmc: Arc::new(Mutex::new(bmc)),
                hall: self.hall.clone(),
                redfish: None,
                ipmi: None,
                number,
                prefixed: config.one_listener,
            });
        }
    }

    async fn each_its_own(&mut self, config: &Config) -> Result<(), StartError> {
        let count = config.bmcs.saturating_add(config.both);
        for (address, at) in addresses(config.listen, count)?.into_iter().zip(config.that_speak_redfish()) {
            let (listener, listen) = bind(address).await?;
            let station: Station = self.bmcs[at].bmc.clone();
            self.bmcs[at].redfish = Some(listen);
            self.serve(listener, Arc::new(move |_| Some((station.clone(), 0))));
        }
        Ok(())
    }

    async fn behind_one(&mut self, config: &Config) -> Result<(), StartError> {
        let (listener, listen) = bind(config.listen).await?;
        for at in config.that_speak_redfish() {
            self.bmcs[at].redfish = Some(listen);
        }
        // One that does not speak Redfish is not to be found.
        let found = |bmc: &SimBmc| bmc.redfish.map(|_| bmc.bmc.clone());
        let bmcs: Vec<Option<Arc<Mutex<Bmc>>>> = self.bmcs.iter().map(found).collect();
        let find = move |path: &str| {
            let first = path.strip_prefix("/bmc-")?.split('/').next()?;
            let station: Station = bmcs.get(first.parse::<usize>().ok()?)?.clone()?;
            Some((station, "/bmc-".len() + first.len()))
        };
        self.serve(listener, Arc::new(find));
        Ok(())
    }

    async fn datagrams(&mut self, config: &Config) -> Result<(), StartError> {
        let those = config.bmcs as usize..self.bmcs.len();
        let count = config.ipmi.saturating_add(config.both);
        for (address, at) in addresses(config.ipmi_listen, count)?.into_iter().zip(those) {
            let refused = |source| StartError::Listen { address, source };
            let socket = UdpSocket::bind(address).await.map_err(refused)?;
            let listen = socket.local_addr().map_err(refused)?;
            let bmc = &mut self.bmcs[at];
            bmc.ipmi = Some(listen);
            self.hall.spawn(datagrams::listen(socket, bmc.bmc.clone(), self.hall.clone()));
        }
        Ok(())
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

    /// Its address, as clients of Redfish take it if it speaks that, else as those of IPMI write it.
    pub fn address(&self) -> String {
        self.redfish_address().or_else(|| self.ipmi_address().map(|address| address.to_string())).unwrap_or_default()
    }

    /// Its address as Redfish clients take it: a URL, with the path of the service root where it is not the usual one.
    pub fn redfish_address(&self) -> Option<String> {
        self.redfish.map(|listen| {
            if self.prefixed {
                format!("http://{listen}{}/redfish/v1/", prefix(self.number))
            } else {
                format!("http://{listen}")
            }
        })
    }

    /// Where it listens for IPMI.
    pub fn ipmi_address(&self) -> Option<SocketAddr> {
        self.ipmi
    }

    /// Looks at it, or changes it. No other request is served meanwhile.
    pub fn with<T>(&self, what: impl FnOnce(&mut Bmc, Timestamp) -> T) -> T {
        what(&mut self.bmc.lock(), self.hall.clock.now())
    }

    /// Looks at its machine as it is now.
    pub fn machine<T>(&self, look: impl FnOnce(&Machine) -> T) -> T {
        self.with(|bmc, now| {
            bmc.advance(now);
            look(&bmc.machine)
        })
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

/// So many addresses from there on, before anything listens; port 0 stays what it is.
pub(crate) fn addresses(listen: SocketAddr, bmcs: u32) -> Result<Vec<SocketAddr>, StartError> {
    let nth = |number: u32| {
        if listen.port() == 0 {
            return Ok(listen);
        }
        let port = u32::from(listen.port()).saturating_add(number);
        let port = u16::try_from(port).map_err(|_| StartError::Ports { bmcs, listen })?;
        Ok(SocketAddr::new(listen.ip(), port))
    };
    (0..bmcs).map(nth).collect()
}

pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}
