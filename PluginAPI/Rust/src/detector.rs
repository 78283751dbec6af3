//! Kind `detector`: watches batches go by and reports what is unusual.

use crate::arrow::{Batch, Schema};
use crate::{Call, Error, Plugin, Result, Status};

/// Watches batches go by. It changes no row.
pub trait Detector: Plugin {
    /// Whether it learns anything. [`save`](Detector::save) and [`restore`](Detector::restore) are called
    /// only then.
    const HAS_STATE: bool = false;

    /// Fixes the columns. Once per instance.
    ///
    /// # Errors
    /// `InvalidConfig`, with the name of a column that is missing or does not suit: [`Schema::require`].
    fn bind(&mut self, stream: &str, schema: &Schema, call: &Call<'_>) -> Result<()>;

    /// Looks at a batch, which is lent. Batches come in the same order in every run over the same data.
    fn inspect(&mut self, batch: &Batch<'_>, call: &Call<'_>) -> Result<Vec<Finding>>;

    /// The stream has been read to its end in this run: for rules about runs.
    fn finish(&mut self, _summary: &RunSummary, _call: &Call<'_>) -> Result<Vec<Finding>> {
        Ok(Vec::new())
    }

    /// What has been learnt, at most 1 MiB. It comes before each commit, and in a worker after each batch, so it is
    /// quick: the host commits it together with the rows, so that a repeated batch is not learnt twice.
    fn save(&mut self, _call: &Call<'_>) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    /// Puts back what [`save`](Detector::save) gave.
    ///
    /// # Errors
    /// `Unsupported`, for what another version of the plugin gave, makes the host start afresh.
    fn restore(&mut self, _state: &[u8], _call: &Call<'_>) -> Result<()> {
        Err(Error::new(Status::Unsupported, "the detector keeps no state"))
    }
}

/// The run that is about to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunSummary {
    /// Of this stream in this run, across interruptions.
    pub rows: u64,
    /// Now, in microseconds since 1970.
    pub wall_time_us: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Severity {
    Info = 0,
    Warning = 1,
    Critical = 2,
}

/// Something unusual.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub severity: Severity,
    /// Which of the detector's rules: `robust_z_score`.
    pub rule: String,
    /// Empty if it is about the batch or the run.
    pub column: String,
    /// For a person: `amount 9100 is 14.2 deviations above the median 31.5`.
    pub message: String,
    /// The index in the batch, `None` if it is about no row.
    pub row: Option<usize>,
    /// How unusual: 1 is the threshold.
    pub score: f64,
    pub observed: Option<f64>,
    pub expected: Option<f64>,
}

impl Finding {
    /// A warning about the batch or the run, of which no more is known: what else there is follows in
    /// `Finding { row: Some(7), ..Finding::new("rule", "message") }`.
    pub fn new(rule: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding {
            severity: Severity::Warning,
            rule: rule.into(),
            column: String::new(),
            message: message.into(),
            row: None,
            score: 1.0,
            observed: None,
            expected: None,
        }
    }
}
