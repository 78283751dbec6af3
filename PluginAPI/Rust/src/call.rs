//! What accompanies every call.

use crate::boundary::sized;
use crate::boundary::text::text_of;
use crate::{abi, Error, Result, Status};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The call under way: its deadline, and whether it is still wanted.
///
/// A call that is over before it begins never reaches the plugin. One that takes longer asks
/// [`check`](Call::check) between pieces of its work: some 20 ns, so per batch and not per row.
pub struct Call<'a> {
    pointer: *const abi::headrace_call,
    call: abi::headrace_call,
    cancelled: &'a AtomicBool,
    lent: PhantomData<&'a abi::headrace_call>,
}

// Safe: the functions of a call may be called from any thread during the call, and `'a` is no longer than it.
unsafe impl Send for Call<'_> {}
unsafe impl Sync for Call<'_> {}

impl<'a> Call<'a> {
    /// # Safety
    /// `pointer` is NULL or a call of the host that lasts at least as long as `'a`.
    pub(crate) unsafe fn new(
        pointer: *const abi::headrace_call,
        cancelled: &'a AtomicBool,
    ) -> Result<Call<'a>> {
        if pointer.is_null() {
            return Err(Error::missing("call"));
        }
        Ok(Call { pointer, call: sized::read(pointer), cancelled, lent: PhantomData })
    }

    /// The host's own, to be handed back to it.
    pub(crate) fn pointer(&self) -> *const abi::headrace_call {
        self.pointer
    }

    /// 1 for the first try. The host repeats what fails; a plugin does not.
    pub fn attempt(&self) -> u32 {
        self.call.attempt
    }

    /// The same for every attempt of one operation; empty where none is needed.
    pub fn idempotency_key(&self) -> &str {
        unsafe { text_of(self.call.idempotency_key) }.unwrap_or("")
    }

    /// What is left until the deadline, `None` for a call without one. A good timeout for a request to a
    /// server.
    pub fn time_left(&self) -> Option<Duration> {
        let now = self.call.now.filter(|_| self.call.deadline_ns != abi::HEADRACE_NO_DEADLINE)?;
        let left = self.call.deadline_ns.saturating_sub(unsafe { now(self.pointer) });
        Some(Duration::from_nanos(u64::try_from(left).unwrap_or(0)))
    }

    /// Whether the host wants the call to end. The plugin then returns [`Status::Cancelled`] soon.
    pub fn is_cancelled(&self) -> bool {
        let is_cancelled = self.call.is_cancelled.map_or(0, |function| unsafe { function(self.pointer) });
        is_cancelled != 0 || self.cancelled.load(Ordering::Relaxed)
    }

    /// # Errors
    /// [`Status::Cancelled`] or [`Status::DeadlineExceeded`] where the call has to end.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::new(Status::Cancelled, "the call was cancelled"));
        }
        if self.time_left() == Some(Duration::ZERO) {
            return Err(Error::new(Status::DeadlineExceeded, "the deadline of the call has passed"));
        }
        Ok(())
    }
}
