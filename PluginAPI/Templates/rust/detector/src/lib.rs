//! A detector that reports values above a limit. Replace its rule by one of your own.

use headrace_plugin::*;

/// A batch that is wrong throughout is told by its first rows.
const MOST_FINDINGS: usize = 100;

struct Limit {
    column: String,
    limit: f64,
    /// Where the column stands; known once `bind` has seen the columns.
    position: usize,
}

impl Plugin for Limit {
    const CONFIG_SCHEMA: &'static str = r#"{"type": "object", "additionalProperties": false,
        "required": ["column", "limit"], "properties": {
            "column": {"type": "string", "description": "The column of numbers to watch."},
            "limit": {"type": "number", "description": "What is above it is reported."}}}"#;

    fn create(config: &Config, _: &Host) -> Result<Self> {
        Ok(Limit { column: config.require("column")?, limit: config.require("limit")?, position: 0 })
    }
}

/// It learns nothing. A detector that does sets `HAS_STATE`, and has `save` and `restore`.
impl Detector for Limit {
    fn bind(&mut self, _stream: &str, schema: &Schema, _: &Call) -> Result<()> {
        self.position = schema.require(&self.column, &[DataType::Int64, DataType::Float64])?;
        Ok(())
    }

    fn inspect(&mut self, batch: &Batch, _: &Call) -> Result<Vec<Finding>> {
        let values = batch.columns()[self.position].floats()?.enumerate();
        let above = values.filter_map(|(row, value)| Some((row, value.filter(|value| *value > self.limit)?)));
        Ok(above.take(MOST_FINDINGS).map(|(row, value)| self.finding(row, value)).collect())
    }
}

impl Limit {
    fn finding(&self, row: usize, value: f64) -> Finding {
        let message = format!("{} {} is above the limit {}", self.column, value, self.limit);
        Finding {
            column: self.column.clone(),
            row: Some(row),
            // 1 at the limit, and more with the distance from it, whatever the sign of the limit.
            score: 1.0 + (value - self.limit) / self.limit.abs().max(1.0),
            observed: Some(value),
            expected: Some(self.limit),
            ..Finding::new("above_limit", message)
        }
    }
}

// Name and version are those of Cargo.toml; the manifest has to say the same.
export! { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), detector: Limit }
