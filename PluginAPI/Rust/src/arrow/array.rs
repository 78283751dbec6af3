//! Columns that are made here.

use super::{Layout, NumberKind};
use crate::{Error, Result, Status};
use std::any::Any;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Range;
use std::os::raw::c_void;
use std::ptr;

/// A column that leaves the plugin: made here, or [passed on](super::Column::pass) from a batch that lives
/// for `'a`.
pub struct Array<'a> {
    pub(crate) layout: Layout,
    pub(crate) length: usize,
    /// Of the first value in the buffers.
    pub(crate) offset: usize,
    /// `None` if it is not known.
    pub(crate) null_count: Option<usize>,
    pub(crate) buffers: Vec<Buffer<'a>>,
    pub(crate) children: Vec<Array<'a>>,
}

/// Memory of an array, and what keeps it alive.
pub(crate) struct Buffer<'a> {
    pub(crate) pointer: *const c_void,
    pub(crate) memory: Option<Box<dyn Any + Send>>,
    lent: PhantomData<&'a [u8]>,
}

// Safe: memory that nobody writes to any more.
unsafe impl Send for Buffer<'_> {}

impl<'a> Buffer<'a> {
    /// Takes values over. Even an empty buffer has an address, and one that may be read.
    fn owned<T: Copy + Send + 'static>(values: Vec<T>) -> Buffer<'a> {
        #[repr(align(64))]
        struct Nothing([u8; 64]);
        static NOTHING: Nothing = Nothing([0; 64]);
        let is_nothing = std::mem::size_of_val(values.as_slice()) == 0;
        let pointer = if is_nothing { NOTHING.0.as_ptr().cast() } else { values.as_ptr().cast() };
        Buffer { pointer, memory: Some(Box::new(values)), lent: PhantomData }
    }

    fn absent() -> Buffer<'a> {
        Buffer { pointer: ptr::null(), memory: None, lent: PhantomData }
    }

    /// Memory that outlives `'a`.
    pub(super) fn lent(pointer: *const c_void) -> Buffer<'a> {
        Buffer { pointer, memory: None, lent: PhantomData }
    }
}

/// A type of numbers that a column can have.
///
/// # Safety
/// `KIND` is the type's own; any bits are one of its values.
pub unsafe trait Native: Copy + Default + Send + 'static {
    #[doc(hidden)]
    const KIND: NumberKind;
}

/// A number, or an `Option` of one.
pub trait Number {
    type Native: Native;

    fn number(self) -> Option<Self::Native>;
}

macro_rules! natives {
    ($($native:ident $kind:ident)*) => { $(
        unsafe impl Native for $native {
            const KIND: NumberKind = NumberKind::$kind;
        }

        impl Number for $native {
            type Native = $native;

            fn number(self) -> Option<$native> {
                Some(self)
            }
        }
    )* };
}

natives! { i8 I8 i16 I16 i32 I32 i64 I64 i128 I128 u8 U8 u16 U16 u32 U32 f32 F32 f64 F64 }

impl<T: Native + Number<Native = T>> Number for Option<T> {
    type Native = T;

    fn number(self) -> Option<T> {
        self
    }
}

/// A `bool`, or an `Option` of one.
pub trait Truth {
    fn truth(self) -> Option<bool>;
}

impl Truth for bool {
    fn truth(self) -> Option<bool> {
        Some(self)
    }
}

impl Truth for Option<bool> {
    fn truth(self) -> Option<bool> {
        self
    }
}

/// A `&str`, a `String`, or an `Option` of one.
pub trait Text {
    fn text(&self) -> Option<&str>;
}

/// A `&[u8]`, a `Vec<u8>`, or an `Option` of one.
pub trait Binary {
    fn binary(&self) -> Option<&[u8]>;
}

macro_rules! slots {
    ($trait:ident $function:ident $value:ty: $($type:ty)*) => { $(
        impl $trait for $type {
            fn $function(&self) -> Option<&$value> {
                Some(self.as_ref())
            }
        }

        impl $trait for Option<$type> {
            fn $function(&self) -> Option<&$value> {
                self.as_ref().map(|value| value.as_ref())
            }
        }
    )* };
}

slots! { Text text str: &str String Cow<'_, str> }
slots! { Binary binary [u8]: &[u8] Vec<u8> [u8; 16] }

/// Which values are not null, as far as it takes: no bits at all as long as none is.
#[derive(Default)]
struct Validity {
    bits: Vec<u8>,
    length: usize,
    nulls: usize,
}

impl Validity {
    fn push(&mut self, is_valid: bool) {
        if !is_valid && self.nulls == 0 {
            self.bits = vec![0xff; self.length / 8 + 1];
        }
        if !is_valid || self.nulls > 0 {
            self.bits.resize(self.length / 8 + 1, 0);
            let bit = 1 << (self.length % 8);
            let byte = &mut self.bits[self.length / 8];
            *byte = if is_valid { *byte | bit } else { *byte & !bit };
        }
        self.length += 1;
        self.nulls += usize::from(!is_valid);
    }

    fn array<'a>(self, layout: Layout, buffers: Vec<Buffer<'a>>, children: Vec<Array<'a>>) -> Array<'a> {
        let validity = if self.nulls == 0 { Buffer::absent() } else { Buffer::owned(self.bits) };
        Array {
            layout,
            length: self.length,
            offset: 0,
            null_count: Some(self.nulls),
            buffers: std::iter::once(validity).chain(buffers).collect(),
            children,
        }
    }

    fn none(length: usize) -> Validity {
        Validity { length, ..Validity::default() }
    }
}

impl<'a> Array<'a> {
    /// How many values.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// A part of it, in the same memory.
    ///
    /// # Panics
    /// If it has less values than that.
    pub fn slice(mut self, rows: Range<usize>) -> Array<'a> {
        assert!(rows.start <= rows.end && rows.end <= self.length, "rows {:?} of {}", rows, self.length);
        self.null_count = self.null_count.filter(|count| *count == 0);
        self.offset += rows.start;
        self.length = rows.len();
        self
    }

    /// Numbers, and nulls where an item is `None`. Dates, times, timestamps and decimals are the numbers that
    /// stand behind them. For a `Vec` without nulls there is `From`, which copies nothing.
    pub fn numbers<I>(values: I) -> Array<'a>
    where
        I: IntoIterator,
        I::Item: Number,
    {
        let mut validity = Validity::default();
        let values = values.into_iter().map(|value| {
            let number = value.number();
            validity.push(number.is_some());
            number.unwrap_or_default()
        });
        let values: Vec<<I::Item as Number>::Native> = values.collect();
        let kind = <<I::Item as Number>::Native as Native>::KIND;
        validity.array(Layout::Number(kind), vec![Buffer::owned(values)], Vec::new())
    }

    pub fn bools<I>(values: I) -> Array<'a>
    where
        I: IntoIterator,
        I::Item: Truth,
    {
        let mut validity = Validity::default();
        let mut bits = Vec::new();
        for value in values {
            let truth = value.truth();
            bits.resize(validity.length / 8 + 1, 0u8);
            bits[validity.length / 8] |= u8::from(truth == Some(true)) << (validity.length % 8);
            validity.push(truth.is_some());
        }
        validity.array(Layout::Bits, vec![Buffer::owned(bits)], Vec::new())
    }

    /// # Errors
    /// `BadRecord` if they take more than 2 GiB; of a transform the host then halves the batch.
    pub fn texts<I>(values: I) -> Result<Array<'a>>
    where
        I: IntoIterator,
        I::Item: Text,
    {
        let values = values.into_iter();
        let mut spans = Spans::new(values.size_hint().0);
        for value in values {
            spans.push(value.text().map(str::as_bytes))?;
        }
        Ok(spans.array(Layout::Text))
    }

    /// # Errors
    /// As for [`texts`](Array::texts).
    pub fn bytes<I>(values: I) -> Result<Array<'a>>
    where
        I: IntoIterator,
        I::Item: Binary,
    {
        let values = values.into_iter();
        let mut spans = Spans::new(values.size_hint().0);
        for value in values {
            spans.push(value.binary())?;
        }
        Ok(spans.array(Layout::Bytes))
    }

    /// Bytes of one width: fixed binary, UUIDs.
    ///
    /// # Errors
    /// `BadRecord` for a value of another width.
    pub fn fixed<I>(width: usize, values: I) -> Result<Array<'a>>
    where
        I: IntoIterator,
        I::Item: Binary,
    {
        let mut validity = Validity::default();
        let mut data = Vec::new();
        for value in values {
            let bytes = value.binary();
            if let Some(other) = bytes.map(<[u8]>::len).filter(|length| *length != width) {
                return Err(Error::new(
                    Status::BadRecord,
                    format!("{} bytes where {} were expected", other, width),
                ));
            }
            validity.push(bytes.is_some());
            data.extend_from_slice(bytes.unwrap_or(&[]));
            data.resize(validity.length * width, 0);
        }
        Ok(validity.array(Layout::Fixed(width), vec![Buffer::owned(data)], Vec::new()))
    }

    /// Lists that share out `items` among themselves, from the first to the last: each takes as many as its
    /// length says, `None` is a null. A map is a list of [structs](Array::structs) of key and value.
    ///
    /// # Errors
    /// `Fatal` if the lengths do not add up to the number of items.
    pub fn lists(lengths: impl IntoIterator<Item = Option<usize>>, items: Array<'a>) -> Result<Array<'a>> {
        let mut validity = Validity::default();
        let mut offsets = vec![0i32];
        let mut end = 0usize;
        for length in lengths {
            end = end.saturating_add(length.unwrap_or(0));
            validity.push(length.is_some());
            offsets.push(i32::try_from(end).map_err(|_| too_long())?);
        }
        if end != items.length {
            return Err(Error::new(Status::Fatal, format!("lists of {} items over {}", end, items.length)));
        }
        Ok(validity.array(Layout::Lists, vec![Buffer::owned(offsets)], vec![items]))
    }

    /// Structs, one of each row of the columns inside.
    ///
    /// # Errors
    /// `Fatal` if these are not equally long.
    pub fn structs(columns: impl Into<Vec<Array<'a>>>) -> Result<Array<'a>> {
        let columns = columns.into();
        let length = columns.first().map_or(0, Array::len);
        if columns.iter().any(|column| column.length != length) {
            return Err(Error::new(Status::Fatal, "the columns of a struct are not equally long"));
        }
        Ok(Validity::none(length).array(Layout::Struct, Vec::new(), columns))
    }
}

/// Numbers without nulls. The vector becomes the column's memory.
impl<T: Native> From<Vec<T>> for Array<'_> {
    fn from(values: Vec<T>) -> Self {
        let validity = Validity::none(values.len());
        validity.array(Layout::Number(T::KIND), vec![Buffer::owned(values)], Vec::new())
    }
}

/// Values of any length: all their bytes, and where each begins.
struct Spans {
    validity: Validity,
    offsets: Vec<i32>,
    data: Vec<u8>,
}

impl Spans {
    fn new(count: usize) -> Spans {
        let mut offsets = Vec::with_capacity(count.min(1 << 20) + 1);
        offsets.push(0);
        Spans { validity: Validity::default(), offsets, data: Vec::new() }
    }

    fn push(&mut self, value: Option<&[u8]>) -> Result<()> {
        self.data.extend_from_slice(value.unwrap_or(&[]));
        self.offsets.push(i32::try_from(self.data.len()).map_err(|_| too_long())?);
        self.validity.push(value.is_some());
        Ok(())
    }

    fn array<'a>(self, layout: Layout) -> Array<'a> {
        self.validity.array(layout, vec![Buffer::owned(self.offsets), Buffer::owned(self.data)], Vec::new())
    }
}

fn too_long() -> Error {
    Error::new(Status::BadRecord, "the values of a column take more than 2 GiB in one batch")
}
