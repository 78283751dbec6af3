//! A source with one stream, `numbers`. Replace what `read` makes by what you want to read.

use headrace_plugin::*;
use std::ops::Range;

const STREAM: &str = "numbers";
const SPLIT: &str = "all";

struct Numbers {
    rows: u64,
}

impl Plugin for Numbers {
    const CONFIG_SCHEMA: &'static str = r#"{"type": "object", "additionalProperties": false, "properties": {
        "rows": {"type": "integer", "minimum": 0, "default": 1000, "description": "How many numbers."}}}"#;

    fn create(config: &Config, _: &Host) -> Result<Self> {
        Ok(Numbers { rows: config.get("rows")?.unwrap_or(1000) })
    }
}

impl Source for Numbers {
    type Reader = NumbersReader;

    fn streams(&mut self, _: &Call) -> Result<Vec<Stream>> {
        Ok(vec![Stream::new(STREAM, schema()).key(&["n"]).estimated_rows(self.rows)])
    }

    /// Pieces that are read by themselves. One that was read to its end is left out for you.
    fn splits(&mut self, request: &SplitRequest, _: &Call) -> Result<Splits> {
        ensure!(request.stream == STREAM, NotFound, "there is no stream '{}'", request.stream);
        Ok(vec![Split::new(SPLIT, env!("CARGO_PKG_NAME"))].into())
    }

    fn open(&mut self, request: &OpenRequest, _: &Call) -> Result<(Schema, NumbersReader)> {
        ensure!(request.stream == STREAM, NotFound, "there is no stream '{}'", request.stream);
        ensure!(request.split == SPLIT, NotFound, "there is no split '{}'", request.split);
        // A position is the next row, and there may be fewer rows now than there were then.
        let next = request.resume()?.unwrap_or(0);
        ensure!(next <= self.rows, Conflict, "row {} is past the end, at {}", next, self.rows);
        Ok((schema(), NumbersReader { rows: next..self.rows, step: request.batch_rows.min(1000) }))
    }
}

/// A split being read. It is dropped when the reading ends.
struct NumbersReader {
    rows: Range<u64>,
    step: u64,
}

impl Reader for NumbersReader {
    /// A call that is cancelled or late does not get here. Long work asks `call.check()?` now and then.
    fn read(&mut self, _: &Call) -> Result<Option<SourceBatch>> {
        let numbers: Vec<i64> = self.rows.by_ref().take(self.step as usize).map(|n| n as i64).collect();
        if numbers.is_empty() {
            return Ok(None);
        }
        let labels = Array::texts(numbers.iter().map(|n| format!("number {}", n)))?;
        Ok(Some(SourceBatch::new(Rows::new([Array::from(numbers), labels]), self.rows.start.to_string())))
    }
}

fn schema() -> Schema {
    Schema::new([Field::required("n", DataType::Int64), Field::required("label", DataType::Utf8)])
}

// Name and version are those of Cargo.toml; the manifest has to say the same.
export! { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), source: Numbers }
