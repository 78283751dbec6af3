//! A detector under test.

use super::{call, export, table, Entry, Instance};
use crate::arrow::{release_schema, Array, Schema};
use crate::boundary::text::{bytes_of, lend, lend_bytes, slice_of, text_of};
use crate::boundary::{failure, sized};
use crate::detector::{Finding, Severity};
use crate::{abi, Result};

/// A detector under test, bound to columns.
pub struct Detector {
    instance: Instance,
    table: &'static abi::headrace_detector,
    schema: Schema,
}

impl Detector {
    pub fn bind(entry: Entry, config: &str, schema: Schema) -> Result<Detector> {
        unsafe {
            let table = table(entry, abi::HEADRACE_DETECTOR);
            let instance = Instance::create(table, config)?;
            let table: &abi::headrace_detector = &*table.cast();
            let mut lent = schema.export()?;
            let (call, mut error) = (call(), failure::empty());
            let status = table.bind.expect("a detector binds")(
                instance.handle,
                &call,
                lend("test"),
                &lent,
                &mut error,
            );
            release_schema(&mut lent);
            failure::taken(status, error)?;
            Ok(Detector { instance, table, schema })
        }
    }

    pub fn inspect(&mut self, columns: impl Into<Vec<Array<'static>>>) -> Result<Vec<Finding>> {
        let batch = export(columns.into(), &self.schema)?;
        let mut list: abi::headrace_finding_list = sized::empty();
        let (call, mut error) = (call(), failure::empty());
        unsafe {
            let inspect = self.table.inspect.expect("a detector inspects");
            let status = inspect(self.instance.handle, &call, batch.as_ptr(), &mut list, &mut error);
            failure::taken(status, error)?;
            findings(list)
        }
    }

    /// The end of a run of so many rows.
    pub fn finish(&mut self, rows: u64) -> Result<Vec<Finding>> {
        let mut summary: abi::headrace_run_summary = sized::empty();
        summary.rows = rows;
        let mut list: abi::headrace_finding_list = sized::empty();
        let (call, mut error) = (call(), failure::empty());
        unsafe {
            let finish = self.table.finish.expect("a detector of this crate finishes");
            let status = finish(self.instance.handle, &call, &summary, &mut list, &mut error);
            failure::taken(status, error)?;
            findings(list)
        }
    }

    pub fn save(&mut self) -> Result<Vec<u8>> {
        let mut buffer: abi::headrace_buffer = sized::empty();
        let (call, mut error) = (call(), failure::empty());
        unsafe {
            let save = self.table.save.expect("the detector has state");
            let status = save(self.instance.handle, &call, &mut buffer, &mut error);
            failure::taken(status, error)?;
            let state = bytes_of(buffer.bytes).to_vec();
            if let Some(release) = buffer.release {
                release(&mut buffer);
            }
            Ok(state)
        }
    }

    pub fn restore(&mut self, state: &[u8]) -> Result<()> {
        let (call, mut error) = (call(), failure::empty());
        unsafe {
            let restore = self.table.restore.expect("the detector has state");
            let status = restore(self.instance.handle, &call, lend_bytes(state), &mut error);
            failure::taken(status, error)
        }
    }
}

unsafe fn findings(mut list: abi::headrace_finding_list) -> Result<Vec<Finding>> {
    let items = slice_of(list.items, list.n_items).iter();
    let findings = items.map(|item| {
        let item = &**item;
        Ok(Finding {
            severity: [Severity::Info, Severity::Warning, Severity::Critical][item.severity as usize],
            column: text_of(item.column)?.to_string(),
            row: usize::try_from(item.row).ok(),
            score: item.score,
            observed: Some(item.observed).filter(|number| !number.is_nan()),
            expected: Some(item.expected).filter(|number| !number.is_nan()),
            ..Finding::new(text_of(item.rule)?, text_of(item.message)?)
        })
    });
    let findings = findings.collect();
    if let Some(release) = list.release {
        release(&mut list);
    }
    findings
}
