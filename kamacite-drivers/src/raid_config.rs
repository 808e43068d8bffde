//! What a client may ask of logical disks: the shape of `target_raid_config`.

use kamacite_driver::{Error, Json, Result, serde_json::Value};

const LEVELS: &[&str] = &["JBOD", "0", "1", "2", "5", "6", "1+0", "5+0", "6+0"];

/// What a logical disk may have.
const KEYS: &[(&str, Shape)] = &[
    ("raid_level", Shape::OneOf(LEVELS)),
    ("size_gb", Shape::Size),
    ("volume_name", Shape::Text),
    ("is_root_volume", Shape::Flag),
    ("share_physical_disks", Shape::Flag),
    ("disk_type", Shape::OneOf(&["hdd", "ssd"])),
    ("interface_type", Shape::OneOf(&["sata", "scsi", "sas"])),
    ("number_of_physical_disks", Shape::Count),
    ("controller", Shape::Text),
    ("physical_disks", Shape::Disks),
];

/// What a logical disk must have.
const REQUIRED: [&str; 2] = ["raid_level", "size_gb"];

/// What the value of a key must be.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Flag,
    /// One at least.
    Count,
    /// In GiB.
    Size,
    OneOf(&'static [&'static str]),
    /// Their names, or what to choose them by.
    Disks,
}

/// Tells whether a wanted configuration makes sense, as far as one can tell without the hardware.
///
/// # Errors
/// Says what is wrong, in the reference's words where it has its own.
pub fn check(raid_config: &Json) -> Result<()> {
    if let Some(fault) = fault(raid_config) {
        return Err(Error::invalid(format!("RAID config validation error: {fault}")));
    }
    let disks = raid_config.get("logical_disks").and_then(Value::as_array).into_iter().flatten();
    match disks.filter(|disk| disk["is_root_volume"] == true).count() {
        0 | 1 => Ok(()),
        roots => Err(Error::invalid(format!(
            "Raid config cannot have more than one root volume. {roots} root volumes were specified"
        ))),
    }
}

fn fault(raid_config: &Json) -> Option<String> {
    if let Some(stranger) = raid_config.keys().find(|key| *key != "logical_disks") {
        return Some(format!("{stranger} is not known; give logical_disks alone"));
    }
    let Some(disks) = raid_config.get("logical_disks").and_then(Value::as_array) else {
        return Some("logical_disks is no list; give a list of logical disks".to_owned());
    };
    if disks.is_empty() {
        return Some("logical_disks names no disk; name one at least".to_owned());
    }
    disks.iter().enumerate().find_map(|(n, disk)| {
        let fault =
            disk.as_object().map_or_else(|| Some(" is no object; give its keys".to_owned()), fault_of_a_disk)?;
        Some(format!("logical_disks[{n}]{fault}"))
    })
}

fn fault_of_a_disk(disk: &Json) -> Option<String> {
    if let Some(name) = REQUIRED.iter().find(|name| !disk.contains_key(**name)) {
        return Some(format!(" has no {name}; give one"));
    }
    for (name, value) in disk {
        let Some((_, shape)) = KEYS.iter().find(|(key, _)| key == name) else {
            let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
            return Some(format!(".{name} is not known; a logical disk may have {}", known.join(", ")));
        };
        if !shape.takes(value) {
            return Some(format!(".{name} is {value}; give {}", shape.wanted()));
        }
    }
    let physical = disk.get("physical_disks").and_then(Value::as_array)?;
    if !disk.contains_key("controller") {
        return Some(" has physical_disks and no controller; give the controller they are on".to_owned());
    }
    let alone = physical.len() == 1 && physical[0].is_object();
    alone.then(|| ".physical_disks has one selector; name the disk, or give two selectors at least".to_owned())
}

impl Shape {
    fn takes(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Flag => value.is_boolean(),
            Self::Count => value.as_u64().is_some_and(|count| (1..=u64::from(u32::MAX)).contains(&count)),
            Self::Size => value.is_u64() || value == "MAX",
            Self::OneOf(known) => value.as_str().is_some_and(|text| known.contains(&text)),
            Self::Disks => value
                .as_array()
                .is_some_and(|disks| disks.iter().all(Value::is_string) || disks.iter().all(Value::is_object)),
        }
    }

    fn wanted(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Count => "a number of disks, 1 at least".to_owned(),
            Self::Size => "a whole number of GiB, or \"MAX\"".to_owned(),
            Self::OneOf(known) => {
                let known: Vec<String> = known.iter().map(|one| format!("\"{one}\"")).collect();
                format!("one of {}", known.join(", "))
            }
            Self::Disks => "a list of names, or one of selectors".to_owned(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_driver::serde_json::json;

    use super::*;

    fn said(raid_config: &Value) -> String {
        check(raid_config.as_object().unwrap()).map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    /// What is said of a disk that has this as well as what it must have.
    fn of(more: &Value) -> String {
        let mut disk = json!({"raid_level": "1", "size_gb": 10});
        disk.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        said(&json!({"logical_disks": [disk]}))
    }

    #[test]
    fn every_key_has_its_shape() {
        for fine in [
            json!({}),
            json!({"size_gb": "MAX", "volume_name": "root", "is_root_volume": true, "share_physical_disks": false}),
            json!({"disk_type": "ssd", "interface_type": "sas", "number_of_physical_disks": 2}),
            json!({"controller": "c", "physical_disks": ["a"]}),
            json!({"controller": "c", "physical_disks": [{"size": "> 100"}, {"size": "> 100"}]}),
        ] {
            assert_eq!(of(&fine), "fine", "{fine}");
        }
        for (wrong, words) in [
            (json!({"raid_level": 1}), ".raid_level is 1; give one of \"JBOD\", \"0\", \"1\""),
            (json!({"size_gb": null}), ".size_gb is null; give a whole number of GiB, or \"MAX\""),
            (json!({"volume_name": 5}), ".volume_name is 5; give a text"),
            (json!({"is_root_volume": "x"}), ".is_root_volume is \"x\"; give true or false"),
            (json!({"disk_type": "nvme"}), ".disk_type is \"nvme\"; give one of \"hdd\", \"ssd\""),
            (json!({"number_of_physical_disks": 0}), "is 0; give a number of disks, 1 at least"),
            (json!({"controller": "c", "physical_disks": [5]}), "give a list of names, or one of selectors"),
            (json!({"controller": "c", "physical_disks": [{}]}), ".physical_disks has one selector; name the disk"),
            (json!({"physical_disks": ["a"]}), " has physical_disks and no controller; give the controller"),
            (json!({"colour": "red"}), ".colour is not known; a logical disk may have raid_level, size_gb"),
        ] {
            let said = of(&wrong);
            assert!(said.starts_with("RAID config validation error: logical_disks[0]"), "{said}");
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn what_is_wrong_around_the_disks_is_told() {
        let fine = json!({"raid_level": "1", "size_gb": 10});
        let root = json!({"raid_level": "1", "size_gb": 10, "is_root_volume": true});
        for (wrong, words) in [
            (json!({}), "logical_disks is no list; give a list of logical disks"),
            (json!({"logical_disks": "x"}), "logical_disks is no list"),
            (json!({"logical_disks": []}), "logical_disks names no disk; name one at least"),
            (json!({"logical_disks": [fine], "more": 1}), "more is not known; give logical_disks alone"),
            (json!({"logical_disks": [fine, 5]}), "logical_disks[1] is no object; give its keys"),
            (json!({"logical_disks": [{"raid_level": "1"}]}), "logical_disks[0] has no size_gb; give one"),
            (json!({"logical_disks": [root, root]}), "2 root volumes were specified"),
        ] {
            let said = said(&wrong);
            assert!(said.contains(words), "{said}");
        }
    }
}
