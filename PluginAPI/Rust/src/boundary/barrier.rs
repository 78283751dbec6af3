//! No panic leaves the plugin. One that reaches an export becomes `FATAL`, with its text in the message.

use super::failure;
use crate::{abi, Error, Result, Status};
use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::Once;
use std::thread;

thread_local! {
    /// What was told of panics, while an export of this library is on the thread's stack.
    static REPORT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs the body of an export: its result, or the error that a panic is.
///
/// The library has a standard library of its own, and so has its hook. It keeps the text of a panic below an
/// export from standard error, which belongs to the host; threads that the plugin started report as ever.
pub(crate) fn catch<R>(body: impl FnOnce() -> Result<R>) -> Result<R> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        if thread::panicking() {
            return; // where a hook cannot be set
        }
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !keep(info.payload(), info.location()) {
                before(info);
            }
        }));
    });
    let outer = note(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    let report = note(outer).unwrap_or_default();
    result.unwrap_or_else(|payload| {
        forget(payload);
        Err(Error::new(Status::Fatal, format!("the plugin panicked: {}", report.trim_end_matches('.'))))
    })
}

/// Puts down another note. A thread that ends may release what it holds when it has no notes any more.
fn note(note: Option<String>) -> Option<String> {
    REPORT.try_with(|report| report.replace(note)).ok().flatten()
}

/// Notes down a panic if it will end at a barrier.
fn keep(payload: &(dyn Any + Send), location: Option<&Location<'_>>) -> bool {
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "for a reason that is no text",
    };
    let place = location.map_or(String::new(), |place| format!(" ({}:{})", place.file(), place.line()));
    let kept = REPORT.try_with(|report| match report.try_borrow_mut() {
        Ok(mut report) => report.as_mut().map(|report| *report = format!("{}{}", text, place)).is_some(),
        Err(_) => false,
    });
    kept.unwrap_or(false)
}

/// Whoever panics with a value of a type of his own may panic again when it is dropped.
fn forget(payload: Box<dyn Any + Send>) {
    if let Err(another) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

/// The barrier of an export that tells how it went.
pub(crate) unsafe fn status(
    error: *mut abi::headrace_error,
    body: impl FnOnce() -> Result<abi::headrace_status>,
) -> abi::headrace_status {
    catch(body).unwrap_or_else(|failed| failure::fill(error, failed))
}

/// The barrier of an export that cannot tell: what it has to say is lost, and it returns.
pub(crate) fn silent(body: impl FnOnce()) {
    let _ = catch(|| {
        body();
        Ok(())
    });
}
