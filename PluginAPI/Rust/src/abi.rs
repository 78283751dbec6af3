//! The C interface as it is: every structure of the headers under its own name, written by hand.
//!
//! A plugin does not need this module. The headers in `PluginAPI/C/include` are the contract, and hold the
//! words that this file leaves out: owners, threads, statuses. `tests/layout.rs` compares each size and
//! offset with what a C compiler makes of them. Functions that may be missing are `Option`: NULL is `None`.
#![allow(non_camel_case_types)]

use std::os::raw::{c_char, c_void};

pub const HEADRACE_ABI_VERSION: u32 = 1;
pub const HEADRACE_NO_DEADLINE: i64 = i64::MAX;
pub const HEADRACE_NO_RETRY_AFTER: i64 = -1;

pub const HEADRACE_SOURCE: &str = "headrace.source/1";
pub const HEADRACE_TRANSFORM: &str = "headrace.transform/1";
pub const HEADRACE_DETECTOR: &str = "headrace.detector/1";
pub const HEADRACE_LLM: &str = "headrace.llm/1";

pub const HEADRACE_HOST_LOG: &str = "headrace.log/1";
pub const HEADRACE_HOST_METRICS: &str = "headrace.metrics/1";
pub const HEADRACE_HOST_SECRETS: &str = "headrace.secrets/1";
pub const HEADRACE_HOST_STATE: &str = "headrace.state/1";
pub const HEADRACE_HOST_ALLOCATOR: &str = "headrace.allocator/1";
pub const HEADRACE_HOST_HTTP: &str = "headrace.http/1";

pub const HEADRACE_INSTANCE_THREAD_BOUND: u32 = 1;
pub const HEADRACE_INSTANCE_RETRIES: u32 = 2;
pub const HEADRACE_BATCH_RECORD_CUT: u32 = 1;
pub const HEADRACE_STREAM_FILES: u32 = 1;
pub const HEADRACE_STREAM_ORDERED: u32 = 2;
pub const HEADRACE_STREAM_UNSTABLE: u32 = 4;
pub const HEADRACE_TRANSFORM_PASS_THROUGH_ALLOWED: u32 = 1;
pub const HEADRACE_FINISH_STOP: u32 = 0;
pub const HEADRACE_FINISH_LENGTH: u32 = 1;

pub const ARROW_FLAG_DICTIONARY_ORDERED: i64 = 1;
pub const ARROW_FLAG_NULLABLE: i64 = 2;
pub const ARROW_FLAG_MAP_KEYS_SORTED: i64 = 4;

/// How a call ended. `Status` has the failures; these two are none.
pub type headrace_status = i32;
pub const HEADRACE_OK: headrace_status = 0;
pub const HEADRACE_END_OF_STREAM: headrace_status = 1;

// abi.h

#[repr(C)]
#[derive(Clone, Copy)]
pub struct headrace_string {
    pub data: *const c_char,
    pub length: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct headrace_bytes {
    pub data: *const u8,
    pub length: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct headrace_key_value {
    pub key: headrace_string,
    pub value: headrace_string,
}

#[repr(C)]
pub struct headrace_buffer {
    pub struct_size: u32,
    pub reserved: u32,
    pub bytes: headrace_bytes,
    pub private_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut headrace_buffer)>,
}

// arrow_c_data.h

#[repr(C)]
pub struct ArrowSchema {
    pub format: *const c_char,
    pub name: *const c_char,
    pub metadata: *const c_char,
    pub flags: i64,
    pub n_children: i64,
    pub children: *mut *mut ArrowSchema,
    pub dictionary: *mut ArrowSchema,
    pub release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    pub private_data: *mut c_void,
}

#[repr(C)]
pub struct ArrowArray {
    pub length: i64,
    pub null_count: i64,
    pub offset: i64,
    pub n_buffers: i64,
    pub n_children: i64,
    pub buffers: *mut *const c_void,
    pub children: *mut *mut ArrowArray,
    pub dictionary: *mut ArrowArray,
    pub release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    pub private_data: *mut c_void,
}

// status.h

#[repr(C)]
pub struct headrace_error {
    pub struct_size: u32,
    pub status: headrace_status,
    pub vendor_code: i64,
    pub retry_after_ns: i64,
    pub message: headrace_string,
    pub vendor_state: headrace_string,
    pub details: *const headrace_key_value,
    pub n_details: u64,
    pub private_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut headrace_error)>,
}

// call.h

#[repr(C)]
pub struct headrace_call {
    pub struct_size: u32,
    pub attempt: u32,
    pub deadline_ns: i64,
    pub ctx: *mut c_void,
    pub now: Option<unsafe extern "C" fn(*const headrace_call) -> i64>,
    pub is_cancelled: Option<unsafe extern "C" fn(*const headrace_call) -> i32>,
    pub idempotency_key: headrace_string,
}

// data.h

#[repr(C)]
pub struct headrace_reject {
    pub struct_size: u32,
    pub status: headrace_status,
    pub row: i64,
    pub place: headrace_string,
    pub reason: headrace_string,
    pub record: headrace_bytes,
}

#[repr(C)]
pub struct headrace_batch {
    pub struct_size: u32,
    pub flags: u32,
    pub array: ArrowArray,
    pub rejects: *const *const headrace_reject,
    pub n_rejects: u64,
    pub ordinal: u64,
    pub position: headrace_bytes,
    pub source_bytes: i64,
    pub private_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut headrace_batch)>,
}

// host.h

#[repr(C)]
pub struct headrace_host {
    pub struct_size: u32,
    pub abi_version: u32,
    pub ctx: *mut c_void,
    pub get_extension: Option<unsafe extern "C" fn(*const headrace_host, headrace_string) -> *const c_void>,
}

#[repr(C)]
pub struct headrace_host_log {
    pub struct_size: u32,
    pub reserved: u32,
    pub is_enabled: Option<unsafe extern "C" fn(*const headrace_host, i32) -> i32>,
    pub write: Option<
        unsafe extern "C" fn(*const headrace_host, i32, headrace_string, *const headrace_key_value, u64),
    >,
}

#[repr(C)]
pub struct headrace_host_metrics {
    pub struct_size: u32,
    pub reserved: u32,
    pub add: Option<unsafe extern "C" fn(*const headrace_host, headrace_string, i64)>,
    pub set: Option<unsafe extern "C" fn(*const headrace_host, headrace_string, f64)>,
}

/// Reads what the host keeps under a name: secrets and state have the same shape.
pub type headrace_host_read = unsafe extern "C" fn(
    *const headrace_host,
    headrace_string,
    *mut headrace_buffer,
    *mut headrace_error,
) -> headrace_status;

#[repr(C)]
pub struct headrace_host_secrets {
    pub struct_size: u32,
    pub reserved: u32,
    pub read: Option<headrace_host_read>,
}

#[repr(C)]
pub struct headrace_host_state {
    pub struct_size: u32,
    pub reserved: u32,
    pub read: Option<headrace_host_read>,
    pub write: Option<
        unsafe extern "C" fn(
            *const headrace_host,
            headrace_string,
            headrace_bytes,
            *mut headrace_error,
        ) -> headrace_status,
    >,
}

#[repr(C)]
pub struct headrace_host_allocator {
    pub struct_size: u32,
    pub reserved: u32,
    pub allocate: Option<unsafe extern "C" fn(*const headrace_host, u64) -> *mut c_void>,
    pub free: Option<unsafe extern "C" fn(*const headrace_host, *mut c_void)>,
}

// ext/http.h

#[repr(C)]
pub struct headrace_http_request {
    pub struct_size: u32,
    pub reserved: u32,
    pub method: headrace_string,
    pub url: headrace_string,
    pub headers: *const headrace_key_value,
    pub n_headers: u64,
    pub body: headrace_bytes,
    pub max_response_bytes: u64,
    pub timeout_ns: i64,
}

#[repr(C)]
pub struct headrace_http_response {
    pub struct_size: u32,
    pub status_code: i32,
    pub outcome: headrace_status,
    pub reserved: u32,
    pub retry_after_ns: i64,
    pub headers: *const headrace_key_value,
    pub n_headers: u64,
    pub body: headrace_bytes,
    pub private_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut headrace_http_response)>,
}

#[repr(C)]
pub struct headrace_host_http {
    pub struct_size: u32,
    pub reserved: u32,
    pub send: Option<
        unsafe extern "C" fn(
            *const headrace_host,
            *const headrace_call,
            *const headrace_http_request,
            *mut headrace_http_response,
            *mut headrace_error,
        ) -> headrace_status,
    >,
}

// plugin.h

/// Only the plugin knows what is in it.
#[repr(C)]
pub struct headrace_instance {
    _private: [u8; 0],
}

#[repr(C)]
pub struct headrace_factory {
    pub struct_size: u32,
    pub flags: u32,
    pub config_schema: headrace_string,
    pub create: Option<
        unsafe extern "C" fn(
            *const headrace_call,
            *const headrace_host,
            headrace_string,
            *mut *mut headrace_instance,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub destroy: Option<unsafe extern "C" fn(*mut headrace_instance)>,
    pub cancel: Option<unsafe extern "C" fn(*mut headrace_instance)>,
}

#[repr(C)]
pub struct headrace_entry {
    pub struct_size: u32,
    pub reserved: u32,
    pub name: headrace_string,
    pub version: headrace_string,
    pub negotiate: Option<unsafe extern "C" fn(u32, u32, *mut u32, *mut headrace_error) -> headrace_status>,
    pub init: Option<unsafe extern "C" fn(*mut headrace_error) -> headrace_status>,
    pub deinit: Option<unsafe extern "C" fn()>,
    pub get_extension: Option<unsafe extern "C" fn(headrace_string) -> *const c_void>,
}

// Safe: the tables of a plugin are constants that nobody writes to.
unsafe impl Sync for headrace_entry {}

// ext/source.h

#[repr(C)]
pub struct headrace_stream {
    pub struct_size: u32,
    pub flags: u32,
    pub name: headrace_string,
    pub schema: ArrowSchema,
    pub key: *const headrace_string,
    pub n_key: u64,
    pub cursors: *const headrace_string,
    pub n_cursors: u64,
    pub estimated_rows: i64,
    pub estimated_bytes: i64,
    pub notes: *const headrace_string,
    pub n_notes: u64,
}

#[repr(C)]
pub struct headrace_stream_list {
    pub struct_size: u32,
    pub reserved: u32,
    pub items: *const *mut headrace_stream,
    pub n_items: u64,
    pub private_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut headrace_stream_list)>,
}

#[repr(C)]
pub struct headrace_split_position {
    pub struct_size: u32,
    pub is_complete: u32,
    pub split: headrace_string,
    pub identity: headrace_string,
    pub position: headrace_bytes,
    pub ordinal: u64,
}

#[repr(C)]
pub struct headrace_split_request {
    pub struct_size: u32,
    pub read: u32,
    pub stream: headrace_string,
    pub known: *const *const headrace_split_position,
    pub n_known: u64,
    pub split_bytes: u64,
    pub cursor: headrace_string,
}

#[repr(C)]
pub struct headrace_split {
    pub struct_size: u32,
    pub reserved: u32,
    pub id: headrace_string,
    pub identity: headrace_string,
    pub token: headrace_bytes,
    pub estimated_rows: i64,
    pub estimated_bytes: i64,
}

#[repr(C)]
pub struct headrace_split_list {
    pub struct_size: u32,
    pub reserved: u32,
    pub items: *const *mut headrace_split,
    pub n_items: u64,
    pub private_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut headrace_split_list)>,
}

#[repr(C)]
pub struct headrace_open_request {
    pub struct_size: u32,
    pub read: u32,
    pub stream: headrace_string,
    pub split: headrace_string,
    pub identity: headrace_string,
    pub token: headrace_bytes,
    pub position: headrace_bytes,
    pub ordinal: u64,
    pub batch_bytes: u64,
    pub batch_rows: u64,
}

/// Only the plugin knows what is in it.
#[repr(C)]
pub struct headrace_reader {
    _private: [u8; 0],
}

#[repr(C)]
pub struct headrace_source {
    pub struct_size: u32,
    pub flags: u32,
    pub factory: *const headrace_factory,
    pub discover: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            *const headrace_string,
            u64,
            *mut headrace_stream_list,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub splits: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            *const headrace_split_request,
            *mut headrace_split_list,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub open: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            *const headrace_open_request,
            *mut ArrowSchema,
            *mut *mut headrace_reader,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub read: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            *mut headrace_reader,
            *mut headrace_batch,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub ack: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            *const headrace_split_position,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub close: Option<unsafe extern "C" fn(*mut headrace_instance, *mut headrace_reader)>,
}

// ext/transform.h

#[repr(C)]
pub struct headrace_transform {
    pub struct_size: u32,
    pub flags: u32,
    pub factory: *const headrace_factory,
    pub bind: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            headrace_string,
            *const ArrowSchema,
            *mut ArrowSchema,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub apply: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            *mut ArrowArray,
            *mut headrace_batch,
            *mut headrace_error,
        ) -> headrace_status,
    >,
}

// ext/detector.h

#[repr(C)]
pub struct headrace_finding {
    pub struct_size: u32,
    pub severity: i32,
    pub rule: headrace_string,
    pub column: headrace_string,
    pub message: headrace_string,
    pub row: i64,
    pub score: f64,
    pub observed: f64,
    pub expected: f64,
}

#[repr(C)]
pub struct headrace_finding_list {
    pub struct_size: u32,
    pub reserved: u32,
    pub items: *const *const headrace_finding,
    pub n_items: u64,
    pub private_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut headrace_finding_list)>,
}

#[repr(C)]
pub struct headrace_run_summary {
    pub struct_size: u32,
    pub reserved: u32,
    pub rows: u64,
    pub wall_time_us: i64,
}

#[repr(C)]
pub struct headrace_detector {
    pub struct_size: u32,
    pub flags: u32,
    pub factory: *const headrace_factory,
    pub bind: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            headrace_string,
            *const ArrowSchema,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub inspect: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            *const ArrowArray,
            *mut headrace_finding_list,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub finish: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            *const headrace_run_summary,
            *mut headrace_finding_list,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub save: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            *mut headrace_buffer,
            *mut headrace_error,
        ) -> headrace_status,
    >,
    pub restore: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            headrace_bytes,
            *mut headrace_error,
        ) -> headrace_status,
    >,
}

// ext/draft/llm.h

#[repr(C)]
pub struct headrace_prompt {
    pub struct_size: u32,
    pub max_output_tokens: u32,
    pub system: headrace_string,
    pub prompt: headrace_string,
    pub temperature: f64,
}

#[repr(C)]
pub struct headrace_completion {
    pub struct_size: u32,
    pub finish: u32,
    pub text: headrace_string,
    pub model: headrace_string,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub private_data: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut headrace_completion)>,
}

#[repr(C)]
pub struct headrace_llm {
    pub struct_size: u32,
    pub flags: u32,
    pub factory: *const headrace_factory,
    pub complete: Option<
        unsafe extern "C" fn(
            *mut headrace_instance,
            *const headrace_call,
            *const headrace_prompt,
            *mut headrace_completion,
            *mut headrace_error,
        ) -> headrace_status,
    >,
}
