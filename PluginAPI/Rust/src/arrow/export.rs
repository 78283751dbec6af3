//! Arrays as they are handed over.

use super::{Array, Field, Layout, Schema};
use crate::abi::ArrowArray;
use crate::boundary::memory::List;
use crate::{Error, Result, Status};
use std::any::Any;
use std::os::raw::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// An array that is released when it is dropped, unless it was handed over.
pub(crate) struct OwnedArray(ArrowArray);

impl OwnedArray {
    /// The rows of a batch. `owner` is what passed-on columns point into.
    pub(crate) fn rows(
        columns: Vec<Array<'_>>,
        length: usize,
        schema: &Schema,
        owner: Option<&Arc<Owner>>,
    ) -> Result<OwnedArray> {
        if columns.len() != schema.fields.len() {
            let message =
                format!("a batch of {} columns where the schema has {}", columns.len(), schema.fields.len());
            return Err(Error::new(Status::Fatal, message));
        }
        let mut node = Node::new(Vec::new(), owner);
        node.pointers.push(ptr::null());
        for (column, field) in columns.into_iter().zip(&schema.fields) {
            if column.length != length {
                let message = format!(
                    "column '{}' has {} values in a batch of {} rows",
                    field.name, column.length, length
                );
                return Err(Error::new(Status::Fatal, message));
            }
            node.children.push(export(column, field, owner)?.hand_over());
        }
        Ok(node.array(length, 0, Some(0)))
    }

    /// Takes an array over that was handed here.
    pub(crate) unsafe fn take(array: &mut ArrowArray) -> OwnedArray {
        let taken = OwnedArray(ptr::read(array));
        array.release = None;
        taken
    }

    pub(crate) fn as_ptr(&self) -> *const ArrowArray {
        &self.0
    }

    /// From here on it is the receiver's to release.
    pub(crate) fn hand_over(self) -> ArrowArray {
        let array = unsafe { ptr::read(&self.0) };
        std::mem::forget(self);
        array
    }
}

impl Drop for OwnedArray {
    fn drop(&mut self) {
        unsafe { release_array(&mut self.0) };
    }
}

/// Releases an array that may have been released.
unsafe fn release_array(array: &mut ArrowArray) {
    if let Some(release) = array.release {
        release(array);
    }
}

fn export(array: Array<'_>, field: &Field, owner: Option<&Arc<Owner>>) -> Result<OwnedArray> {
    let refuse = |what: &str| Err(Error::new(Status::Fatal, format!("column '{}' {}", field.name, what)));
    let fields = field.data_type.children();
    if array.layout != field.data_type.layout() || array.children.len() != fields.len() {
        return refuse(&format!("was made of values that are not {}", field.data_type));
    }
    if !field.is_nullable && array.null_count.unwrap_or(0) > 0 {
        return refuse("has nulls and is required to have none");
    }
    let (pointers, memory): (Vec<_>, Vec<_>) =
        array.buffers.into_iter().map(|buffer| (buffer.pointer, buffer.memory)).unzip();
    let mut node = Node::new(memory.into_iter().flatten().collect(), owner);
    node.pointers = pointers;
    for (child, field) in array.children.into_iter().zip(fields) {
        if array.layout == Layout::Struct && child.length < array.offset + array.length {
            return refuse("has less values inside than rows");
        }
        node.children.push(export(child, field, owner)?.hand_over());
    }
    Ok(node.array(array.length, array.offset, array.null_count))
}

/// What an exported array points into. Each level has its own, since whoever receives it may move children
/// out.
struct Node {
    pointers: Vec<*const c_void>,
    children: List<ArrowArray>,
    _memory: Vec<Box<dyn Any + Send>>,
    _owner: Option<Arc<Owner>>,
}

impl Node {
    fn new(memory: Vec<Box<dyn Any + Send>>, owner: Option<&Arc<Owner>>) -> Box<Node> {
        Box::new(Node {
            pointers: Vec::new(),
            children: List::new(Vec::new()),
            _memory: memory,
            _owner: owner.cloned(),
        })
    }

    fn array(mut self: Box<Node>, length: usize, offset: usize, null_count: Option<usize>) -> OwnedArray {
        OwnedArray(ArrowArray {
            length: length as i64,
            null_count: null_count.map_or(-1, |count| count as i64),
            offset: offset as i64,
            n_buffers: self.pointers.len() as i64,
            n_children: self.children.len() as i64,
            buffers: self.pointers.as_mut_ptr(),
            children: self.children.as_ptr() as *mut _,
            dictionary: ptr::null_mut(),
            release: Some(release),
            private_data: Box::into_raw(self).cast(),
        })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for child in self.children.elements() {
            unsafe { release_array(&mut **child) };
        }
    }
}

unsafe extern "C" fn release(array: *mut ArrowArray) {
    drop(Box::from_raw((*array).private_data.cast::<Node>()));
    (*array).private_data = ptr::null_mut();
    (*array).release = None;
}

/// The batch that a transform was given: the host's until the call has succeeded, and then released when the
/// last column that points into it is gone, on whichever thread that is.
pub(crate) struct Owner {
    array: ArrowArray,
    is_taken: AtomicBool,
}

// Safe: nobody changes the array, and any thread may release it.
unsafe impl Send for Owner {}
unsafe impl Sync for Owner {}

impl Owner {
    pub(crate) unsafe fn of(input: *const ArrowArray) -> Arc<Owner> {
        Arc::new(Owner { array: ptr::read(input), is_taken: AtomicBool::new(false) })
    }

    /// Moves the batch here. The last step of a call, when nothing can fail any more.
    pub(crate) unsafe fn take(&self, input: *mut ArrowArray) {
        (*input).release = None;
        self.is_taken.store(true, Ordering::Release);
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if self.is_taken.load(Ordering::Acquire) {
            unsafe { release_array(&mut self.array) };
        }
    }
}
