//! The C functions of kind `source`.

use super::instance::{enter, Factory, Kind};
use super::memory::{self, release, List};
use super::rows;
use super::sized;
use super::text::{bytes_of, lend, lend_bytes, slice_of, start, text_of};
use super::{barrier, is_room};
use crate::arrow::{release_schema, Schema};
use crate::source::{
    OpenRequest, Read, Reader, Source, SourceBatch, Split, SplitPosition, SplitRequest, Splits, Stream,
};
use crate::{abi, Error, Result, Status};
use std::marker::PhantomData;
use std::mem::size_of;
use std::os::raw::c_void;

pub const ID: &str = abi::HEADRACE_SOURCE;

/// The table of a source.
pub fn table<S: Source>() -> *const c_void {
    let table: &'static abi::headrace_source = &Table::<S>::TABLE;
    (table as *const abi::headrace_source).cast()
}

struct Table<S>(PhantomData<S>);

impl<S: Source> Table<S> {
    const TABLE: abi::headrace_source = abi::headrace_source {
        struct_size: size_of::<abi::headrace_source>() as u32,
        flags: 0,
        factory: &Factory::<Bound<S>>::TABLE,
        discover: Some(discover::<S>),
        splits: Some(splits::<S>),
        open: Some(open::<S>),
        read: Some(read::<S>),
        ack: if S::WANTS_ACKNOWLEDGEMENTS { Some(ack::<S>) } else { None },
        close: Some(close::<S>),
    };
}

struct Bound<S>(S);

impl<S: Source> Kind for Bound<S> {
    type Plugin = S;

    fn new(source: S) -> Self {
        Bound(source)
    }
}

unsafe extern "C" fn discover<S: Source>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    patterns: *const abi::headrace_string,
    n_patterns: u64,
    out: *mut abi::headrace_stream_list,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |source: &mut Bound<S>, call| {
        is_room(out)?;
        let patterns = slice_of(patterns, n_patterns).iter().map(|pattern| text_of(*pattern));
        let patterns: Vec<&str> = patterns.collect::<Result<_>>()?;
        let mut memory = Streams { list: List::new(Vec::new()), columns: Vec::new(), streams: Vec::new() };
        memory.streams = source.0.discover(&patterns, call)?;
        for stream in &memory.streams {
            let columns = [&stream.key, &stream.cursors, &stream.notes];
            let columns = columns.map(|texts| texts.iter().map(|text| lend(text)).collect::<Vec<_>>());
            memory.list.push(exported(stream, &columns)?);
            memory.columns.push(columns);
        }
        let mut list: abi::headrace_stream_list = sized::empty();
        list.items = memory.list.as_ptr();
        list.n_items = memory.list.len();
        list.private_data = memory::give(memory);
        list.release = release!(headrace_stream_list);
        sized::write(out, list);
        Ok(abi::HEADRACE_OK)
    })
}

/// What a list of streams points into.
struct Streams {
    list: List<abi::headrace_stream>,
    columns: Vec<[Vec<abi::headrace_string>; 3]>,
    streams: Vec<Stream>,
}

impl Drop for Streams {
    fn drop(&mut self) {
        for stream in self.list.elements() {
            unsafe { release_schema(&mut (**stream).schema) };
        }
    }
}

/// The texts stay where they are: they lie on the heap, whatever becomes of the vectors' owner.
fn exported(stream: &Stream, columns: &[Vec<abi::headrace_string>; 3]) -> Result<abi::headrace_stream> {
    let flag = |is_set, flag| if is_set { flag } else { 0 };
    let mut exported: abi::headrace_stream = sized::empty();
    exported.flags = flag(stream.is_files, abi::HEADRACE_STREAM_FILES)
        | flag(stream.is_ordered, abi::HEADRACE_STREAM_ORDERED)
        | flag(stream.is_unstable, abi::HEADRACE_STREAM_UNSTABLE);
    exported.name = lend(&stream.name);
    let [key, cursors, notes] = columns;
    (exported.key, exported.n_key) = (start(key), key.len() as u64);
    (exported.cursors, exported.n_cursors) = (start(cursors), cursors.len() as u64);
    (exported.notes, exported.n_notes) = (start(notes), notes.len() as u64);
    exported.estimated_rows = estimate(stream.estimated_rows);
    exported.estimated_bytes = estimate(stream.estimated_bytes);
    exported.schema = stream.schema.export()?;
    Ok(exported)
}

fn estimate(number: Option<u64>) -> i64 {
    number.map_or(-1, |number| i64::try_from(number).unwrap_or(i64::MAX))
}

unsafe extern "C" fn splits<S: Source>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    request: *const abi::headrace_split_request,
    out: *mut abi::headrace_split_list,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |source: &mut Bound<S>, call| {
        is_room(out)?;
        let request = split_request(request)?;
        let mut made = source.0.splits(&request, call)?;
        made.splits.retain(|split| !request.is_complete(&split.id));
        let list = List::new(made.splits.iter().map(exported_split).collect());
        let mut filled: abi::headrace_split_list = sized::empty();
        filled.items = list.as_ptr();
        filled.n_items = list.len();
        filled.private_data = memory::give(SplitMemory { _list: list, _splits: made });
        filled.release = release!(headrace_split_list);
        sized::write(out, filled);
        Ok(abi::HEADRACE_OK)
    })
}

/// What a list of splits points into.
struct SplitMemory {
    _list: List<abi::headrace_split>,
    _splits: Splits,
}

fn exported_split(split: &Split) -> abi::headrace_split {
    let mut exported: abi::headrace_split = sized::empty();
    exported.id = lend(&split.id);
    exported.identity = lend(&split.identity);
    exported.token = lend_bytes(&split.token);
    exported.estimated_rows = estimate(split.estimated_rows);
    exported.estimated_bytes = estimate(split.estimated_bytes);
    exported
}

unsafe fn split_request<'a>(pointer: *const abi::headrace_split_request) -> Result<SplitRequest<'a>> {
    if pointer.is_null() {
        return Err(Error::missing("request"));
    }
    let request = sized::read(pointer);
    let known = slice_of(request.known, request.n_known).iter().map(|known| split_position(*known));
    Ok(SplitRequest {
        stream: text_of(request.stream)?,
        read: read_mode(request.read)?,
        cursor: text_of(request.cursor)?,
        known: known.collect::<Result<_>>()?,
        split_bytes: request.split_bytes,
    })
}

unsafe fn split_position<'a>(pointer: *const abi::headrace_split_position) -> Result<SplitPosition<'a>> {
    if pointer.is_null() {
        return Err(Error::missing("position"));
    }
    let position = sized::read(pointer);
    Ok(SplitPosition {
        split: text_of(position.split)?,
        identity: text_of(position.identity)?,
        position: bytes_of(position.position),
        ordinal: position.ordinal,
        is_complete: position.is_complete != 0,
    })
}

fn read_mode(number: u32) -> Result<Read> {
    match number {
        0 => Ok(Read::Full),
        1 => Ok(Read::Incremental),
        2 => Ok(Read::NewFiles),
        other => {
            Err(Error::new(Status::Unsupported, format!("the plugin does not know the read mode {}", other)))
        }
    }
}

/// What stands behind a `headrace_reader`.
struct Opened<R> {
    reader: R,
    schema: Schema,
    /// Of the last batch.
    ordinal: u64,
}

unsafe extern "C" fn open<S: Source>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    request: *const abi::headrace_open_request,
    schema: *mut abi::ArrowSchema,
    out: *mut *mut abi::headrace_reader,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |source: &mut Bound<S>, call| {
        if request.is_null() || schema.is_null() || out.is_null() {
            return Err(Error::missing("request, schema or reader"));
        }
        let asked = sized::read(request);
        let request = OpenRequest {
            stream: text_of(asked.stream)?,
            read: read_mode(asked.read)?,
            split: text_of(asked.split)?,
            identity: text_of(asked.identity)?,
            token: bytes_of(asked.token),
            position: bytes_of(asked.position),
            batch_bytes: asked.batch_bytes,
            batch_rows: if asked.batch_rows == 0 { u64::MAX } else { asked.batch_rows },
        };
        let (made, reader) = source.0.open(&request, call)?;
        schema.write(made.export()?);
        *out = Box::into_raw(Box::new(Opened { reader, schema: made, ordinal: asked.ordinal })).cast();
        Ok(abi::HEADRACE_OK)
    })
}

unsafe extern "C" fn read<S: Source>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    reader: *mut abi::headrace_reader,
    out: *mut abi::headrace_batch,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |_: &mut Bound<S>, call| {
        is_room(out)?;
        let opened = reader.cast::<Opened<S::Reader>>().as_mut().ok_or_else(|| Error::missing("reader"))?;
        let SourceBatch { rows, position, source_bytes } = match opened.reader.read(call)? {
            Some(batch) => batch,
            None => return Ok(abi::HEADRACE_END_OF_STREAM),
        };
        let mut batch = rows::export(rows, &opened.schema, None, position)?;
        opened.ordinal += 1;
        batch.ordinal = opened.ordinal;
        batch.source_bytes = estimate(source_bytes);
        sized::write(out, batch);
        Ok(abi::HEADRACE_OK)
    })
}

unsafe extern "C" fn ack<S: Source>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    position: *const abi::headrace_split_position,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |source: &mut Bound<S>, call| {
        source.0.acknowledge(&split_position(position)?, call)?;
        Ok(abi::HEADRACE_OK)
    })
}

unsafe extern "C" fn close<S: Source>(_: *mut abi::headrace_instance, reader: *mut abi::headrace_reader) {
    if !reader.is_null() {
        barrier::silent(|| drop(Box::from_raw(reader.cast::<Opened<S::Reader>>())));
    }
}
