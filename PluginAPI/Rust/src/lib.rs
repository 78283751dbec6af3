//! Write plugins for Headrace in Rust.
//!
//! A plugin is a type that is a [`Plugin`] and one of the kinds: [`Source`], [`Transform`], [`Detector`] or
//! [`Llm`]. [`export!`] makes a library of it, and [`testing`] is a small host for its tests. The crate
//! stands on the standard library alone, and needs no `unsafe` of a plugin.
//!
//! ```
//! use headrace_plugin::*;
//!
//! /// Leaves out nothing and changes nothing.
//! struct Copy;
//!
//! impl Plugin for Copy {
//!     const CONFIG_SCHEMA: &'static str = r#"{"type": "object", "additionalProperties": false}"#;
//!
//!     fn create(_: &Config, _: &Host) -> Result<Self> {
//!         Ok(Copy)
//!     }
//! }
//!
//! impl Transform for Copy {
//!     fn bind(&mut self, _stream: &str, input: &Schema, _: &Call) -> Result<Schema> {
//!         Ok(input.clone())
//!     }
//!
//!     fn apply<'a>(&mut self, input: &Batch<'a>, _: &Call) -> Result<Rows<'a>> {
//!         Ok(Rows::new(input.columns().iter().map(Column::pass).collect::<Vec<_>>()))
//!     }
//! }
//!
//! export! { name: "copy", version: "1.0.0", transform: Copy }
//! # fn main() {}
//! ```
//!
//! The library is a `cdylib`. Nothing else of it is visible than `headrace_plugin_entry`.
//!
//! # Ownership
//!
//! What a function is lent (a [`Batch`], a request, a [`Call`]) has a lifetime that ends with the call; the
//! compiler sees to it that none of it is kept. What it returns belongs to the host, which lets it go when it
//! likes: on another thread, and when the instance is long gone. Vectors become the memory of columns without
//! a copy, and so do columns of the input that a transform [passes on](Column::pass): the input then lives as
//! long as the last of them. A call that fails has taken nothing and returned nothing.
//!
//! # Threads
//!
//! Calls to an instance come one after another, but from changing threads: a plugin and its reader are
//! `Send`, and take `&mut self`. Only a request to end comes in between. It is kept here, and
//! [`Call::is_cancelled`] tells of it; the next call knows nothing of it. [`Host`] can be cloned and used
//! from threads of the plugin's own.
//!
//! # Errors
//!
//! A function fails with an [`Error`]: a [`Status`], from which the host concludes what to do, and a message
//! for a person. Do not retry; the host does, and knows for how long. After [`Status::Fatal`] the instance is
//! of no more use, and every later call to it fails with the same error. A panic is no way out, but a safe
//! one: it becomes [`Status::Fatal`], with its text in the message instead of on standard error. That takes
//! unwinding, and so a plugin does not compile with `panic = "abort"`.

#[cfg(panic = "abort")]
compile_error!("a panic has to unwind to become a status: leave out `panic = \"abort\"`");

pub mod abi;
mod arrow;
#[doc(hidden)]
pub mod boundary;
mod call;
mod config;
mod detector;
mod error;
mod host;
mod http;
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
pub use http::{HttpRequest, HttpResponse};
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

/// Exports the library: its one symbol, `headrace_plugin_entry`, and behind it a type for each kind that it
/// is.
#[macro_export]
macro_rules! export {
    (name: $name:expr, version: $version:expr, $($kind:ident: $plugin:ty),+ $(,)?) => {
        /// What the host looks for in the library.
        #[no_mangle]
        pub extern "C" fn headrace_plugin_entry() -> *const $crate::abi::headrace_entry {
            use ::std::os::raw::c_void;
            unsafe extern "C" fn get_extension(id: $crate::abi::headrace_string) -> *const c_void {
                $(if $crate::boundary::is_extension(id, $crate::boundary::$kind::ID) {
                    return $crate::boundary::$kind::table::<$plugin>();
                })+
                ::std::ptr::null()
            }
            static ENTRY: $crate::abi::headrace_entry =
                $crate::boundary::entry($name, $version, get_extension);
            &ENTRY
        }
    };
}
