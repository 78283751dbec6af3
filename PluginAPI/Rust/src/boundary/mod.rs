//! The one part that touches the pointers of the interface: tables of C functions around the traits of the
//! kinds.

pub(crate) mod barrier;
pub mod detector;
pub(crate) mod failure;
pub(crate) mod instance;
pub mod llm;
pub(crate) mod memory;
pub(crate) mod rows;
pub(crate) mod sized;
pub mod source;
pub(crate) mod text;
pub mod transform;

use crate::{abi, Error, Result, Status};
use std::os::raw::c_void;

/// The constant behind `headrace_plugin_entry`; `export!` makes it.
pub const fn entry(
    name: &'static str,
    version: &'static str,
    get_extension: unsafe extern "C" fn(abi::headrace_string) -> *const c_void,
) -> abi::headrace_entry {
    abi::headrace_entry {
        struct_size: std::mem::size_of::<abi::headrace_entry>() as u32,
        reserved: 0,
        name: text::lend(name),
        version: text::lend(version),
        negotiate: Some(negotiate),
        init: None,
        deinit: None,
        get_extension: Some(get_extension),
    }
}

/// Whether the host asks for the extension `id`.
///
/// # Safety
/// `asked` is text that the host lends.
pub unsafe fn is_extension(asked: abi::headrace_string, id: &str) -> bool {
    text::bytes_of(abi::headrace_bytes { data: asked.data.cast(), length: asked.length }) == id.as_bytes()
}

/// Whether the host can take what it is to own: the release comes last in a structure.
unsafe fn is_room<T: sized::Growing>(out: *const T) -> Result<()> {
    match sized::is_whole(out) {
        true => Ok(()),
        false => Err(Error::missing("room for the result")),
    }
}

unsafe extern "C" fn negotiate(
    minimum: u32,
    maximum: u32,
    version: *mut u32,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    barrier::status(error, || {
        let ours = abi::HEADRACE_ABI_VERSION;
        if version.is_null() {
            return Err(Error::missing("place for the version"));
        }
        if !(minimum..=maximum).contains(&ours) {
            let message = format!(
                "the plugin speaks version {} of the interface, the host {} to {}",
                ours, minimum, maximum
            );
            return Err(Error::new(Status::Unsupported, message));
        }
        *version = ours;
        Ok(abi::HEADRACE_OK)
    })
}
