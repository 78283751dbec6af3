//! A language model's provider under test.

use super::{call, table, Entry, Instance};
use crate::boundary::text::{lend, text_of};
use crate::boundary::{failure, sized};
use crate::llm::{Completion, Finish, Prompt};
use crate::{abi, Result};

/// A language model's provider under test.
pub struct Llm {
    instance: Instance,
    table: &'static abi::headrace_llm,
}

impl Llm {
    pub fn create(entry: Entry, config: &str) -> Result<Llm> {
        unsafe {
            let table = table(entry, abi::HEADRACE_LLM);
            Ok(Llm { instance: Instance::create(table, config)?, table: &*table.cast() })
        }
    }

    /// Asks a question, which may take an answer of so many tokens; any number if `None`.
    pub fn ask(&mut self, text: &str, max_output_tokens: Option<u32>) -> Result<Completion> {
        self.complete(&Prompt { system: "", text, max_output_tokens, temperature: None })
    }

    pub fn complete(&mut self, prompt: &Prompt<'_>) -> Result<Completion> {
        let mut asked: abi::headrace_prompt = sized::empty();
        asked.max_output_tokens = prompt.max_output_tokens.unwrap_or(0);
        asked.system = lend(prompt.system);
        asked.prompt = lend(prompt.text);
        asked.temperature = prompt.temperature.unwrap_or(f64::NAN);
        let mut answer: abi::headrace_completion = sized::empty();
        let (call, mut error) = (call(), failure::empty());
        unsafe {
            let complete = self.table.complete.expect("a provider completes");
            let status = complete(self.instance.handle, &call, &asked, &mut answer, &mut error);
            failure::taken(status, error)?;
            let completion = Completion {
                finish: if answer.finish == abi::HEADRACE_FINISH_STOP {
                    Finish::Stop
                } else {
                    Finish::Length
                },
                model: text_of(answer.model)?.to_string(),
                input_tokens: u64::try_from(answer.input_tokens).ok(),
                output_tokens: u64::try_from(answer.output_tokens).ok(),
                ..Completion::new(text_of(answer.text)?)
            };
            if let Some(release) = answer.release {
                release(&mut answer);
            }
            Ok(completion)
        }
    }
}
