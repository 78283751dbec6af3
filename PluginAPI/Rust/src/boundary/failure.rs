//! Errors as they cross the interface, in both directions.

use super::sized;
use super::text::{lend, slice_of, start, text_of};
use crate::{abi, Error, Result, Status};
use std::time::Duration;

/// What the two sides of a filled error point into.
struct Memory {
    error: Error,
    details: Vec<abi::headrace_key_value>,
}

/// Fills the host's error. Without room for a release nothing but the status is told.
pub(crate) unsafe fn fill(out: *mut abi::headrace_error, error: Error) -> abi::headrace_status {
    let status = error.status as abi::headrace_status;
    if out.is_null() {
        return status;
    }
    let mut filled = empty();
    filled.status = status;
    if sized::is_whole(out) {
        let mut memory = Box::new(Memory { error, details: Vec::new() });
        let pairs = memory.error.details.iter();
        memory.details = pairs
            .map(|(key, value)| abi::headrace_key_value { key: lend(key), value: lend(value) })
            .collect();
        filled.vendor_code = memory.error.vendor_code;
        filled.retry_after_ns = memory.error.retry_after.map_or(abi::HEADRACE_NO_RETRY_AFTER, nanoseconds);
        filled.message = lend(&memory.error.message);
        filled.vendor_state = lend(&memory.error.vendor_state);
        filled.details = start(&memory.details);
        filled.n_details = memory.details.len() as u64;
        filled.private_data = Box::into_raw(memory).cast();
        filled.release = Some(release);
    }
    sized::write(out, filled);
    status
}

unsafe extern "C" fn release(error: *mut abi::headrace_error) {
    drop(Box::from_raw((*error).private_data.cast::<Memory>()));
    (*error).private_data = std::ptr::null_mut();
    (*error).release = None;
}

fn nanoseconds(wait: Duration) -> i64 {
    i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX)
}

/// An error to be filled by the other side.
pub(crate) fn empty() -> abi::headrace_error {
    let mut error: abi::headrace_error = sized::empty();
    error.retry_after_ns = abi::HEADRACE_NO_RETRY_AFTER;
    error
}

/// Takes over what the other side reported, and frees its report.
pub(crate) unsafe fn taken(status: abi::headrace_status, mut filled: abi::headrace_error) -> Result<()> {
    if status == abi::HEADRACE_OK {
        return Ok(());
    }
    let text = |text| text_of(text).unwrap_or("").to_string();
    let mut error = Error::new(Status::of(status), text(filled.message));
    if error.message.is_empty() {
        error.message = format!("the call failed with status {}", status);
    }
    error.vendor_code = filled.vendor_code;
    error.vendor_state = text(filled.vendor_state);
    error.retry_after = u64::try_from(filled.retry_after_ns).ok().map(Duration::from_nanos);
    for pair in slice_of(filled.details, filled.n_details) {
        error.details.push((text(pair.key), text(pair.value)));
    }
    if let Some(release) = filled.release {
        release(&mut filled);
    }
    Err(error)
}
