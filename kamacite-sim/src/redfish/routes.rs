//! Every path of the service, as a table: what it is read with, and what it takes.

use crate::{bmc::Bmc, http::Method, vendor::Vendor};

use super::{
    Call, Outcome, accounts, bios, chassis, collections, events, firmware, managers, nics, parts, power, root,
    secure_boot, sensors, sessions, system, tasks, virtual_media,
};

use serde_json::Value;

/// Reads a resource; `None` when this BMC does not have it.
pub(crate) type Get = fn(&Bmc, &Call<'_>) -> Option<Value>;

/// Carries out a write.
pub(crate) type Write = fn(&mut Bmc, &Call<'_>) -> Outcome;

/// A path and what can be done with it.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    /// Below the service root. `{system}`, `{manager}` and `{chassis}` are those of the vendor; `{}` is anything.
    pub pattern: &'static str,
    /// What may be done without logging in.
    pub open: Option<Method>,
    pub get: Option<Get>,
    post: Option<Write>,
    patch: Option<Write>,
    delete: Option<Write>,
}

/// A route that fits a path.
pub(crate) struct Found<'a> {
    pub route: &'static Route,
    /// What stands where the pattern has its last `{}`.
    pub id: &'a str,
}

/// The route for a path below the service root.
pub(crate) fn find<'a>(vendor: &Vendor, path: &'a str) -> Option<Found<'a>> {
    ROUTES.iter().find_map(|route| Some(Found { route, id: fit(vendor, route.pattern, path)? }))
}

fn fit<'a>(vendor: &Vendor, pattern: &str, path: &'a str) -> Option<&'a str> {
    let mut id = "";
    let mut parts = path.split('/');
    for wanted in pattern.split('/') {
        let part = parts.next()?;
        let fits = match wanted {
            "{}" => {
                id = part;
                !part.is_empty()
            }
            "{system}" => part == vendor.system,
            "{manager}" => part == vendor.manager,
            "{chassis}" => part == vendor.chassis,
            fixed => part == fixed,
        };
        if !fits {
            return None;
        }
    }
    parts.next().is_none().then_some(id)
}

impl Route {
    const fn read(pattern: &'static str, get: Get) -> Self {
        Self { pattern, open: None, get: Some(get), post: None, patch: None, delete: None }
    }

    const fn action(pattern: &'static str, post: Write) -> Self {
        Self { pattern, open: None, get: None, post: Some(post), patch: None, delete: None }
    }

    const fn open(mut self, method: Method) -> Self {
        self.open = Some(method);
        self
    }

    const fn post(mut self, write: Write) -> Self {
        self.post = Some(write);
        self
    }

    const fn patch(mut self, write: Write) -> Self {
        self.patch = Some(write);
        self
    }

    const fn delete(mut self, write: Write) -> Self {
        self.delete = Some(write);
        self
    }

    /// What carries out this method.
    pub fn write(&self, method: Method) -> Option<Write> {
        match method {
            Method::Get | Method::Put => None,
            Method::Post => self.post,
            Method::Patch => self.patch,
            Method::Delete => self.delete,
        }
    }

    /// The methods there are, for `Allow`.
    pub fn allow(&self) -> String {
        let all = [
            ("GET, HEAD", self.get.is_some()),
            ("POST", self.post.is_some()),
            ("PATCH", self.patch.is_some()),
            ("DELETE", self.delete.is_some()),
        ];
        all.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
}

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    Route::read("", root::get).open(Method::Get),
    Route::read("odata", root::odata).open(Method::Get),
    Route::read("$metadata", root::odata).open(Method::Get),

    Route::read("SessionService", sessions::service).patch(sessions::patch_service),
    Route::read("SessionService/Sessions", sessions::list).open(Method::Post).post(sessions::log_in),
    Route::read("SessionService/Sessions/{}", sessions::one).delete(sessions::log_out),
    Route::read("AccountService", accounts::service),
    Route::read("AccountService/Accounts", accounts::list),
    Route::read("AccountService/Accounts/{}", accounts::one).patch(accounts::patch),
    Route::read("AccountService/Roles", accounts::roles),
    Route::read("AccountService/Roles/{}", accounts::role),

    Route::read("Systems", collections::systems),
    Route::read("Systems/{system}", system::get).patch(system::patch),
    Route::action("Systems/{system}/Actions/ComputerSystem.Reset", power::reset),
    Route::read("Systems/{system}/ResetActionInfo", power::action_info),
    Route::read("Systems/{system}/BootOptions", collections::boot_options),
    Route::read("Systems/{system}/BootOptions/{}", system::boot_option),
    Route::read("Systems/{system}/SecureBoot", secure_boot::get).patch(secure_boot::patch),
    Route::action("Systems/{system}/SecureBoot/Actions/SecureBoot.ResetKeys", secure_boot::reset_keys),
    Route::read("Systems/{system}/Bios", bios::get),
    Route::action("Systems/{system}/Bios/Actions/Bios.ResetBios", bios::reset),
    Route::read("Systems/{system}/Bios/{}", bios::settings).patch(bios::patch),
    Route::read("Systems/{system}/Processors", collections::processors),
    Route::read("Systems/{system}/Processors/{}", parts::processor),
    Route::read("Systems/{system}/Memory", collections::memory),
    Route::read("Systems/{system}/Memory/{}", parts::memory),
    Route::read("Systems/{system}/EthernetInterfaces", nics::list_of_system),
    Route::read("Systems/{system}/EthernetInterfaces/{}", nics::of_system),
    Route::read("Systems/{system}/Storage", collections::storage),
    Route::read("Systems/{system}/Storage/{}", parts::storage),
    Route::read("Systems/{system}/Storage/1/Drives/{}", parts::drive),
    Route::read("Systems/{system}/Storage/1/Volumes", collections::volumes),
    Route::read("Systems/{system}/VirtualMedia", virtual_media::list_of_system),
    Route::read("Systems/{system}/VirtualMedia/{}", virtual_media::of_system).patch(virtual_media::patch),
    Route::action("Systems/{system}/VirtualMedia/{}/Actions/VirtualMedia.InsertMedia", virtual_media::insert),
    Route::action("Systems/{system}/VirtualMedia/{}/Actions/VirtualMedia.EjectMedia", virtual_media::eject),
    // A settings resource, where the vendor has one; after all that is fixed.
    Route::read("Systems/{system}/{}", system::settings).patch(system::patch_settings),

    Route::read("Managers", collections::managers),
    Route::read("Managers/{manager}", managers::get),
    Route::action("Managers/{manager}/Actions/Manager.Reset", managers::reset),
    Route::read("Managers/{manager}/EthernetInterfaces", nics::list_of_manager),
    Route::read("Managers/{manager}/EthernetInterfaces/{}", nics::of_manager),
    Route::read("Managers/{manager}/VirtualMedia", virtual_media::list_of_manager),
    Route::read("Managers/{manager}/VirtualMedia/{}", virtual_media::of_manager).patch(virtual_media::patch),
    Route::action("Managers/{manager}/VirtualMedia/{}/Actions/VirtualMedia.InsertMedia", virtual_media::insert),
    Route::action("Managers/{manager}/VirtualMedia/{}/Actions/VirtualMedia.EjectMedia", virtual_media::eject),

    Route::read("Chassis", collections::chassis),
    Route::read("Chassis/{chassis}", chassis::get).patch(chassis::patch),
    Route::read("Chassis/{chassis}/Power", sensors::power),
    Route::read("Chassis/{chassis}/Thermal", sensors::thermal),
    Route::read("Chassis/{chassis}/Sensors", sensors::list),
    Route::read("Chassis/{chassis}/Sensors/{}", sensors::one),
    Route::read("Chassis/{chassis}/PowerSubsystem", sensors::power_subsystem),
    Route::read("Chassis/{chassis}/PowerSubsystem/PowerSupplies", sensors::supplies),
    Route::read("Chassis/{chassis}/PowerSubsystem/PowerSupplies/{}", sensors::supply),
    Route::read("Chassis/{chassis}/ThermalSubsystem", sensors::thermal_subsystem),
    Route::read("Chassis/{chassis}/ThermalSubsystem/ThermalMetrics", sensors::thermal_metrics),
    Route::read("Chassis/{chassis}/ThermalSubsystem/Fans", sensors::fans),
    Route::read("Chassis/{chassis}/ThermalSubsystem/Fans/{}", sensors::fan),

    Route::read("EventService", events::service),
    Route::action("EventService/Actions/EventService.SubmitTestEvent", events::submit_test),
    Route::read("EventService/Subscriptions", events::list).post(events::subscribe),
    Route::read("EventService/Subscriptions/{}", events::one).patch(events::patch).delete(events::unsubscribe),

    Route::read("UpdateService", firmware::service),
    Route::action("UpdateService/Actions/UpdateService.SimpleUpdate", firmware::simple_update),
    Route::read("UpdateService/FirmwareInventory", firmware::list),
    Route::read("UpdateService/FirmwareInventory/{}", firmware::one),
    Route::read("TaskService", tasks::service),
    Route::read("TaskService/Tasks", tasks::list),
    Route::read("TaskService/Tasks/{}", tasks::one).delete(tasks::delete),
    // A monitor answers with more than a resource: see `tasks::monitor`.
    Route::read("TaskService/TaskMonitors/{}", tasks::one),

    Route::read("Registries", bios::registries),
    Route::read("Registries/{}", bios::registry_file),
    Route::read("Registries/{}/Attributes", bios::registry),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::VENDORS;

    #[track_caller]
    fn check(path: &str, expected: Option<(&str, &str)>) {
        let found = find(&VENDORS[0], path);
        assert_eq!(found.map(|found| (found.route.pattern, found.id)), expected, "{path}");
    }

    #[test]
    fn paths_find_their_routes() {
        check("", Some(("", "")));
        check("Systems/1", Some(("Systems/{system}", "")));
        check("Systems/2", None);
        check("Systems/1/Bios/Settings", Some(("Systems/{system}/Bios/{}", "Settings")));
        check("Systems/1/VirtualMedia/Cd", Some(("Systems/{system}/VirtualMedia/{}", "Cd")));
        check("Managers/1/EthernetInterfaces/", None);
        check("SessionService/Sessions/7", Some(("SessionService/Sessions/{}", "7")));
        check("Nonsense", None);
        check("Systems/1/Bios/Settings/Deeper", None);
    }

    #[test]
    fn every_pattern_is_found_by_itself() {
        for route in ROUTES {
            let path = route.pattern.replace("{system}", "1").replace("{manager}", "1").replace("{chassis}", "1");
            let path = path.replace("{}", "x");
            let found = find(&VENDORS[0], &path).map(|found| found.route.pattern);
            assert_eq!(found, Some(route.pattern));
        }
    }
}
