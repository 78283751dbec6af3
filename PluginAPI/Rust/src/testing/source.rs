//! A source under test.

use super::{call, table, taken, Batch, Entry, Instance};
use crate::arrow::Schema;
use crate::boundary::text::{lend, lend_bytes, slice_of, text_of};
use crate::boundary::{failure, sized};
use crate::{abi, Result};
use std::ptr;

/// A source under test.
pub struct Source {
    instance: Instance,
    table: &'static abi::headrace_source,
}

impl Source {
    pub fn create(entry: Entry, config: &str) -> Result<Source> {
        unsafe {
            let table = table(entry, abi::HEADRACE_SOURCE);
            Ok(Source { instance: Instance::create(table, config)?, table: &*table.cast() })
        }
    }

    /// The names of the streams that match.
    pub fn discover(&mut self, patterns: &[&str]) -> Result<Vec<String>> {
        let patterns: Vec<_> = patterns.iter().map(|pattern| lend(pattern)).collect();
        let mut list: abi::headrace_stream_list = sized::empty();
        let (call, mut error) = (call(), failure::empty());
        unsafe {
            let discover = self.table.discover.expect("a source discovers");
            let count = patterns.len() as u64;
            let status =
                discover(self.instance.handle, &call, patterns.as_ptr(), count, &mut list, &mut error);
            failure::taken(status, error)?;
            let streams = slice_of(list.items, list.n_items).iter();
            let names = streams.map(|stream| Ok(text_of((**stream).name)?.to_string())).collect();
            if let Some(release) = list.release {
                release(&mut list);
            }
            names
        }
    }

    /// The ids of the splits that are to be read, when those in `complete` have been.
    pub fn splits(&mut self, stream: &str, complete: &[&str]) -> Result<Vec<String>> {
        let known = complete.iter().map(|split| {
            let mut known: abi::headrace_split_position = sized::empty();
            known.is_complete = 1;
            known.split = lend(split);
            known
        });
        let known: Vec<_> = known.collect();
        let pointers: Vec<_> = known.iter().map(|known| known as *const _).collect();
        let mut request: abi::headrace_split_request = sized::empty();
        request.stream = lend(stream);
        request.known = pointers.as_ptr();
        request.n_known = pointers.len() as u64;
        let mut list: abi::headrace_split_list = sized::empty();
        let (call, mut error) = (call(), failure::empty());
        unsafe {
            let splits = self.table.splits.expect("a source has splits");
            let status = splits(self.instance.handle, &call, &request, &mut list, &mut error);
            failure::taken(status, error)?;
            let splits = slice_of(list.items, list.n_items).iter();
            let ids = splits.map(|split| Ok(text_of((**split).id)?.to_string())).collect();
            if let Some(release) = list.release {
                release(&mut list);
            }
            ids
        }
    }

    /// Everything from a position on: a list of batches, as the source made them.
    pub fn read(&mut self, stream: &str, split: &str, position: &str) -> Result<Vec<Batch>> {
        let mut request: abi::headrace_open_request = sized::empty();
        request.stream = lend(stream);
        request.split = lend(split);
        request.position = lend_bytes(position.as_bytes());
        request.batch_bytes = 1 << 20;
        request.batch_rows = 1 << 16;
        let (call, mut error) = (call(), failure::empty());
        unsafe {
            let mut schema = std::mem::zeroed();
            let mut reader = ptr::null_mut();
            let open = self.table.open.expect("a source opens");
            let status = open(self.instance.handle, &call, &request, &mut schema, &mut reader, &mut error);
            failure::taken(status, error)?;
            let imported = Schema::import(&schema);
            crate::arrow::release_schema(&mut schema);
            let batches = imported.and_then(|schema| self.read_all(reader, &schema));
            self.table.close.expect("a source closes")(self.instance.handle, reader);
            batches
        }
    }

    unsafe fn read_all(&mut self, reader: *mut abi::headrace_reader, schema: &Schema) -> Result<Vec<Batch>> {
        let read = self.table.read.expect("a source reads");
        let mut batches = Vec::new();
        loop {
            let mut batch: abi::headrace_batch = sized::empty();
            let (call, mut error) = (call(), failure::empty());
            let status = read(self.instance.handle, &call, reader, &mut batch, &mut error);
            if status == abi::HEADRACE_END_OF_STREAM {
                return Ok(batches);
            }
            failure::taken(status, error)?;
            batches.push(taken(batch, schema)?);
        }
    }
}
