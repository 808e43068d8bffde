//! What a client may ask of logical disks: the shape of `target_raid_config`.

use kamacite_driver::{Error, Json, Result, serde::Deserialize, serde_json::Value};

/// Tells whether a wanted configuration makes sense, as far as one can tell without the hardware.
///
/// # Errors
/// Says what is wrong, in the reference's words where it has its own.
pub fn check(raid_config: &Json) -> Result<()> {
    if let Some(name) = null_of_a_disk(raid_config) {
        return Err(Error::invalid(format!("RAID config validation error: {name} is null; leave it out")));
    }
    let config = Config::deserialize(Value::Object(raid_config.clone()))
        .map_err(|why| Error::invalid(format!("RAID config validation error: {why}")))?;
    if config.logical_disks.is_empty() {
        return Err(Error::invalid("RAID config validation error: logical_disks names no disk; name one at least"));
    }
    if config.logical_disks.iter().any(|disk| disk.physical_disks.is_some() && disk.controller.is_none()) {
        return Err(Error::invalid(
            "RAID config validation error: a logical disk with physical_disks needs the controller they are on",
        ));
    }
    let alone = |disks: &PhysicalDisks| matches!(disks, PhysicalDisks::Selectors(selectors) if selectors.len() < 2);
    if config.logical_disks.iter().any(|disk| disk.physical_disks.as_ref().is_some_and(alone)) {
        return Err(Error::invalid(
            "RAID config validation error: physical_disks has one selector; name the disk, or give two selectors at least",
        ));
    }
    match config.logical_disks.iter().filter(|disk| disk.is_root_volume).count() {
        0 | 1 => Ok(()),
        roots => Err(Error::invalid(format!(
            "Raid config cannot have more than one root volume. {roots} root volumes were specified"
        ))),
    }
}

/// A key of a logical disk that says nothing: the reference refuses it where one could take it for left out.
fn null_of_a_disk(raid_config: &Json) -> Option<&str> {
    let disks = raid_config.get("logical_disks")?.as_array()?;
    let mut keys = disks.iter().filter_map(Value::as_object).flatten();
    keys.find(|(_, value)| value.is_null()).map(|(name, _)| name.as_str())
}

#[derive(Deserialize)]
#[serde(crate = "kamacite_driver::serde", deny_unknown_fields)]
struct Config {
    logical_disks: Vec<LogicalDisk>,
}

#[derive(Deserialize)]
#[serde(crate = "kamacite_driver::serde", deny_unknown_fields)]
#[allow(dead_code, reason = "most fields only say what may be there")]
struct LogicalDisk {
    raid_level: RaidLevel,
    size_gb: Size,
    volume_name: Option<String>,
    #[serde(default)]
    is_root_volume: bool,
    share_physical_disks: Option<bool>,
    disk_type: Option<DiskType>,
    interface_type: Option<InterfaceType>,
    number_of_physical_disks: Option<std::num::NonZeroU32>,
    controller: Option<String>,
    physical_disks: Option<PhysicalDisks>,
}

#[derive(Deserialize)]
#[serde(crate = "kamacite_driver::serde")]
enum RaidLevel {
    #[serde(rename = "JBOD")]
    Jbod,
    #[serde(rename = "0")]
    Zero,
    #[serde(rename = "1")]
    One,
    #[serde(rename = "2")]
    Two,
    #[serde(rename = "5")]
    Five,
    #[serde(rename = "6")]
    Six,
    #[serde(rename = "1+0")]
    OneZero,
    #[serde(rename = "5+0")]
    FiveZero,
    #[serde(rename = "6+0")]
    SixZero,
}

#[derive(Deserialize)]
#[serde(crate = "kamacite_driver::serde", untagged, expecting = "size_gb: expected a whole number or \"MAX\"")]
#[allow(dead_code, reason = "it only says what may be there")]
enum Size {
    GiB(u64),
    Rest(Max),
}

#[derive(Deserialize)]
#[serde(crate = "kamacite_driver::serde", rename_all = "UPPERCASE")]
enum Max {
    Max,
}

#[derive(Deserialize)]
#[serde(crate = "kamacite_driver::serde", rename_all = "lowercase")]
enum DiskType {
    Hdd,
    Ssd,
}

#[derive(Deserialize)]
#[serde(crate = "kamacite_driver::serde", rename_all = "lowercase")]
enum InterfaceType {
    Sata,
    Scsi,
    Sas,
}

#[derive(Deserialize)]
#[serde(crate = "kamacite_driver::serde", untagged, expecting = "physical_disks: expected names or selectors")]
#[allow(dead_code, reason = "it only says what may be there")]
enum PhysicalDisks {
    Names(Vec<String>),
    Selectors(Vec<Json>),
}
