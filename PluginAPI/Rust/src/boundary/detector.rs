//! The C functions of kind `detector`.

use super::instance::{enter, Factory, Kind};
use super::memory::{self, release, List};
use super::text::{bytes_of, lend, lend_bytes, text_of};
use super::transform::unbound;
use super::{is_room, sized};
use crate::arrow::{Batch, Schema};
use crate::detector::{Detector, Finding, RunSummary};
use crate::{abi, Error, Status};
use std::marker::PhantomData;
use std::mem::size_of;
use std::os::raw::c_void;

pub const ID: &str = abi::HEADRACE_DETECTOR;

const MAXIMUM_STATE_BYTES: usize = 1 << 20;

/// The table of a detector.
pub fn table<D: Detector>() -> *const c_void {
    let table: &'static abi::headrace_detector = &Table::<D>::TABLE;
    (table as *const abi::headrace_detector).cast()
}

struct Table<D>(PhantomData<D>);

impl<D: Detector> Table<D> {
    const TABLE: abi::headrace_detector = abi::headrace_detector {
        struct_size: size_of::<abi::headrace_detector>() as u32,
        flags: 0,
        factory: &Factory::<Bound<D>>::TABLE,
        bind: Some(bind::<D>),
        inspect: Some(inspect::<D>),
        finish: Some(finish::<D>),
        save: if D::HAS_STATE { Some(save::<D>) } else { None },
        restore: if D::HAS_STATE { Some(restore::<D>) } else { None },
    };
}

struct Bound<D> {
    detector: D,
    schema: Option<Schema>,
}

impl<D: Detector> Kind for Bound<D> {
    type Plugin = D;

    fn new(detector: D) -> Self {
        Bound { detector, schema: None }
    }
}

unsafe extern "C" fn bind<D: Detector>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    stream: abi::headrace_string,
    schema: *const abi::ArrowSchema,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |bound: &mut Bound<D>, call| {
        let schema = Schema::import(schema)?;
        bound.detector.bind(text_of(stream)?, &schema, call)?;
        bound.schema = Some(schema);
        Ok(abi::HEADRACE_OK)
    })
}

unsafe extern "C" fn inspect<D: Detector>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    batch: *const abi::ArrowArray,
    out: *mut abi::headrace_finding_list,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |bound: &mut Bound<D>, call| {
        is_room(out)?;
        let Bound { detector, schema } = bound;
        let batch = Batch::import(batch, schema.as_ref().ok_or_else(unbound)?)?;
        export(detector.inspect(&batch, call)?, out);
        Ok(abi::HEADRACE_OK)
    })
}

unsafe extern "C" fn finish<D: Detector>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    summary: *const abi::headrace_run_summary,
    out: *mut abi::headrace_finding_list,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |bound: &mut Bound<D>, call| {
        is_room(out)?;
        if summary.is_null() {
            return Err(Error::missing("summary"));
        }
        let summary = sized::read(summary);
        let summary = RunSummary { rows: summary.rows, wall_time_us: summary.wall_time_us };
        export(bound.detector.finish(&summary, call)?, out);
        Ok(abi::HEADRACE_OK)
    })
}

/// What a list of findings points into.
struct Memory {
    _list: List<abi::headrace_finding>,
    _findings: Vec<Finding>,
}

unsafe fn export(findings: Vec<Finding>, out: *mut abi::headrace_finding_list) {
    if findings.is_empty() {
        return;
    }
    let list = List::new(findings.iter().map(exported).collect());
    let mut filled: abi::headrace_finding_list = sized::empty();
    filled.items = list.as_ptr().cast();
    filled.n_items = list.len();
    filled.private_data = memory::give(Memory { _list: list, _findings: findings });
    filled.release = release!(headrace_finding_list);
    sized::write(out, filled);
}

fn exported(finding: &Finding) -> abi::headrace_finding {
    let mut exported: abi::headrace_finding = sized::empty();
    exported.severity = finding.severity as i32;
    exported.rule = lend(&finding.rule);
    exported.column = lend(&finding.column);
    exported.message = lend(&finding.message);
    exported.row = finding.row.map_or(-1, |row| row as i64);
    exported.score = finding.score;
    exported.observed = finding.observed.unwrap_or(f64::NAN);
    exported.expected = finding.expected.unwrap_or(f64::NAN);
    exported
}

unsafe extern "C" fn save<D: Detector>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    out: *mut abi::headrace_buffer,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |bound: &mut Bound<D>, call| {
        is_room(out)?;
        let state = bound.detector.save(call)?;
        if state.len() > MAXIMUM_STATE_BYTES {
            let message = format!("the detector's state has {} bytes, and 1 MiB is the most", state.len());
            return Err(Error::new(Status::Fatal, message));
        }
        let mut buffer: abi::headrace_buffer = sized::empty();
        buffer.bytes = lend_bytes(&state);
        buffer.private_data = memory::give(state);
        buffer.release = release!(headrace_buffer);
        sized::write(out, buffer);
        Ok(abi::HEADRACE_OK)
    })
}

unsafe extern "C" fn restore<D: Detector>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    state: abi::headrace_bytes,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |bound: &mut Bound<D>, call| {
        bound.detector.restore(bytes_of(state), call)?;
        Ok(abi::HEADRACE_OK)
    })
}
