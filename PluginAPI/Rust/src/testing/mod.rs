//! A small host for the tests of a plugin. It goes through the interface, as the real one does, and hands out
//! what a test compares: values as text, `null` where there is none.
//!
//! ```ignore
//! let mut source = testing::Source::create(headrace_plugin_entry, r#"{"rows": 2}"#)?;
//! let batches = source.read("numbers", "all", "")?;
//! assert_eq!(batches[0].rows, [["0", "number 0"], ["1", "number 1"]]);
//! ```

mod detector;
mod llm;
mod source;
mod transform;

pub use detector::Detector;
pub use llm::Llm;
pub use source::Source;
pub use transform::Transform;

use crate::arrow::{Array, OwnedArray, Schema};
use crate::boundary::text::{bytes_of, lend, slice_of, text_of};
use crate::boundary::{failure, sized};
use crate::{abi, Column, DataType, Result};
use std::os::raw::c_void;
use std::ptr;

/// The function that [`export!`](crate::export) makes.
pub type Entry = extern "C" fn() -> *const abi::headrace_entry;

/// Rows that came out of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// One text for each column.
    pub rows: Vec<Vec<String>>,
    /// Why rows were left out.
    pub rejects: Vec<String>,
    /// Of a source: where the split stands.
    pub position: String,
    pub ordinal: u64,
}

/// An instance of a plugin. Dropping it destroys it.
struct Instance {
    handle: *mut abi::headrace_instance,
    factory: *const abi::headrace_factory,
    /// Lent to the plugin until `destroy`.
    _host: Box<abi::headrace_host>,
}

impl Instance {
    /// # Safety
    /// `table` is one of the library's, and begins as those of all kinds do.
    unsafe fn create(table: *const c_void, config: &str) -> Result<Instance> {
        let factory = (*table.cast::<abi::headrace_llm>()).factory;
        let mut host: Box<abi::headrace_host> = Box::new(sized::empty());
        host.abi_version = abi::HEADRACE_ABI_VERSION;
        host.get_extension = Some(no_extension);
        let create = (*factory).create.expect("a factory creates");
        let mut handle = ptr::null_mut();
        let (call, mut error) = (call(), failure::empty());
        let status = create(&call, &*host, lend(config), &mut handle, &mut error);
        failure::taken(status, error)?;
        Ok(Instance { handle, factory, _host: host })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        unsafe { (*self.factory).destroy.expect("a factory destroys")(self.handle) }
    }
}

/// Negotiates, and finds the table of a kind.
unsafe fn table(entry: Entry, id: &str) -> *const c_void {
    let entry = &*entry();
    let (mut version, mut error) = (0, failure::empty());
    let negotiate = entry.negotiate.expect("a library negotiates");
    assert_eq!(negotiate(1, 1, &mut version, &mut error), abi::HEADRACE_OK);
    let table = entry.get_extension.expect("a library has extensions")(lend(id));
    assert!(!table.is_null(), "the library is no {}", id);
    table
}

/// A call without a deadline that nobody cancels.
fn call() -> abi::headrace_call {
    unsafe extern "C" fn now(_: *const abi::headrace_call) -> i64 {
        0
    }
    unsafe extern "C" fn is_cancelled(_: *const abi::headrace_call) -> i32 {
        0
    }
    let mut call: abi::headrace_call = sized::empty();
    call.attempt = 1;
    call.deadline_ns = abi::HEADRACE_NO_DEADLINE;
    call.now = Some(now);
    call.is_cancelled = Some(is_cancelled);
    call
}

unsafe extern "C" fn no_extension(_: *const abi::headrace_host, _: abi::headrace_string) -> *const c_void {
    ptr::null()
}

/// A batch to be given to a plugin.
fn export(columns: Vec<Array<'static>>, schema: &Schema) -> Result<OwnedArray> {
    let length = columns.first().map_or(0, Array::len);
    OwnedArray::rows(columns, length, schema, None)
}

/// Takes what a plugin returned, and releases it.
unsafe fn taken(mut batch: abi::headrace_batch, schema: &Schema) -> Result<Batch> {
    let array = OwnedArray::take(&mut batch.array);
    let rejects = slice_of(batch.rejects, batch.n_rejects).iter();
    let copy = Batch {
        rows: cells(&array, schema)?,
        rejects: rejects.map(|reject| Ok(text_of((**reject).reason)?.to_string())).collect::<Result<_>>()?,
        position: String::from_utf8_lossy(bytes_of(batch.position)).into_owned(),
        ordinal: batch.ordinal,
    };
    if let Some(release) = batch.release {
        release(&mut batch);
    }
    Ok(copy)
}

unsafe fn cells(array: &OwnedArray, schema: &Schema) -> Result<Vec<Vec<String>>> {
    let batch = crate::Batch::import(array.as_ptr(), schema)?;
    let columns = batch.columns().iter().map(texts).collect::<Result<Vec<_>>>()?;
    Ok((0..batch.len()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect())
}

/// The values of a column as text.
fn texts(column: &Column<'_>) -> Result<Vec<String>> {
    let texts: Vec<Option<String>> = match &column.field().data_type {
        DataType::Bool => column.bools()?.map(|value| value.map(|value| value.to_string())).collect(),
        DataType::Utf8 => column.texts()?.map(|value| value.map(str::to_string)).collect(),
        DataType::Int64 | DataType::Time | DataType::Timestamp { .. } => numbers::<i64>(column)?,
        DataType::Decimal { .. } => numbers::<i128>(column)?,
        DataType::Binary | DataType::FixedBinary(_) | DataType::Uuid => {
            column.bytes()?.map(|value| value.map(|value| format!("{:?}", value))).collect()
        }
        DataType::List(_) | DataType::Map { .. } => {
            let items = texts(&column.child(0))?;
            column.items()?.map(|range| range.map(|range| format!("[{}]", items[range].join(", ")))).collect()
        }
        DataType::Struct(fields) => {
            let columns =
                (0..fields.len()).map(|index| texts(&column.child(index))).collect::<Result<Vec<_>>>()?;
            let row =
                |row: usize| columns.iter().map(|column| column[row].clone()).collect::<Vec<_>>().join(", ");
            (0..column.len())
                .map(|at| if column.is_null(at) { None } else { Some(format!("({})", row(at))) })
                .collect()
        }
        _ => column.floats()?.map(|value| value.map(|value| value.to_string())).collect(),
    };
    Ok(texts.into_iter().map(|text| text.unwrap_or_else(|| "null".to_string())).collect())
}

fn numbers<T: crate::Native + ToString>(column: &Column<'_>) -> Result<Vec<Option<String>>> {
    let values = column.values::<T>()?.iter().enumerate();
    Ok(values.map(|(row, value)| if column.is_null(row) { None } else { Some(value.to_string()) }).collect())
}
