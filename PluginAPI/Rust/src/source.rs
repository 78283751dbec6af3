//! Kind `source`: reads streams of rows, in splits, each from a position.

use crate::arrow::{Rows, Schema};
use crate::{Call, Error, Plugin, Result, Status};
use std::any::Any;
use std::str::FromStr;

/// Reads streams of rows.
///
/// Exactly once is the host's work; a source owes it three things. A split with the same id over the same
/// data yields, from the same position, the same rows in the same batches. A position stands for everything
/// before it. A call that fails has consumed nothing: the host opens again at the last position and goes on.
pub trait Source: Plugin {
    type Reader: Reader;

    /// Whether [`acknowledge`](Source::acknowledge) is called.
    const WANTS_ACKNOWLEDGEMENTS: bool = false;

    /// The streams that there are, in a stable order. Which of them the host asked for is not the plugin's to
    /// find out, unless looking is costly: [`discover`](Source::discover).
    fn streams(&mut self, call: &Call<'_>) -> Result<Vec<Stream>>;

    /// The streams whose names match one of the patterns (`*` matches within a name; none: all).
    ///
    /// # Errors
    /// `NotFound` if a pattern without `*` matches nothing.
    fn discover(&mut self, patterns: &[&str], call: &Call<'_>) -> Result<Vec<Stream>> {
        select(self.streams(call)?, patterns)
    }

    /// What a stream consists of. For a split begun before the same boundaries again; what was read to its
    /// end is left out for you, and so is only of interest where looking for it is costly.
    ///
    /// # Errors
    /// `Conflict`, with the place, if data that was read has changed since.
    fn splits(&mut self, request: &SplitRequest<'_>, call: &Call<'_>) -> Result<Splits>;

    /// Begins to read a split, with the schema as it now is. At most one reader is open in an instance.
    fn open(&mut self, request: &OpenRequest<'_>, call: &Call<'_>) -> Result<(Schema, Self::Reader)>;

    /// Everything up to this position is durable at the destination. May come again, and late, and to an
    /// instance that has opened nothing. It names no stream: splits of two streams that have the same id are
    /// told one like the other.
    fn acknowledge(&mut self, _position: &SplitPosition<'_>, _call: &Call<'_>) -> Result<()> {
        Ok(())
    }
}

/// A split being read. It is dropped when the reading ends, complete or not.
pub trait Reader: Send + 'static {
    /// The next batch, `None` at the end. After a failure the reader is only dropped.
    fn read(&mut self, call: &Call<'_>) -> Result<Option<SourceBatch>>;
}

/// How a stream is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// All of it, every run.
    Full,
    /// What has a greater cursor than at the last run.
    Incremental,
    /// Every file once.
    NewFiles,
}

/// What a source can read as one sequence of rows with one schema.
#[derive(Clone, Debug)]
pub struct Stream {
    /// `public.orders`; unique in the source.
    pub name: String,
    pub schema: Schema,
    /// Columns that identify a row, in order.
    pub key: Vec<String>,
    /// Columns that can serve an incremental read.
    pub cursors: Vec<String>,
    /// Made of files: read once and appended unless the user says otherwise.
    pub is_files: bool,
    /// Splits have a meaningful order, which is that of the list.
    pub is_ordered: bool,
    /// Read from zero after an interruption: it has no key to resume by.
    pub is_unstable: bool,
    pub estimated_rows: Option<u64>,
    pub estimated_bytes: Option<u64>,
    /// What the user should know before a run.
    pub notes: Vec<String>,
}

impl Stream {
    /// A stream of which no more is known.
    pub fn new(name: impl Into<String>, schema: Schema) -> Stream {
        Stream {
            name: name.into(),
            schema,
            key: Vec::new(),
            cursors: Vec::new(),
            is_files: false,
            is_ordered: false,
            is_unstable: false,
            estimated_rows: None,
            estimated_bytes: None,
            notes: Vec::new(),
        }
    }

    /// The columns that identify a row.
    pub fn key(mut self, columns: &[&str]) -> Stream {
        self.key = columns.iter().map(|column| column.to_string()).collect();
        self
    }

    pub fn estimated_rows(mut self, rows: u64) -> Stream {
        self.estimated_rows = Some(rows);
        self
    }
}

/// Those of the streams that the host asks for.
fn select(streams: Vec<Stream>, patterns: &[&str]) -> Result<Vec<Stream>> {
    for pattern in patterns.iter().filter(|pattern| !pattern.contains('*')) {
        if !streams.iter().any(|stream| stream.name == *pattern) {
            let names: Vec<_> = streams.iter().take(20).map(|stream| format!("'{}'", stream.name)).collect();
            let message = format!("there is no stream '{}'; there is {}", pattern, names.join(", "));
            return Err(Error::new(Status::NotFound, message));
        }
    }
    let is_wanted = |stream: &Stream| {
        patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, &stream.name))
    };
    Ok(streams.into_iter().filter(is_wanted).collect())
}

/// Whether a pattern, in which each `*` stands for any text, matches the whole of a name.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let last = match parts.next_back() {
        Some(last) => last,
        None => return pattern == name,
    };
    let middle = name.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
    middle.map_or(false, |mut rest| {
        // The leftmost place of each part leaves the most for those that follow.
        parts.all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    })
}

/// What is known of a split.
#[derive(Clone, Copy, Debug)]
pub struct SplitPosition<'a> {
    pub split: &'a str,
    pub identity: &'a str,
    pub position: &'a [u8],
    pub ordinal: u64,
    /// It was read to its end.
    pub is_complete: bool,
}

/// Which splits the host asks for.
#[derive(Debug)]
pub struct SplitRequest<'a> {
    pub stream: &'a str,
    pub read: Read,
    /// The column of an incremental read.
    pub cursor: &'a str,
    /// Of the same run, if it was interrupted; of all runs for [`Read::NewFiles`].
    pub known: Vec<SplitPosition<'a>>,
    /// The size of a split that the host would like.
    pub split_bytes: u64,
}

impl SplitRequest<'_> {
    /// Whether a split was read to its end, and is not to be returned again.
    pub fn is_complete(&self, split: &str) -> bool {
        self.known.iter().any(|known| known.is_complete && known.split == split)
    }
}

/// A piece of a stream that is read by itself.
#[derive(Clone, Debug)]
pub struct Split {
    /// The same in every run for the same piece of the data; at most 512 bytes.
    pub id: String,
    /// Of the data behind it, such as a file's hash or a database's system id; at most 128 bytes.
    pub identity: String,
    /// Handed to `open`.
    pub token: Vec<u8>,
    pub estimated_rows: Option<u64>,
    pub estimated_bytes: Option<u64>,
}

impl Split {
    pub fn new(id: impl Into<String>, identity: impl Into<String>) -> Split {
        let (id, identity) = (id.into(), identity.into());
        Split { id, identity, token: Vec::new(), estimated_rows: None, estimated_bytes: None }
    }
}

/// Splits, and what they have in common.
pub struct Splits {
    pub splits: Vec<Split>,
    /// Dropped when the host has closed the last reader of the splits: a snapshot, for example.
    pub shared: Option<Box<dyn Any + Send>>,
}

impl From<Vec<Split>> for Splits {
    fn from(splits: Vec<Split>) -> Splits {
        Splits { splits, shared: None }
    }
}

/// Which split is to be read, and from where.
#[derive(Debug)]
pub struct OpenRequest<'a> {
    pub stream: &'a str,
    pub read: Read,
    pub split: &'a str,
    pub identity: &'a str,
    pub token: &'a [u8],
    /// Empty: from the start.
    pub position: &'a [u8],
    /// The size of a batch that the host would like, about 1 MiB.
    pub batch_bytes: u64,
    /// The most rows that it wants in one; never 0.
    pub batch_rows: u64,
}

impl OpenRequest<'_> {
    /// The position, where it is what `to_string` made of a value; `None` at the start.
    ///
    /// # Errors
    /// `Conflict` if it is something else, and so not from this source.
    pub fn resume<T: FromStr>(&self) -> Result<Option<T>> {
        if self.position.is_empty() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(self.position);
        let message = || format!("'{}' is not a position in '{}'", text.escape_default(), self.stream);
        text.parse().map(Some).map_err(|_| Error::new(Status::Conflict, message()))
    }
}

/// The next rows of a split. Their ordinal is counted for the plugin.
pub struct SourceBatch {
    pub rows: Rows<'static>,
    /// Where the split stands after this batch; at most 16 KiB; handed back to `open`.
    pub position: Vec<u8>,
    /// What was read from the source for it, if that is known.
    pub source_bytes: Option<u64>,
}

impl SourceBatch {
    pub fn new(rows: Rows<'static>, position: impl Into<Vec<u8>>) -> SourceBatch {
        SourceBatch { rows, position: position.into(), source_bytes: None }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, name) in
            [("*", "a"), ("*", ""), ("a*", "a"), ("*.b", "a.b"), ("a*b*c", "axbybc"), ("a", "a")]
        {
            assert!(matches(pattern, name), "{} {}", pattern, name);
        }
        for (pattern, name) in
            [("a", "ab"), ("a*a", "a"), ("a*b*c", "acb"), ("", "a"), ("*x*x*", "x"), ("b*", "ab")]
        {
            assert!(!matches(pattern, name), "{} {}", pattern, name);
        }
    }
}
