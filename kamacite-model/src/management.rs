//! What a BMC tells and changes beside power and booting: indicators, sensors, health, virtual media.

use crate::named::named;

named! {
    /// A part of a machine that may have indicators.
    pub enum Component ("component") {
        /// The machine itself.
        System = "system",
        /// What the machine is in.
        Chassis = "chassis",
        /// A drive.
        Disk = "disk",
        /// A power supply.
        Power = "power",
        /// A network card.
        Nic = "nic",
    }
}

named! {
    /// What an indicator shows, or may be told to show.
    pub enum IndicatorState ("indicator state") {
        /// Its light is out.
        Off = "off",
        /// Its light is on.
        On = "on",
        /// Its light goes on and off.
        Blinking = "blinking",
        /// The hardware does not say.
        Unknown = "unknown",
    }
}

named! {
    /// How a machine, or a part of it, is.
    pub enum Health ("health") {
        /// Well.
        Ok = "OK",
        /// Not well; it works.
        Warning = "Warning",
        /// Somebody must act at once.
        Critical = "Critical",
    }
}

named! {
    /// What a sensor measures.
    pub enum SensorKind ("kind of sensor") {
        /// Degrees.
        Temperature = "temperature",
        /// How fast a fan turns.
        Fan = "fan",
        /// A voltage.
        Voltage = "voltage",
        /// Power, in or out.
        Power = "power",
        /// A current.
        Current = "current",
        /// Something else, or something that only its name tells.
        Other = "other",
    }
}

named! {
    /// What virtual media can pretend to be.
    pub enum MediaDevice ("device type") {
        /// A disk: a USB stick, most of the time.
        Disk = "disk",
        /// Optical media.
        Cdrom = "cdrom",
        /// A floppy.
        Floppy = "floppy",
    }
}

named! {
    /// What fits a slot for virtual media, in the words of DSP0268 (`VirtualMedia.MediaTypes`).
    pub enum MediaType ("media type") {
        /// A CD-ROM image.
        Cd = "CD",
        /// A DVD image.
        Dvd = "DVD",
        /// A floppy image.
        Floppy = "Floppy",
        /// An image of a USB stick.
        UsbStick = "USBStick",
    }
}
