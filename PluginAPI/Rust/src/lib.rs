pub mod abi;
mod arrow;
#[doc(hidden)]
pub mod boundary;
mod call;
mod config;
mod detector;
mod error;
mod host;
mod llm;
mod plugin;
mod source;
pub mod testing;
mod transform;

pub use arrow::{
    Array, Batch, Binary, Column, DataType, Field, Native, Number, Reject, Rows, Schema, Text, Truth,
};
pub use call::Call;
pub use config::{Config, FromJson, Json};
pub use detector::{Detector, Finding, RunSummary, Severity};
pub use error::{Error, Result, Status};
pub use host::{Host, Level};
pub use llm::{Completion, Finish, Llm, Prompt};
pub use plugin::Plugin;
pub use source::{
    OpenRequest, Read, Reader, Source, SourceBatch, Split, SplitPosition, SplitRequest, Splits, Stream,
};
pub use transform::Transform;

/// Ends the function with an error unless a condition holds.
///
/// ```
/// # use headrace_plugin::*;
/// fn port(number: i64) -> Result<u16> {
///     ensure!((1..65536).contains(&number), InvalidConfig, "there is no port {}", number);
///     Ok(number as u16)
/// }
/// assert_eq!(port(0).unwrap_err().status(), Status::InvalidConfig);
/// ```
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $status:ident, $($message:tt)+) => {
        if !$condition {
            return Err($crate::Error::new($crate::Status::$status, format!($($message)+)));
        }
    };
}

/// Exports the library: its one symbol, `headrace_plugin_entry`, and behind it a type for each kind that it is.
#[macro_export]
macro_rules! export {
    (name: $name:expr, version: $version:expr, $($kind:ident: $plugin:ty),+ $(,)?) => {
        /// What the host looks for in the library.
        #[no_mangle]
        pub extern "C" fn headrace_plugin_entry() -> *const $crate::abi::headrace_entry {
            unsafe extern "C" fn get_extension(id: $crate::abi::headrace_string) -> *const ::std::os::raw::c_void {
                $(if $crate::boundary::is_extension(id, $crate::boundary::$kind::ID) {
                    return $crate::boundary::$kind::table::<$plugin>();
                })+
                ::std::ptr::null()
            }
            static ENTRY: $crate::abi::headrace_entry = $crate::boundary::entry($name, $version, get_extension);
            &ENTRY
        }
    };
}
