//! A transform under test.

use super::{call, export, table, taken, Batch, Entry, Instance};
use crate::arrow::{release_schema, Array, OwnedArray, Schema};
use crate::boundary::text::lend;
use crate::boundary::{failure, sized};
use crate::{abi, Result};

/// A transform under test, bound to columns.
pub struct Transform {
    instance: Instance,
    table: &'static abi::headrace_transform,
    input: Schema,
    output: Schema,
}

impl Transform {
    pub fn bind(entry: Entry, config: &str, input: Schema) -> Result<Transform> {
        unsafe {
            let table = table(entry, abi::HEADRACE_TRANSFORM);
            let instance = Instance::create(table, config)?;
            let table: &abi::headrace_transform = &*table.cast();
            let (mut lent, mut schema) = (input.export()?, std::mem::zeroed());
            let (call, mut error) = (call(), failure::empty());
            let bind = table.bind.expect("a transform binds");
            let status = bind(instance.handle, &call, lend("test"), &lent, &mut schema, &mut error);
            release_schema(&mut lent);
            failure::taken(status, error)?;
            let output = Schema::import(&schema);
            release_schema(&mut schema);
            Ok(Transform { instance, table, input, output: output? })
        }
    }

    /// What goes out.
    pub fn schema(&self) -> &Schema {
        &self.output
    }

    /// Transforms a batch, and sees to it that it is taken exactly if that succeeds.
    pub fn apply(&mut self, columns: impl Into<Vec<Array<'static>>>) -> Result<Batch> {
        let mut input = export(columns.into(), &self.input)?.hand_over();
        let mut batch: abi::headrace_batch = sized::empty();
        let (call, mut error) = (call(), failure::empty());
        unsafe {
            let apply = self.table.apply.expect("a transform applies");
            let status = apply(self.instance.handle, &call, &mut input, &mut batch, &mut error);
            let is_taken = input.release.is_none();
            drop(OwnedArray::take(&mut input));
            assert_eq!(is_taken, status == abi::HEADRACE_OK, "the input belongs to the other side");
            failure::taken(status, error)?;
            taken(batch, &self.output)
        }
    }
}
