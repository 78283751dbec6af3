//! Text and bytes between Rust and the interface. Nothing here copies.

use crate::{abi, Error, Result, Status};
use std::{ptr, slice};

/// Lends text, which has to outlive the result.
pub(crate) const fn lend(text: &str) -> abi::headrace_string {
    abi::headrace_string { data: start(text.as_bytes()).cast(), length: text.len() as u64 }
}

pub(crate) const fn lend_bytes(bytes: &[u8]) -> abi::headrace_bytes {
    abi::headrace_bytes { data: start(bytes), length: bytes.len() as u64 }
}

/// Where an array begins; NULL where there is nothing, since Rust has an address even for that.
pub(crate) const fn start<T>(elements: &[T]) -> *const T {
    if elements.is_empty() {
        return ptr::null();
    }
    elements.as_ptr()
}

pub(crate) unsafe fn bytes_of<'a>(bytes: abi::headrace_bytes) -> &'a [u8] {
    if bytes.data.is_null() || bytes.length == 0 {
        return &[];
    }
    slice::from_raw_parts(bytes.data, bytes.length as usize)
}

/// # Errors
/// [`Status::Fatal`] for bytes that are not UTF-8, which the contract rules out.
pub(crate) unsafe fn text_of<'a>(text: abi::headrace_string) -> Result<&'a str> {
    let bytes = bytes_of(abi::headrace_bytes { data: text.data.cast(), length: text.length });
    std::str::from_utf8(bytes).map_err(|_| Error::new(Status::Fatal, "the host gave text that is not UTF-8"))
}

/// The elements of an array that may be NULL if it is empty.
pub(crate) unsafe fn slice_of<'a, T>(start: *const T, count: u64) -> &'a [T] {
    if start.is_null() || count == 0 {
        return &[];
    }
    slice::from_raw_parts(start, count as usize)
}
