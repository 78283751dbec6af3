//! The C function of kind `llm`.

use super::instance::{enter, Factory, Kind};
use super::memory::{self, release};
use super::text::{lend, text_of};
use super::{is_room, sized};
use crate::llm::{Llm, Prompt};
use crate::{abi, Error, Status};
use std::marker::PhantomData;
use std::mem::size_of;
use std::os::raw::c_void;

pub const ID: &str = abi::HEADRACE_LLM;

const MAXIMUM_TEXT_BYTES: usize = 4 << 20;

/// The table of a language model's provider.
pub fn table<L: Llm>() -> *const c_void {
    let table: &'static abi::headrace_llm = &Table::<L>::TABLE;
    (table as *const abi::headrace_llm).cast()
}

struct Table<L>(PhantomData<L>);

impl<L: Llm> Table<L> {
    const TABLE: abi::headrace_llm = abi::headrace_llm {
        struct_size: size_of::<abi::headrace_llm>() as u32,
        flags: 0,
        factory: &Factory::<Bound<L>>::TABLE,
        complete: Some(complete::<L>),
    };
}

struct Bound<L>(L);

impl<L: Llm> Kind for Bound<L> {
    type Plugin = L;

    fn new(llm: L) -> Self {
        Bound(llm)
    }
}

unsafe extern "C" fn complete<L: Llm>(
    instance: *mut abi::headrace_instance,
    call: *const abi::headrace_call,
    prompt: *const abi::headrace_prompt,
    out: *mut abi::headrace_completion,
    error: *mut abi::headrace_error,
) -> abi::headrace_status {
    enter(instance, call, error, |bound: &mut Bound<L>, call| {
        is_room(out)?;
        if prompt.is_null() {
            return Err(Error::missing("prompt"));
        }
        let asked = sized::read(prompt);
        let prompt = Prompt {
            system: text_of(asked.system)?,
            text: text_of(asked.prompt)?,
            max_output_tokens: Some(asked.max_output_tokens).filter(|tokens| *tokens > 0),
            temperature: Some(asked.temperature).filter(|temperature| !temperature.is_nan()),
        };
        let answer = bound.0.complete(&prompt, call)?;
        if answer.text.len() > MAXIMUM_TEXT_BYTES {
            let message = format!("an answer of {} bytes, and 4 MiB are the most", answer.text.len());
            return Err(Error::new(Status::Unsupported, message));
        }
        let tokens = |count: Option<u64>| count.map_or(-1, |count| i64::try_from(count).unwrap_or(i64::MAX));
        let mut completion: abi::headrace_completion = sized::empty();
        completion.finish = answer.finish as u32;
        completion.text = lend(&answer.text);
        completion.model = lend(&answer.model);
        completion.input_tokens = tokens(answer.input_tokens);
        completion.output_tokens = tokens(answer.output_tokens);
        completion.private_data = memory::give(answer);
        completion.release = release!(headrace_completion);
        sized::write(out, completion);
        Ok(abi::HEADRACE_OK)
    })
}
