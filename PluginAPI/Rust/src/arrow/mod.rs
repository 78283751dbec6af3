//! Columns and batches, over the Arrow C Data Interface.

mod array;
mod batch;
mod column;
mod export;
mod rows;
mod schema;
mod transfer;

pub use array::{Array, Binary, Native, Number, Text, Truth};
pub use batch::Batch;
pub use column::Column;
pub(crate) use export::{OwnedArray, Owner};
pub use rows::{Reject, Rows};
pub use schema::{DataType, Field, Schema};
pub(crate) use transfer::release_schema;

/// How values lie in memory. Types that share a layout differ in their meaning alone: a date is a 32-bit
/// integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Bits,
    Number(NumberKind),
    /// So many bytes each.
    Fixed(usize),
    Text,
    Bytes,
    /// Lists, and maps, which are lists of pairs.
    Lists,
    Struct,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberKind {
    I8,
    I16,
    I32,
    I64,
    I128,
    U8,
    U16,
    U32,
    F32,
    F64,
}

impl Layout {
    pub(crate) fn buffers(self) -> usize {
        match self {
            Layout::Struct => 1,
            Layout::Text | Layout::Bytes => 3,
            _ => 2,
        }
    }
}
