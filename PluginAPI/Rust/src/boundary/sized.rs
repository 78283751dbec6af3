//! The rule of `struct_size`: of a structure of the other side, no byte beyond the smaller of its size and
//! ours is looked at or written.

use crate::abi;
use std::mem::{size_of, MaybeUninit};
use std::ptr;

/// A structure that begins with `struct_size`.
///
/// # Safety
/// It is `repr(C)`, its first member is a `u32` with that meaning, and it may consist of zeros.
pub(crate) unsafe trait Growing: Sized {
    const SIZE: u32 = size_of::<Self>() as u32;
}

macro_rules! sized {
    ($($name:ident)*) => { $(unsafe impl Growing for abi::$name {})* };
}

sized! {
    headrace_buffer headrace_error headrace_call headrace_reject headrace_batch headrace_host
    headrace_host_log headrace_host_metrics headrace_host_secrets headrace_host_state headrace_factory
    headrace_entry headrace_stream headrace_stream_list headrace_split_position headrace_split_request
    headrace_split headrace_split_list headrace_open_request headrace_source headrace_transform
    headrace_finding headrace_finding_list headrace_run_summary headrace_detector headrace_prompt
    headrace_completion headrace_llm headrace_host_http headrace_http_request headrace_http_response
}

/// A structure of ours with its size set and everything else zero, and so NULL.
pub(crate) fn empty<T: Growing>() -> T {
    let mut value = MaybeUninit::<T>::zeroed();
    unsafe {
        value.as_mut_ptr().cast::<u32>().write(T::SIZE);
        value.assume_init()
    }
}

/// A copy of the other side's structure. What its version lacks is zero.
pub(crate) unsafe fn read<T: Growing>(pointer: *const T) -> T {
    let mut value = MaybeUninit::<T>::zeroed();
    let size = pointer.cast::<u32>().read().min(T::SIZE) as usize;
    ptr::copy_nonoverlapping(pointer.cast::<u8>(), value.as_mut_ptr().cast::<u8>(), size);
    value.assume_init()
}

/// Fills the other side's structure as far as both go, and leaves its size as it came.
pub(crate) unsafe fn write<T: Growing>(pointer: *mut T, value: T) {
    let size = pointer.cast::<u32>().read().min(T::SIZE) as usize;
    let header = size_of::<u32>();
    if size > header {
        let value = MaybeUninit::new(value);
        let from = value.as_ptr().cast::<u8>().add(header);
        ptr::copy_nonoverlapping(from, pointer.cast::<u8>().add(header), size - header);
    }
}

/// Whether the other side knows all of our structure. What is handed over ends with its release, and may not
/// be handed over without.
pub(crate) unsafe fn is_whole<T: Growing>(pointer: *const T) -> bool {
    !pointer.is_null() && pointer.cast::<u32>().read() >= T::SIZE
}
