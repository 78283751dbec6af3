//! A batch that comes in.

use super::{Column, Schema};
use crate::abi::ArrowArray;
use crate::{Error, Result, Status};

/// A batch that is lent for the length of a call, `'a`.
pub struct Batch<'a> {
    schema: &'a Schema,
    columns: Vec<Column<'a>>,
    length: usize,
}

impl<'a> Batch<'a> {
    /// # Safety
    /// `array` is NULL or keeps the rules of Arrow for as long as `'a`.
    pub(crate) unsafe fn import(array: *const ArrowArray, schema: &'a Schema) -> Result<Batch<'a>> {
        let broken = |what: &str| Error::new(Status::Fatal, format!("the host gave a batch {}", what));
        let array: &'a ArrowArray = array.as_ref().ok_or_else(|| Error::missing("batch"))?;
        if array.release.is_none() {
            return Err(broken("that was released"));
        }
        let length = usize::try_from(array.length).map_err(|_| broken("of a negative length"))?;
        let offset = usize::try_from(array.offset).map_err(|_| broken("with a negative offset"))?;
        let n_children = schema.fields.len();
        if array.n_children != n_children as i64 || (n_children > 0 && array.children.is_null()) {
            return Err(broken("with another number of columns than it announced"));
        }
        let mut columns = Vec::with_capacity(n_children);
        for (index, field) in schema.fields.iter().enumerate() {
            columns.push(Column::import(*array.children.add(index), field, offset, Some(length))?);
        }
        Ok(Batch { schema, columns, length })
    }

    pub fn schema(&self) -> &'a Schema {
        self.schema
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// One for each field of the schema.
    pub fn columns(&self) -> &[Column<'a>] {
        &self.columns
    }
}
