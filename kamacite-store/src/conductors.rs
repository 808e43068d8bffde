//! Who runs: the membership rows of conductors and what they offer.

use kamacite_model::{ConductorInfo, EnabledInterface};

use crate::{Result, Store};

impl Store {
    /// Says that a conductor runs and what it offers, in place of what it said before. Durable.
    ///
    /// A conductor that registered before keeps its first `created_at`.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn register_conductor(&self, conductor: &ConductorInfo, interfaces: &[EnabledInterface]) -> Result<()> {
        let _ = (conductor, interfaces);
        todo!()
    }

    /// A sign of life: stamps the conductor's row and marks it online. Lazily durable.
    ///
    /// # Errors
    /// [`crate::Error::ConductorNotFound`], or trouble with the database.
    pub async fn touch_conductor(&self, hostname: &str) -> Result<()> {
        let _ = hostname;
        todo!()
    }

    /// Says that a conductor stops: marks it offline. Durable.
    ///
    /// # Errors
    /// [`crate::Error::ConductorNotFound`], or trouble with the database.
    pub async fn unregister_conductor(&self, hostname: &str) -> Result<()> {
        let _ = hostname;
        todo!()
    }

    /// Every conductor that ever registered, by name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn conductors(&self) -> Result<Vec<ConductorInfo>> {
        todo!()
    }

    /// The conductor with this name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn conductor(&self, hostname: &str) -> Result<Option<ConductorInfo>> {
        let _ = hostname;
        todo!()
    }

    /// What a conductor offers, by hardware type, kind and name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn enabled_interfaces(&self, hostname: &str) -> Result<Vec<EnabledInterface>> {
        let _ = hostname;
        todo!()
    }
}
