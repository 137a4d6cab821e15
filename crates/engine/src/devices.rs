//! Where a person is signed in, and signing out there.

use slipway_protocol::Person;
use slipway_store::Device;

use crate::{Engine, Error, clock};

impl Engine {
    /// The one used last comes first.
    pub async fn devices(&self, who: &Person) -> Result<Vec<Device>, Error> {
        Ok(self.store.devices(&who.id, clock::now()).await?)
    }

    /// Signs the person out on one of their devices, or, without one, everywhere.
    pub async fn sign_out(&self, who: &Person, device: Option<&str>) -> Result<(), Error> {
        self.store.sign_out(&who.id, device).await?;
        let what = if device.is_some() { "device" } else { "everywhere" };
        Ok(self.store.audit(Some(&who.id), "signed-out", what, clock::now()).await?)
    }
}
