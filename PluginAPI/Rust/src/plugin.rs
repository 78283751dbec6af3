//! What all kinds have in common.

use crate::{Config, Host, Result};

/// A configured plugin.
///
/// Calls to one instance come one after another, but from changing threads: hence `Send`. The host drops it
/// when it has done its work; batches that it returned live on.
pub trait Plugin: Send + Sized + 'static {
    /// A JSON Schema (draft 2020-12) of the configuration, with a description and a default where there can
    /// be one. The host validates against it, and fills in the defaults. Secrets are marked with
    /// `"writeOnly": true`.
    const CONFIG_SCHEMA: &'static str;

    /// Whether all calls have to come from the thread that created the instance.
    const IS_THREAD_BOUND: bool = false;

    /// Whether it repeats failed operations by itself. The host then does not.
    const RETRIES: bool = false;

    /// Takes the configuration and opens nothing: a wrong password is told by the first call that needs it.
    ///
    /// # Errors
    /// `InvalidConfig` for what a schema cannot say; `NotFound` if the machine lacks what every instance
    /// needs.
    fn create(config: &Config, host: &Host) -> Result<Self>;
}
