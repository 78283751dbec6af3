//! What stands behind a `headrace_instance`, and the factory that makes it.

use super::text::{lend, text_of};
use super::{barrier, failure};
use crate::{abi, Call, Config, Error, Host, Plugin, Result, Status};
use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::size_of;
use std::sync::atomic::{AtomicBool, Ordering};

/// `cancel` comes at any time and touches nothing but the flag. All else belongs to the instance's thread.
pub(crate) struct Instance<K> {
    cancelled: AtomicBool,
    inner: UnsafeCell<Inner<K>>,
}

struct Inner<K> {
    kind: K,
    host: Attached,
    /// The failure after which the instance is unusable.
    poison: Option<Error>,
}

/// A plugin in the form of one kind, with what the boundary knows of it, such as the columns that it is bound
/// to.
pub(crate) trait Kind: Sized + 'static {
    type Plugin: Plugin;

    fn new(plugin: Self::Plugin) -> Self;
}

/// The barrier of a call to an instance. The body gets what it belongs to; a failure that is `FATAL` poisons
/// the instance, and then nothing reaches it any more. What is over before it begins does not reach it
/// either.
pub(crate) unsafe fn enter<K: Kind>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    error: *mut abi::headrace_error,
    body: impl FnOnce(&mut K, &Call<'_>) -> Result<abi::headrace_status>,
) -> abi::headrace_status {
    if instance.is_null() {
        return failure::fill(error, Error::missing("instance"));
    }
    let instance = &*instance.cast::<Instance<K>>();
    let inner = &mut *instance.inner.get();
    if let Some(poison) = &inner.poison {
        return failure::fill(error, poison.clone());
    }
    // What was asked while no call was under way does not concern this one.
    instance.cancelled.store(false, Ordering::Relaxed);
    let kind = &mut inner.kind;
    let result = barrier::catch(|| {
        let call = Call::new(call, &instance.cancelled)?;
        call.check()?;
        body(kind, &call)
    });
    result.unwrap_or_else(|failed| {
        if failed.status == Status::Fatal {
            inner.poison = Some(failed.clone());
        }
        failure::fill(error, failed)
    })
}

pub(crate) struct Factory<K>(PhantomData<K>);

impl<K: Kind> Factory<K> {
    pub(crate) const TABLE: abi::headrace_factory = abi::headrace_factory {
        struct_size: size_of::<abi::headrace_factory>() as u32,
        flags: if K::Plugin::IS_THREAD_BOUND { abi::HEADRACE_INSTANCE_THREAD_BOUND } else { 0 }
            | if K::Plugin::RETRIES { abi::HEADRACE_INSTANCE_RETRIES } else { 0 },
        config_schema: lend(K::Plugin::CONFIG_SCHEMA),
        create: Some(create::<K>),
        destroy: Some(destroy::<K>),
        cancel: Some(cancel::<K>),
    };
}

unsafe extern "C" fn create<K: Kind>(
    _: *const abi::headrace_call,
    host: *const abi::headrace_host,
    config: abi::headrace_string,
    out: *mut *mut abi::headrace_instance,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    barrier::status(error, || {
        if out.is_null() {
            return Err(Error::missing("place for the instance"));
        }
        let config = Config::parse(text_of(config)?)?;
        let host = Attached(Host::new(host)?);
        let plugin = K::Plugin::create(&config, &host.0)?;
        let inner = Inner { kind: K::new(plugin), host, poison: None };
        let instance = Instance { cancelled: AtomicBool::new(false), inner: UnsafeCell::new(inner) };
        *out = Box::into_raw(Box::new(instance)).cast();
        Ok(abi::HEADRACE_OK)
    })
}

/// The services of the host, until they end: with `destroy`, or with a `create` that failed.
struct Attached(Host);

impl Drop for Attached {
    fn drop(&mut self) {
        self.0.detach();
    }
}

unsafe extern "C" fn destroy<K: Kind>(instance: *mut abi::headrace_instance) {
    if instance.is_null() {
        return;
    }
    let Inner { kind, host, .. } = Box::from_raw(instance.cast::<Instance<K>>()).inner.into_inner();
    // The plugin may still write to the log on its way out.
    barrier::silent(|| drop(kind));
    drop(host);
}

unsafe extern "C" fn cancel<K: Kind>(instance: *mut abi::headrace_instance) {
    if !instance.is_null() {
        (*instance.cast::<Instance<K>>()).cancelled.store(true, Ordering::Relaxed);
    }
}
