//! Where a person is signed in, and signing out there.

use slipway_protocol::{Deed, Person};
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
        self.remember(Some(&who.id), Deed::SignedOut, what).await
    }
}
