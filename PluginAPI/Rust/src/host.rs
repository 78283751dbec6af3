//! What the host offers.

use crate::boundary::failure;
use crate::boundary::sized::{self, Growing};
use crate::boundary::text::{bytes_of, lend, lend_bytes, start};
use crate::http::{self, HttpRequest, HttpResponse};
use crate::{abi, Call, Error, Result, Status};
use std::ptr;
use std::sync::{Arc, PoisonError, RwLock};

/// The services of the host for one instance, from any thread.
///
/// A clone may outlive the instance: it then reaches nothing any more. A host may lack a service as well.
/// Lines and numbers are then dropped, and what has to answer fails with [`Status::Unsupported`].
#[derive(Clone)]
pub struct Host {
    services: Arc<RwLock<Option<Services>>>,
}

/// How urgent a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    Debug = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
}

struct Services {
    host: *const abi::headrace_host,
    log: abi::headrace_host_log,
    metrics: abi::headrace_host_metrics,
    secrets: abi::headrace_host_secrets,
    state: abi::headrace_host_state,
    http: abi::headrace_host_http,
}

// Safe: every function of a host may be called from any thread.
unsafe impl Send for Services {}
unsafe impl Sync for Services {}

impl Services {
    unsafe fn of(host: *const abi::headrace_host) -> Services {
        Services {
            host,
            log: Services::find(host, abi::HEADRACE_HOST_LOG),
            metrics: Services::find(host, abi::HEADRACE_HOST_METRICS),
            secrets: Services::find(host, abi::HEADRACE_HOST_SECRETS),
            state: Services::find(host, abi::HEADRACE_HOST_STATE),
            http: Services::find(host, abi::HEADRACE_HOST_HTTP),
        }
    }

    unsafe fn find<T: Growing>(host: *const abi::headrace_host, id: &str) -> T {
        let find = sized::read(host).get_extension;
        let found = find.map_or(ptr::null(), |find| find(host, lend(id))).cast::<T>();
        if found.is_null() {
            return sized::empty();
        }
        sized::read(found)
    }
}

impl Host {
    /// # Safety
    /// `host` is NULL or valid until `detach`.
    pub(crate) unsafe fn new(host: *const abi::headrace_host) -> Result<Host> {
        if host.is_null() {
            return Err(Error::missing("host"));
        }
        Ok(Host { services: Arc::new(RwLock::new(Some(Services::of(host)))) })
    }

    /// Waits for calls to the host that other threads have under way, and lets no more through.
    pub(crate) fn detach(&self) {
        *self.services.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn with<R>(&self, call: impl FnOnce(&Services) -> R) -> Option<R> {
        self.services.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(call)
    }

    /// Whether a line of this level would be kept.
    pub fn is_logged(&self, level: Level) -> bool {
        let asked = |services: &Services| {
            services
                .log
                .is_enabled
                .map_or(false, |function| unsafe { function(services.host, level as i32) != 0 })
        };
        self.with(asked).unwrap_or(false)
    }

    /// Writes a line for the operator, who sees which instance it came from: `host.log(Level::Info, "opened",
    /// &[])`. At most 8 KiB; a flood is thinned out.
    pub fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let pairs: Vec<_> = fields.iter().map(|(key, value)| pair(key, value)).collect();
        self.with(|services| {
            if let Some(write) = services.log.write {
                unsafe {
                    write(services.host, level as i32, lend(message), start(&pairs), pairs.len() as u64)
                }
            }
        });
    }

    /// Adds to a counter. A name is lower case with underscores and ends in its unit: `read_bytes`. An
    /// instance has at most 64 of them. Per batch, not per row.
    pub fn count(&self, name: &str, amount: i64) {
        self.with(|services| {
            if let Some(add) = services.metrics.add {
                unsafe { add(services.host, lend(name), amount) }
            }
        });
    }

    /// Sets a gauge. The same rules for names.
    pub fn gauge(&self, name: &str, value: f64) {
        self.with(|services| {
            if let Some(set) = services.metrics.set {
                unsafe { set(services.host, lend(name), value) }
            }
        });
    }

    /// Reads a secret that the manifest declares: `env:NAME`.
    ///
    /// # Errors
    /// [`Status::PermissionDenied`] if it is not declared, [`Status::NotFound`] if it is not set.
    pub fn secret(&self, name: &str) -> Result<String> {
        let bytes = self.with(|services| unsafe { fetch(services, services.secrets.read, name) });
        let bytes = bytes.unwrap_or_else(|| Err(unsupported()))?;
        String::from_utf8(bytes)
            .map_err(|_| Error::new(Status::Unsupported, format!("secret '{}' is no text", name)))
    }

    /// Reads a small value that outlives the process, `None` if nothing was stored. Not for positions and not
    /// for what a detector has learnt: these are committed with the rows.
    pub fn load(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let bytes = self.with(|services| unsafe { fetch(services, services.state.read, key) });
        match bytes.unwrap_or_else(|| Err(unsupported())) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.status == Status::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores a value, which is durable on return. It has at most 1 MiB, its key 128 bytes.
    pub fn store(&self, key: &str, value: &[u8]) -> Result<()> {
        let stored = self.with(|services| {
            let write = services.state.write.ok_or_else(unsupported)?;
            let mut error = failure::empty();
            let status = unsafe { write(services.host, lend(key), lend_bytes(value), &mut error) };
            unsafe { failure::taken(status, error) }
        });
        stored.unwrap_or_else(|| Err(unsupported()))
    }

    /// Sends a request once, to a host that the manifest declares under `permissions: http`, and waits for the
    /// whole answer, whatever that says. The end of the call is the end of the request.
    ///
    /// # Errors
    /// [`Status::PermissionDenied`] for any other host, [`Status::Unsupported`] where there is no such service
    /// or the answer is too long, and what else kept an answer from coming.
    pub fn send(&self, request: &HttpRequest, call: &Call<'_>) -> Result<HttpResponse> {
        let sent = self
            .with(|services| unsafe { http::send(services.host, &services.http, call.pointer(), request) });
        sent.unwrap_or_else(|| Err(unsupported()))
    }
}

fn unsupported() -> Error {
    Error::new(Status::Unsupported, "this host does not offer the service")
}

fn pair(key: &str, value: &str) -> abi::headrace_key_value {
    abi::headrace_key_value { key: lend(key), value: lend(value) }
}

unsafe fn fetch(services: &Services, read: Option<abi::headrace_host_read>, name: &str) -> Result<Vec<u8>> {
    let read = read.ok_or_else(unsupported)?;
    let mut buffer: abi::headrace_buffer = sized::empty();
    let mut error = failure::empty();
    let status = read(services.host, lend(name), &mut buffer, &mut error);
    failure::taken(status, error)?;
    let bytes = bytes_of(buffer.bytes).to_vec();
    if let Some(release) = buffer.release {
        release(&mut buffer);
    }
    Ok(bytes)
}
