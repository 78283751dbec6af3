//! What the boundary promises, seen from the host: no panic comes through, a call that is over ends, the
//! services of the host end with the instance.

use headrace_plugin::abi::*;
use headrace_plugin::{testing, *};
use std::os::raw::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, mem, process, ptr, slice, str, thread};

/// Does what its configuration says.
struct Probe {
    host: Host,
    act: String,
    seen: Vec<u8>,
}

static LEFT: Mutex<Option<Host>> = Mutex::new(None);
static WAITS: AtomicBool = AtomicBool::new(false);

fn left() -> MutexGuard<'static, Option<Host>> {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Plugin for Probe {
    const CONFIG_SCHEMA: &'static str = r#"{"type": "object"}"#;
    const RETRIES: bool = true;

    fn create(config: &Config, host: &Host) -> Result<Self> {
        let act: String = config.require("act")?;
        assert_ne!(act, "panic at create");
        Ok(Probe { host: host.clone(), act, seen: Vec::new() })
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        assert_ne!(self.act, "panic at drop");
    }
}

impl Detector for Probe {
    const HAS_STATE: bool = true;

    fn bind(&mut self, _: &str, _: &Schema, call: &Call<'_>) -> Result<()> {
        match self.act.as_str() {
            "panic" => panic!("the probe number {} fell off.", 7),
            "panic with a number" => std::panic::panic_any(7),
            "learn" => Ok(()),
            "wait" => {
                WAITS.store(true, Ordering::SeqCst);
                loop {
                    call.check()?;
                    thread::yield_now();
                }
            }
            "serve" => {
                self.host.log(Level::Warning, "hello", &[("key", "value")]);
                self.host.count("read_bytes", 3);
                self.host.store("place", self.host.secret("env:WHO")?.as_bytes())?;
                assert_eq!(self.host.load("place")?, Some(b"weir".to_vec()));
                assert_eq!(self.host.load("nothing")?, None);
                assert_eq!(self.host.secret("env:OTHER").unwrap_err().status(), Status::PermissionDenied);
                *left() = Some(self.host.clone());
                Ok(())
            }
            _ => Err(Error::new(Status::Throttled, "slowly")
                .vendor_code(429)
                .vendor_state("E1")
                .detail("a", "b")),
        }
    }

    fn inspect(&mut self, batch: &Batch<'_>, _: &Call<'_>) -> Result<Vec<Finding>> {
        self.seen.push(batch.len() as u8);
        Ok(Vec::new())
    }

    fn save(&mut self, _: &Call<'_>) -> Result<Vec<u8>> {
        Ok(self.seen.clone())
    }

    fn restore(&mut self, state: &[u8], _: &Call<'_>) -> Result<()> {
        self.seen = state.to_vec();
        Ok(())
    }
}

export! { name: "probe", version: "1.0.0", detector: Probe }

unsafe fn text(text: headrace_string) -> &'static str {
    str::from_utf8(slice::from_raw_parts(text.data.cast(), text.length as usize)).unwrap()
}

fn lend(text: &str) -> headrace_string {
    headrace_string { data: text.as_ptr().cast(), length: text.len() as u64 }
}

unsafe fn sized<T>() -> T {
    let mut value = mem::MaybeUninit::<T>::zeroed();
    value.as_mut_ptr().cast::<u32>().write(mem::size_of::<T>() as u32);
    value.assume_init()
}

unsafe fn table() -> &'static headrace_detector {
    let entry = &*headrace_plugin_entry();
    &*entry.get_extension.unwrap()(lend(HEADRACE_DETECTOR)).cast()
}

unsafe fn failed(status: i32, mut error: headrace_error) -> (i32, String) {
    assert_eq!(status, error.status);
    let message = text(error.message).to_string();
    error.release.unwrap()(&mut error);
    assert!(error.release.is_none());
    (status, message)
}

unsafe fn create(
    act: &str,
    host: &headrace_host,
) -> std::result::Result<*mut headrace_instance, (i32, String)> {
    let config = format!(r#"{{"act": "{}"}}"#, act);
    let (mut instance, mut error) = (ptr::null_mut(), sized());
    let create = (*table().factory).create.unwrap();
    match create(ptr::null(), host, lend(&config), &mut instance, &mut error) {
        HEADRACE_OK => Ok(instance),
        status => Err(failed(status, error)),
    }
}

unsafe fn bind(instance: *mut headrace_instance) -> (i32, String) {
    let mut call: headrace_call = sized();
    call.deadline_ns = HEADRACE_NO_DEADLINE;
    unsafe extern "C" fn release(schema: *mut ArrowSchema) {
        (*schema).release = None;
    }
    let mut schema: ArrowSchema = mem::zeroed();
    schema.format = b"+s\0".as_ptr().cast();
    schema.release = Some(release);
    let mut error = sized();
    match table().bind.unwrap()(instance, &call, lend("s"), &schema, &mut error) {
        HEADRACE_OK => (HEADRACE_OK, String::new()),
        status => failed(status, error),
    }
}

unsafe fn destroy(instance: *mut headrace_instance) {
    (*table().factory).destroy.unwrap()(instance)
}

#[test]
fn a_panic_is_fatal_and_poisons_the_instance() {
    unsafe {
        let host = sized();
        let instance = create("panic", &host).unwrap();
        let (status, message) = bind(instance);
        assert_eq!(status, Status::Fatal as i32);
        assert!(message.starts_with("the plugin panicked: the probe number 7 fell off. ("), "{}", message);
        assert_eq!(bind(instance), (status, message));
        destroy(instance);
        let instance = create("panic with a number", &host).unwrap();
        assert_eq!(bind(instance).0, Status::Fatal as i32);
        destroy(instance);
        assert_eq!(create("panic at create", &host).unwrap_err().0, Status::Fatal as i32);
        destroy(create("panic at drop", &host).unwrap());
    }
}

#[test]
fn a_panic_is_not_told_on_standard_error() {
    let arguments = ["--exact", "a_panic_is_fatal_and_poisons_the_instance", "--nocapture"];
    let output = process::Command::new(env::current_exe().unwrap()).args(arguments).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn other_failures_leave_the_instance_in_use() {
    unsafe {
        let host = sized();
        let instance = create("fail", &host).unwrap();
        assert_eq!(bind(instance), (Status::Throttled as i32, "slowly".to_string()));
        assert_eq!(bind(instance), (Status::Throttled as i32, "slowly".to_string()));
        destroy(instance);
        assert_eq!((*table().factory).flags, HEADRACE_INSTANCE_RETRIES);
    }
}

#[test]
fn cancel_ends_the_call_under_way_and_no_other() {
    unsafe {
        let host = sized();
        let instance = create("wait", &host).unwrap();
        let address = instance as usize;
        let cancel = (*table().factory).cancel.unwrap();
        cancel(instance);
        let caller = thread::spawn(move || bind(address as *mut headrace_instance).0);
        while !WAITS.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        assert!(!caller.is_finished());
        cancel(instance);
        assert_eq!(caller.join().unwrap(), Status::Cancelled as i32);
        destroy(instance);
    }
}

static STORED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

unsafe extern "C" fn write_line(
    _: *const headrace_host,
    level: i32,
    message: headrace_string,
    fields: *const headrace_key_value,
    n_fields: u64,
) {
    assert_eq!(n_fields, 1);
    let fields = &*fields;
    LINES.lock().unwrap().push(format!(
        "{} {} {}={}",
        level,
        text(message),
        text(fields.key),
        text(fields.value)
    ));
}

unsafe extern "C" fn read_secret(
    _: *const headrace_host,
    name: headrace_string,
    out: *mut headrace_buffer,
    error: *mut headrace_error,
) -> i32 {
    if text(name) != "env:WHO" {
        (*error).message = lend("not declared");
        return Status::PermissionDenied as i32;
    }
    (*out).bytes = headrace_bytes { data: b"weir".as_ptr(), length: 4 };
    HEADRACE_OK
}

unsafe extern "C" fn read_state(
    _: *const headrace_host,
    name: headrace_string,
    out: *mut headrace_buffer,
    _: *mut headrace_error,
) -> i32 {
    if text(name) != "place" {
        return Status::NotFound as i32;
    }
    unsafe extern "C" fn release(buffer: *mut headrace_buffer) {
        drop(Box::from_raw((*buffer).private_data.cast::<Vec<u8>>()));
    }
    let value = Box::new(STORED.lock().unwrap().clone());
    (*out).bytes = headrace_bytes { data: value.as_ptr(), length: value.len() as u64 };
    (*out).private_data = Box::into_raw(value).cast();
    (*out).release = Some(release);
    HEADRACE_OK
}

unsafe extern "C" fn write_state(
    _: *const headrace_host,
    _: headrace_string,
    value: headrace_bytes,
    _: *mut headrace_error,
) -> i32 {
    *STORED.lock().unwrap() = slice::from_raw_parts(value.data, value.length as usize).to_vec();
    HEADRACE_OK
}

static LOG: headrace_host_log = headrace_host_log {
    struct_size: mem::size_of::<headrace_host_log>() as u32,
    reserved: 0,
    is_enabled: None,
    write: Some(write_line),
};
static SECRETS: headrace_host_secrets = headrace_host_secrets {
    struct_size: mem::size_of::<headrace_host_secrets>() as u32,
    reserved: 0,
    read: Some(read_secret),
};
static STATE: headrace_host_state = headrace_host_state {
    struct_size: mem::size_of::<headrace_host_state>() as u32,
    reserved: 0,
    read: Some(read_state),
    write: Some(write_state),
};

unsafe extern "C" fn find(_: *const headrace_host, id: headrace_string) -> *const c_void {
    match text(id) {
        HEADRACE_HOST_LOG => &LOG as *const headrace_host_log as *const c_void,
        HEADRACE_HOST_SECRETS => &SECRETS as *const headrace_host_secrets as *const c_void,
        HEADRACE_HOST_STATE => &STATE as *const headrace_host_state as *const c_void,
        _ => ptr::null(),
    }
}

#[test]
fn services_end_with_the_instance() {
    unsafe {
        let mut host: Box<headrace_host> = Box::new(sized());
        host.get_extension = Some(find);
        let instance = create("serve", &host).unwrap();
        assert_eq!(bind(instance), (HEADRACE_OK, String::new()));
        assert_eq!(*LINES.lock().unwrap(), ["2 hello key=value"]);
        destroy(instance);
        drop(host);
        let kept = left().take().unwrap();
        kept.log(Level::Error, "nobody hears this", &[]);
        assert_eq!(kept.secret("env:WHO").unwrap_err().status(), Status::Unsupported);
        assert_eq!(LINES.lock().unwrap().len(), 1);
    }
}

#[test]
fn state_comes_back() {
    let bind = || {
        let schema = Schema::new([Field::required("n", DataType::Int32)]);
        testing::Detector::bind(headrace_plugin_entry, r#"{"act": "learn"}"#, schema).unwrap()
    };
    let mut detector = bind();
    assert!(detector.inspect([Array::from(vec![1, 2, 3])]).unwrap().is_empty());
    let state = detector.save().unwrap();
    assert_eq!(state, [3]);
    let mut another = bind();
    another.restore(&state).unwrap();
    another.inspect([Array::from(vec![1])]).unwrap();
    assert_eq!(another.save().unwrap(), [3, 1]);
    assert!(another.finish(4).unwrap().is_empty());
}
