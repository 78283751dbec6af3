//! Columns that come in: views of the host's memory.

use super::array::{Array, Buffer, Native};
use super::{Field, Layout, NumberKind};
use crate::abi::ArrowArray;
use crate::{Error, Result, Status};
use std::mem::align_of;
use std::ops::Range;
use std::slice;

/// A column of a batch. Nothing is copied; rows are counted from 0, wherever the column's slice begins.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    field: &'a Field,
    array: &'a ArrowArray,
    /// Of the first row in the buffers.
    offset: usize,
    length: usize,
}

impl<'a> Column<'a> {
    /// The values `shift .. shift + length` of an array; all of them if `length` is `None`.
    pub(super) unsafe fn import(
        array: *const ArrowArray,
        field: &'a Field,
        shift: usize,
        length: Option<usize>,
    ) -> Result<Column<'a>> {
        let broken =
            |what: &str| Error::new(Status::Fatal, format!("the host gave column '{}' {}", field.name, what));
        let array: &'a ArrowArray = array.as_ref().ok_or_else(|| broken("without an array"))?;
        let whole = usize::try_from(array.length).map_err(|_| broken("with a negative length"))?;
        let offset = usize::try_from(array.offset).map_err(|_| broken("with a negative offset"))?;
        let length = length.unwrap_or(whole);
        if shift.checked_add(length).map_or(true, |end| end > whole) {
            return Err(broken("with too few values"));
        }
        let layout = field.data_type.layout();
        if array.n_buffers != layout.buffers() as i64 || array.buffers.is_null() {
            return Err(broken("with another number of buffers than its type has"));
        }
        let children = field.data_type.children();
        if array.n_children != children.len() as i64 || (!children.is_empty() && array.children.is_null()) {
            return Err(broken("with another number of children than its type has"));
        }
        let column = Column { field, array, offset: offset + shift, length };
        let has_values = length == 0 || layout == Layout::Struct || !column.buffer(1).is_null();
        if !has_values && layout != Layout::Fixed(0) {
            return Err(broken("without its values"));
        }
        for index in 0..children.len() {
            column.import_child(index)?;
        }
        Ok(column)
    }

    pub fn name(&self) -> &'a str {
        &self.field.name
    }

    pub fn field(&self) -> &'a Field {
        self.field
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub fn is_null(&self, row: usize) -> bool {
        assert!(row < self.length, "row {} of a column of {}", row, self.length);
        self.array.null_count != 0 && !self.buffer(0).is_null() && !self.bit(0, row)
    }

    pub fn null_count(&self) -> usize {
        (0..self.length).filter(|row| self.is_null(*row)).count()
    }

    /// The column as it is, for the output. The memory of the input lives on as long as the output refers to
    /// it.
    pub fn pass(&self) -> Array<'a> {
        let is_whole = self.array.length == self.length as i64 || self.array.null_count == 0;
        let mut array = unsafe { lend(self.array, self.field) };
        array.length = self.length;
        array.offset = self.offset;
        array.null_count = if is_whole { array.null_count } else { None };
        array
    }

    /// Numbers, with a Rust type of their width: `i32` for a date, `i64` for a timestamp, `i128` for a
    /// decimal. What stands in the place of a null is not defined.
    ///
    /// # Errors
    /// `Fatal` if the column is of another type: `bind` is the place to look.
    pub fn values<T: Native>(&self) -> Result<&'a [T]> {
        if self.field.data_type.layout() != Layout::Number(T::KIND) {
            return Err(self.mismatch(std::any::type_name::<T>()));
        }
        self.slice(1, self.offset, self.length)
    }

    /// Integers or floating point of whatever width, as `f64`.
    ///
    /// # Errors
    /// `Fatal` if the column is of another type.
    pub fn floats(&self) -> Result<impl Iterator<Item = Option<f64>> + 'a> {
        macro_rules! read {
            ($native:ty) => {{
                self.values::<$native>()?;
                |column: &Column<'_>, row| unsafe {
                    *column.buffer(1).cast::<$native>().add(column.offset + row) as f64
                }
            }};
        }
        let read: fn(&Column<'_>, usize) -> f64 = match self.field.data_type.layout() {
            Layout::Number(NumberKind::I8) => read!(i8),
            Layout::Number(NumberKind::I16) => read!(i16),
            Layout::Number(NumberKind::I32) => read!(i32),
            Layout::Number(NumberKind::I64) => read!(i64),
            Layout::Number(NumberKind::U8) => read!(u8),
            Layout::Number(NumberKind::U16) => read!(u16),
            Layout::Number(NumberKind::U32) => read!(u32),
            Layout::Number(NumberKind::F32) => read!(f32),
            Layout::Number(NumberKind::F64) => read!(f64),
            _ => return Err(self.mismatch("f64")),
        };
        let column = *self;
        Ok((0..self.length).map(move |row| if column.is_null(row) { None } else { Some(read(&column, row)) }))
    }

    /// # Errors
    /// `Fatal` if the column is of another type.
    pub fn bools(&self) -> Result<impl Iterator<Item = Option<bool>> + 'a> {
        if self.field.data_type.layout() != Layout::Bits {
            return Err(self.mismatch("bool"));
        }
        let column = *self;
        Ok((0..self.length).map(move |row| if column.is_null(row) { None } else { Some(column.bit(1, row)) }))
    }

    /// # Errors
    /// `Fatal` if the column is of another type, `BadRecord` if a text is not UTF-8.
    pub fn texts(&self) -> Result<impl Iterator<Item = Option<&'a str>> + Clone + 'a> {
        if self.field.data_type.layout() != Layout::Text {
            return Err(self.mismatch("str"));
        }
        for (row, bytes) in self.bytes()?.enumerate() {
            if std::str::from_utf8(bytes.unwrap_or(&[])).is_err() {
                let message = format!("column '{}': the text in row {} is not UTF-8", self.name(), row);
                return Err(Error::new(Status::BadRecord, message));
            }
        }
        // Each was looked at just now.
        Ok(self.bytes()?.map(|bytes| bytes.map(|bytes| unsafe { std::str::from_utf8_unchecked(bytes) })))
    }

    /// The bytes of text, binary, fixed binary and UUIDs.
    ///
    /// # Errors
    /// `Fatal` if the column is of another type.
    pub fn bytes(&self) -> Result<impl Iterator<Item = Option<&'a [u8]>> + Clone + 'a> {
        let (offsets, width) = match self.field.data_type.layout() {
            Layout::Text | Layout::Bytes => (self.offsets()?, 0),
            Layout::Fixed(width) => (&[][..], width),
            _ => return Err(self.mismatch("[u8]")),
        };
        let column = *self;
        let data = self.buffer(if width == 0 { self.array.n_buffers as usize - 1 } else { 1 });
        Ok((0..self.length).map(move |row| {
            if column.is_null(row) {
                return None;
            }
            let range = match offsets {
                [] => (column.offset + row) * width..(column.offset + row + 1) * width,
                _ => offsets[row] as usize..offsets[row + 1] as usize,
            };
            if range.is_empty() {
                return Some(&[][..]);
            }
            Some(unsafe { slice::from_raw_parts(data.add(range.start), range.len()) })
        }))
    }

    /// A column inside a struct, cut to the same rows; the items of a list or the entries of a map, all of
    /// them: [`items`](Column::items) says which are whose.
    pub fn child(&self, index: usize) -> Column<'a> {
        unsafe { self.import_child(index) }.expect("the children were looked at when the batch came in")
    }

    unsafe fn import_child(&self, index: usize) -> Result<Column<'a>> {
        let field = &self.field.data_type.children()[index];
        let child = *self.array.children.add(index);
        match self.field.data_type.layout() {
            Layout::Struct => Column::import(child, field, self.offset, Some(self.length)),
            _ => Column::import(child, field, 0, None),
        }
    }

    /// The rows of the child that each list or map consists of.
    ///
    /// # Errors
    /// `Fatal` if the column is of another type.
    pub fn items(&self) -> Result<impl Iterator<Item = Option<Range<usize>>> + 'a> {
        if self.field.data_type.layout() != Layout::Lists {
            return Err(self.mismatch("list"));
        }
        let (column, offsets) = (*self, self.offsets()?);
        Ok((0..self.length).map(move |row| {
            let range = offsets[row] as usize..offsets[row + 1] as usize;
            if column.is_null(row) {
                None
            } else {
                Some(range)
            }
        }))
    }

    /// One more than there are rows, growing; none at all in a column without rows.
    fn offsets(&self) -> Result<&'a [i32]> {
        if self.length == 0 {
            return Ok(&[]);
        }
        let offsets: &[i32] = self.slice(1, self.offset, self.length + 1)?;
        if offsets[0] < 0 || offsets.windows(2).any(|pair| pair[0] > pair[1]) {
            let message = format!("the host gave column '{}' with offsets that go back", self.name());
            return Err(Error::new(Status::Fatal, message));
        }
        Ok(offsets)
    }

    fn slice<T: Native>(&self, buffer: usize, first: usize, count: usize) -> Result<&'a [T]> {
        let start = self.buffer(buffer).cast::<T>();
        if count == 0 {
            return Ok(&[]);
        }
        if start as usize % align_of::<T>() != 0 {
            let message = format!("the host gave column '{}' at an odd address", self.name());
            return Err(Error::new(Status::Fatal, message));
        }
        Ok(unsafe { slice::from_raw_parts(start.add(first), count) })
    }

    fn bit(&self, buffer: usize, row: usize) -> bool {
        let at = self.offset + row;
        unsafe { *self.buffer(buffer).add(at / 8) >> (at % 8) & 1 != 0 }
    }

    fn buffer(&self, index: usize) -> *const u8 {
        unsafe { *self.array.buffers.add(index) }.cast()
    }

    fn mismatch(&self, wanted: &str) -> Error {
        let message =
            format!("column '{}' is {} and was read as {}", self.name(), self.field.data_type, wanted);
        Error::new(Status::Fatal, message)
    }
}

/// The whole of an array, by reference.
unsafe fn lend<'a>(array: &'a ArrowArray, field: &'a Field) -> Array<'a> {
    let layout = field.data_type.layout();
    let fields = field.data_type.children().iter().enumerate();
    Array {
        layout,
        length: array.length as usize,
        offset: array.offset as usize,
        null_count: usize::try_from(array.null_count).ok(),
        buffers: (0..layout.buffers()).map(|index| Buffer::lent(*array.buffers.add(index))).collect(),
        children: fields.map(|(index, field)| lend(&**array.children.add(index), field)).collect(),
    }
}
