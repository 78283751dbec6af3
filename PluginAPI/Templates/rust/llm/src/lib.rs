//! A language model's provider that answers without a network. Replace `answer` by a request to a real one.

use headrace_plugin::*;

struct Echo {
    reply: String,
}

impl Plugin for Echo {
    const CONFIG_SCHEMA: &'static str = r#"{"type": "object", "additionalProperties": false, "properties": {
        "reply": {"type": "string", "default": "You asked: {prompt}",
            "description": "The answer, with the question in place of {prompt}."}}}"#;

    fn create(config: &Config, _: &Host) -> Result<Self> {
        Ok(Echo { reply: config.get("reply")?.unwrap_or_else(|| "You asked: {prompt}".into()) })
    }
}

impl Echo {
    /// A real provider would be asked here, and once only: it is the host that repeats. The request may take
    /// as long as `call.time_left()` says. An answer that breaks off is `Truncated`; a provider that wants a
    /// pause is `Error::new(Status::Throttled, "busy").vendor_code(429).retry_after(pause)`.
    fn answer(&self, prompt: &Prompt, _call: &Call) -> Result<String> {
        Ok(self.reply.replace("{prompt}", prompt.text))
    }
}

impl Llm for Echo {
    fn complete(&mut self, prompt: &Prompt, call: &Call) -> Result<Completion> {
        let text = self.answer(prompt, call)?;
        // A token is a word here. What is cut off says so, and the host does not take it for an answer.
        let most = prompt.max_output_tokens.map_or(usize::MAX, |tokens| tokens as usize);
        let words: Vec<&str> = text.split_whitespace().collect();
        let (text, finish) = match words.get(..most) {
            Some(first) if first.len() < words.len() => (first.join(" "), Finish::Length),
            _ => (text.clone(), Finish::Stop),
        };
        Ok(Completion {
            finish,
            model: env!("CARGO_PKG_NAME").to_string(),
            input_tokens: Some(prompt.text.split_whitespace().count() as u64),
            output_tokens: Some(words.len().min(most) as u64),
            ..Completion::new(text)
        })
    }
}

// Name and version are those of Cargo.toml; the manifest has to say the same.
export! { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), llm: Echo }
