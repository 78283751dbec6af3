//! Requests over HTTP, which the host sends.

use crate::boundary::text::{bytes_of, lend, lend_bytes, slice_of, start};
use crate::boundary::{failure, sized};
use crate::{abi, Error, Result, Status};
use std::time::Duration;

/// A request, which [`Host::send`](crate::Host::send) sends.
///
/// ```
/// # use headrace_plugin::HttpRequest;
/// let request = HttpRequest::new("POST", "https://api.example.com/rows")
///     .header("content-type", "application/json")
///     .body(r#"{"from": 7}"#);
/// # assert_eq!(request.method, "POST");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: String,
    /// http or https, without a user: credentials stand in a header.
    pub url: String,
    /// Sent as they are. `Host` and those of the connection and of the length are the host's own.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Of the answer's body; 64 MiB unless stated, and at most.
    pub most_response_bytes: Option<u64>,
    /// For this request alone; what the call has left unless stated, and at most.
    pub timeout: Option<Duration>,
}

impl HttpRequest {
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> HttpRequest {
        let (method, url) = (method.into(), url.into());
        let (headers, body) = (Vec::new(), Vec::new());
        HttpRequest { method, url, headers, body, most_response_bytes: None, timeout: None }
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> HttpRequest {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> HttpRequest {
        self.body = body.into();
        self
    }
}

/// An answer, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    pub status_code: i32,
    /// What a call comes to whose answer this is; `None` for 2xx and 304. An API may mean something else.
    pub failure: Option<Status>,
    /// What the server asks to wait.
    pub retry_after: Option<Duration>,
    /// In their order, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it came: no encoding is undone.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The last header of a name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is an answer to work with. `server` names who answered, for a person.
    ///
    /// # Errors
    /// What the answer comes to, with its number and the pause that it asks for.
    pub fn check(&self, server: &str) -> Result<()> {
        let status = match self.failure {
            None => return Ok(()),
            Some(status) => status,
        };
        let mut error = Error::new(status, format!("{} answered {}", server, self.status_code))
            .vendor_code(self.status_code.into());
        error.retry_after = self.retry_after;
        Err(error)
    }
}

/// Sends a request by the service of a host, and takes the answer over.
///
/// # Safety
/// `host` and its table are valid, and the call is the one under way.
pub(crate) unsafe fn send(
    host: *const abi::headrace_host,
    table: &abi::headrace_host_http,
    call: *const abi::headrace_call,
    request: &HttpRequest,
) -> Result<HttpResponse> {
    let send =
        table.send.ok_or_else(|| Error::new(Status::Unsupported, "this host sends no requests over HTTP"))?;
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| abi::headrace_key_value { key: lend(name), value: lend(value) })
        .collect();
    let mut asked: abi::headrace_http_request = sized::empty();
    asked.method = lend(&request.method);
    asked.url = lend(&request.url);
    asked.headers = start(&headers);
    asked.n_headers = headers.len() as u64;
    asked.body = lend_bytes(&request.body);
    asked.max_response_bytes = request.most_response_bytes.unwrap_or(0);
    // Zero would be no limit at all.
    asked.timeout_ns =
        request.timeout.map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX).max(1));
    let (mut answer, mut error) = (sized::empty(), failure::empty());
    let status = send(host, call, &asked, &mut answer, &mut error);
    failure::taken(status, error)?;
    let copy = taken(&answer);
    if let Some(release) = answer.release {
        release(&mut answer);
    }
    Ok(copy)
}

unsafe fn taken(answer: &abi::headrace_http_response) -> HttpResponse {
    // A server may write what it likes into a header: that is no reason to have no answer.
    let text = |text: abi::headrace_string| {
        let bytes = bytes_of(abi::headrace_bytes { data: text.data.cast(), length: text.length });
        String::from_utf8_lossy(bytes).into_owned()
    };
    let headers = slice_of(answer.headers, answer.n_headers).iter();
    HttpResponse {
        status_code: answer.status_code,
        failure: if answer.outcome == abi::HEADRACE_OK { None } else { Some(Status::of(answer.outcome)) },
        retry_after: u64::try_from(answer.retry_after_ns).ok().map(Duration::from_nanos),
        headers: headers.map(|pair| (text(pair.key), text(pair.value))).collect(),
        body: bytes_of(answer.body).to_vec(),
    }
}
