//! Why a call failed, for a program and for a person.

use std::fmt;
use std::io;
use std::time::Duration;

/// What a function of a plugin gives back.
pub type Result<T> = std::result::Result<T, Error>;

/// What the host concludes from a failure. The numbers are those of `headrace/status.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Status {
    /// The host asked for the end of the call.
    Cancelled = 2,
    /// The time that the host gave is up.
    DeadlineExceeded = 3,
    /// The dependency did not answer in its time. Repeated by the host.
    Timeout = 4,
    /// A network reset, a restarting server. Repeated by the host.
    Transient = 6,
    /// The dependency asks for a slower pace: see [`Error::retry_after`]. Repeated by the host.
    Throttled = 7,
    /// Used up until it is reset.
    QuotaExhausted = 8,
    Unauthenticated = 9,
    PermissionDenied = 10,
    /// What the user wrote does not fit. The message names the key or the column.
    InvalidConfig = 11,
    /// The data is wrong, and the plugin is healthy.
    BadRecord = 12,
    NotFound = 13,
    /// Data that was read has changed since.
    Conflict = 14,
    Unsupported = 15,
    /// The dependency withholds its answer. Never asked for elsewhere.
    ContentFiltered = 16,
    /// Something ended in the middle. Repeated by the host.
    Truncated = 17,
    /// The instance is of no more use: every later call to it fails with this error.
    Fatal = 18,
}

impl Status {
    const ALL: [Status; 16] = [
        Status::Cancelled,
        Status::DeadlineExceeded,
        Status::Timeout,
        Status::Transient,
        Status::Throttled,
        Status::QuotaExhausted,
        Status::Unauthenticated,
        Status::PermissionDenied,
        Status::InvalidConfig,
        Status::BadRecord,
        Status::NotFound,
        Status::Conflict,
        Status::Unsupported,
        Status::ContentFiltered,
        Status::Truncated,
        Status::Fatal,
    ];

    /// The status of a number; what no plugin may return is [`Status::Fatal`].
    pub(crate) fn of(number: i32) -> Status {
        Status::ALL.iter().copied().find(|status| *status as i32 == number).unwrap_or(Status::Fatal)
    }
}

/// A failure. It says what happened and to what, names no secret, and does not end in a full stop.
///
/// ```
/// # use headrace_plugin::{Error, Status};
/// # use std::time::Duration;
/// let error = Error::new(Status::Throttled, "the service asks for a pause")
///     .vendor_code(429)
///     .retry_after(Duration::from_secs(30));
/// assert_eq!(error.status(), Status::Throttled);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub(crate) status: Status,
    pub(crate) message: String,
    pub(crate) vendor_code: i64,
    pub(crate) vendor_state: String,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) details: Vec<(String, String)>,
}

impl Error {
    pub fn new(status: Status, message: impl Into<String>) -> Error {
        Error {
            status,
            message: message.into(),
            vendor_code: 0,
            vendor_state: String::new(),
            retry_after: None,
            details: Vec::new(),
        }
    }

    /// The dependency's own number, such as that of HTTP or `errno`.
    pub fn vendor_code(mut self, code: i64) -> Error {
        self.vendor_code = code;
        self
    }

    /// The dependency's own code as text, such as an SQLSTATE.
    pub fn vendor_state(mut self, state: impl Into<String>) -> Error {
        self.vendor_state = state.into();
        self
    }

    /// How long the dependency asks to wait.
    pub fn retry_after(mut self, wait: Duration) -> Error {
        self.retry_after = Some(wait);
        self
    }

    /// A fact beside the message: `host`, `db.example.org`.
    pub fn detail(mut self, key: impl Into<String>, value: impl Into<String>) -> Error {
        self.details.push((key.into(), value.into()));
        self
    }

    pub fn status(&self) -> Status {
        self.status
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the contract promises and the host did not keep.
    pub(crate) fn missing(what: &str) -> Error {
        Error::new(Status::Fatal, format!("the host gave no {}", what))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Lets `?` pass on a failure of the system. What may go better the next time is for the host to repeat.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        use io::ErrorKind::*;
        let status = match error.kind() {
            TimedOut | WouldBlock => Status::Timeout,
            ConnectionReset | ConnectionAborted | ConnectionRefused | BrokenPipe | NotConnected
            | Interrupted => Status::Transient,
            UnexpectedEof => Status::Truncated,
            NotFound => Status::NotFound,
            PermissionDenied => Status::PermissionDenied,
            InvalidData => Status::BadRecord,
            _ => Status::Fatal,
        };
        let code = error.raw_os_error().unwrap_or(0);
        Error::new(status, error.to_string()).vendor_code(code.into())
    }
}
