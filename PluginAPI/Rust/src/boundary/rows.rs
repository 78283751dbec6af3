//! Batches as they are handed over.

use super::memory::{self, release, List};
use super::sized;
use super::text::{lend, lend_bytes};
use crate::arrow::{OwnedArray, Owner, Reject, Rows, Schema};
use crate::{abi, Error, Result, Status};
use std::sync::Arc;

const MAXIMUM_RECORD_BYTES: usize = 64 << 10;
const MAXIMUM_POSITION_BYTES: usize = 16 << 10;

/// What a batch points into, besides its array.
struct Memory {
    _list: List<abi::headrace_reject>,
    _rejects: Vec<Reject>,
    _position: Vec<u8>,
}

/// The batch for the host, with nothing left that could fail. `owner` is what passed-on columns point into.
pub(crate) fn export(
    rows: Rows<'_>,
    schema: &Schema,
    owner: Option<&Arc<Owner>>,
    position: Vec<u8>,
) -> Result<abi::headrace_batch> {
    if position.len() > MAXIMUM_POSITION_BYTES {
        return Err(Error::new(
            Status::Fatal,
            format!("a position of {} bytes, and 16 KiB are the most", position.len()),
        ));
    }
    let Rows { columns, length, rejects } = rows;
    let array = OwnedArray::rows(columns, length, schema, owner)?;
    let mut batch: abi::headrace_batch = sized::empty();
    if rejects.iter().any(|reject| reject.record.len() > MAXIMUM_RECORD_BYTES) {
        batch.flags |= abi::HEADRACE_BATCH_RECORD_CUT;
    }
    let list = List::new(rejects.iter().map(exported).collect());
    batch.rejects = list.as_ptr().cast();
    batch.n_rejects = list.len();
    batch.position = lend_bytes(&position);
    batch.array = array.hand_over();
    batch.private_data = memory::give(Memory { _list: list, _rejects: rejects, _position: position });
    batch.release = release!(headrace_batch);
    Ok(batch)
}

fn exported(reject: &Reject) -> abi::headrace_reject {
    let mut exported: abi::headrace_reject = sized::empty();
    exported.status = reject.status as abi::headrace_status;
    exported.row = reject.row.map_or(-1, |row| row as i64);
    exported.place = lend(&reject.place);
    exported.reason = lend(&reject.reason);
    exported.record = lend_bytes(&reject.record[..reject.record.len().min(MAXIMUM_RECORD_BYTES)]);
    exported
}
