//! Kind `llm` (a draft): answers a question in words.

use crate::{Call, Plugin, Result};

/// Answers questions. It only asks: the host may repeat a call, and may ask another provider the same.
pub trait Llm: Plugin {
    /// Answers one question.
    ///
    /// # Errors
    /// `Throttled` and `QuotaExhausted` tell when to come back with
    /// [`Error::retry_after`](crate::Error::retry_after); `ContentFiltered` is for an answer that the
    /// provider withholds, `Truncated` for one that breaks off.
    fn complete(&mut self, prompt: &Prompt<'_>, call: &Call<'_>) -> Result<Completion>;
}

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Prompt<'a> {
    /// Who the model is to be; may be empty.
    pub system: &'a str,
    pub text: &'a str,
    /// `None` leaves it to the provider.
    pub max_output_tokens: Option<u32>,
    /// `None` leaves it to the provider.
    pub temperature: Option<f64>,
}

/// Whether an answer is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Finish {
    Stop = 0,
    /// Cut off by a limit: the host takes it for truncated, never for an answer.
    Length = 1,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// At most 4 MiB.
    pub text: String,
    pub finish: Finish,
    /// The model that answered, as its provider names it; may be empty.
    pub model: String,
    /// What the provider charges for, if it says.
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
}

impl Completion {
    /// A whole answer of which no more is known.
    pub fn new(text: impl Into<String>) -> Completion {
        let (text, model) = (text.into(), String::new());
        Completion { text, finish: Finish::Stop, model, input_tokens: None, output_tokens: None }
    }
}
