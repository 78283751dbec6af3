//! The C functions of kind `transform`.

use super::instance::{enter, Factory, Kind};
use super::text::text_of;
use super::{is_room, rows, sized};
use crate::arrow::{Batch, Owner, Schema};
use crate::{abi, Error, Status, Transform};
use std::marker::PhantomData;
use std::mem::size_of;
use std::os::raw::c_void;

pub const ID: &str = abi::HEADRACE_TRANSFORM;

/// The table of a transform.
pub fn table<T: Transform>() -> *const c_void {
    let table: &'static abi::headrace_transform = &Table::<T>::TABLE;
    (table as *const abi::headrace_transform).cast()
}

struct Table<T>(PhantomData<T>);

impl<T: Transform> Table<T> {
    const TABLE: abi::headrace_transform = abi::headrace_transform {
        struct_size: size_of::<abi::headrace_transform>() as u32,
        flags: if T::ALLOWS_PASS_THROUGH { abi::HEADRACE_TRANSFORM_PASS_THROUGH_ALLOWED } else { 0 },
        factory: &Factory::<Bound<T>>::TABLE,
        bind: Some(bind::<T>),
        apply: Some(apply::<T>),
    };
}

struct Bound<T> {
    transform: T,
    schemas: Option<Schemas>,
}

struct Schemas {
    input: Schema,
    output: Schema,
}

impl<T: Transform> Kind for Bound<T> {
    type Plugin = T;

    fn new(transform: T) -> Self {
        Bound { transform, schemas: None }
    }
}

unsafe extern "C" fn bind<T: Transform>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    stream: abi::headrace_string,
    input: *const abi::ArrowSchema,
    out: *mut abi::ArrowSchema,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |bound: &mut Bound<T>, call| {
        if out.is_null() {
            return Err(Error::missing("room for the schema"));
        }
        let input = Schema::import(input)?;
        let output = bound.transform.bind(text_of(stream)?, &input, call)?;
        out.write(output.export()?);
        bound.schemas = Some(Schemas { input, output });
        Ok(abi::HEADRACE_OK)
    })
}

unsafe extern "C" fn apply<T: Transform>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    input: *mut abi::ArrowArray,
    out: *mut abi::headrace_batch,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |bound: &mut Bound<T>, call| {
        is_room(out)?;
        let Bound { transform, schemas } = bound;
        let schemas = schemas.as_ref().ok_or_else(unbound)?;
        let batch = Batch::import(input, &schemas.input)?;
        let rows = transform.apply(&batch, call)?;
        let owner = Owner::of(input);
        let made = rows::export(rows, &schemas.output, Some(&owner), Vec::new())?;
        // The input is the host's until nothing can fail any more, and then the output's.
        sized::write(out, made);
        owner.take(input);
        Ok(abi::HEADRACE_OK)
    })
}

/// What a call says that comes before `bind`.
pub(super) fn unbound() -> Error {
    Error::new(Status::Fatal, "the instance was not bound to columns")
}
