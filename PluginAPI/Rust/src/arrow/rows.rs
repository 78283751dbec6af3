//! What a source reads and a transform makes.

use super::Array;
use crate::Status;

/// Rows that leave the plugin, with those that could not be made.
///
/// `'a` is the batch that a transform was given: its columns may go on without a copy. A source has
/// `'static`.
pub struct Rows<'a> {
    /// One for each field of the schema, each with `length` values.
    pub columns: Vec<Array<'a>>,
    pub length: usize,
    pub rejects: Vec<Reject>,
}

impl<'a> Rows<'a> {
    pub fn new(columns: impl Into<Vec<Array<'a>>>) -> Rows<'a> {
        let columns = columns.into();
        let length = columns.first().map_or(0, Array::len);
        Rows { columns, length, rejects: Vec::new() }
    }
}

/// A row that could not be read or transformed. It becomes a dead letter; the plugin is healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// `BadRecord` as a rule.
    pub status: Status,
    /// The row's index in the input of a transform, `None` in a source.
    pub row: Option<usize>,
    /// Where it stands in the source, for a person: `orders.csv:14`.
    pub place: String,
    /// What is wrong: `column 'amount': 'twelve' is not a number`.
    pub reason: String,
    /// The row as it came. No more than 64 KiB reach the host, which is told of the cut.
    pub record: Vec<u8>,
}

impl Reject {
    pub fn new(reason: impl Into<String>) -> Reject {
        let (place, reason) = (String::new(), reason.into());
        Reject { status: Status::BadRecord, row: None, place, reason, record: Vec::new() }
    }
}
