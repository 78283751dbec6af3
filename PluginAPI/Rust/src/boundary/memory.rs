//! What is handed to the host together with the memory that it points into.

use super::text::start;
use std::any::Any;
use std::os::raw::c_void;
use std::ptr;

/// Elements and the array of pointers to them that the interface wants: an element can grow, and so arrays
/// hold pointers.
pub(crate) struct List<T> {
    pointers: Vec<*mut T>,
}

impl<T> List<T> {
    pub(crate) fn new(elements: Vec<T>) -> List<T> {
        let mut list = List { pointers: Vec::with_capacity(elements.len()) };
        elements.into_iter().for_each(|element| list.push(element));
        list
    }

    pub(crate) fn push(&mut self, element: T) {
        self.pointers.push(Box::into_raw(Box::new(element)));
    }

    /// NULL if there are none.
    pub(crate) fn as_ptr(&self) -> *const *mut T {
        start(&self.pointers)
    }

    pub(crate) fn len(&self) -> u64 {
        self.pointers.len() as u64
    }

    pub(crate) fn elements(&self) -> &[*mut T] {
        &self.pointers
    }
}

impl<T> Drop for List<T> {
    fn drop(&mut self) {
        for pointer in &self.pointers {
            drop(unsafe { Box::from_raw(*pointer) });
        }
    }
}

/// Gives memory away as the `private_data` of a structure.
pub(crate) fn give(memory: impl Any) -> *mut c_void {
    Box::into_raw(Box::new(Box::new(memory) as Box<dyn Any>)).cast()
}

/// Frees what `give` gave, and makes a second release harmless.
pub(crate) unsafe fn free(private_data: &mut *mut c_void) {
    let memory = std::mem::replace(private_data, ptr::null_mut());
    if !memory.is_null() {
        super::barrier::silent(|| drop(Box::from_raw(memory.cast::<Box<dyn Any>>())));
    }
}

/// The release callback of a structure whose memory is all behind `private_data`.
macro_rules! release {
    ($name:ident) => {{
        unsafe extern "C" fn release(structure: *mut $crate::abi::$name) {
            $crate::boundary::memory::free(&mut (*structure).private_data);
            (*structure).release = None;
        }
        Some(release as unsafe extern "C" fn(*mut $crate::abi::$name))
    }};
}
pub(crate) use release;
