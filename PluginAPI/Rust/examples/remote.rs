//! A language model that a server has: the question is sent there as it is, and what comes back is the answer.
//!
//! `cargo build --release --example remote` makes `target/release/examples/libremote.so` of it.

use headrace_plugin::*;

struct Remote {
    host: Host,
    url: String,
    token: String,
}

impl Plugin for Remote {
    const CONFIG_SCHEMA: &'static str = r#"{"type": "object", "required": ["url"], "additionalProperties": false,
        "properties": {
            "url": {"type": "string", "minLength": 1, "description": "Where questions are sent to."},
            "token": {"type": "string", "default": "",
                "description": "The secret that the server asks for: env:NAME."}}}"#;

    fn create(config: &Config, host: &Host) -> Result<Self> {
        let token = config.get("token")?.unwrap_or_default();
        Ok(Remote { host: host.clone(), url: config.require("url")?, token })
    }
}

impl Llm for Remote {
    fn complete(&mut self, prompt: &Prompt, call: &Call) -> Result<Completion> {
        let mut request = HttpRequest::new("POST", &self.url)
            .header("content-type", "text/plain; charset=utf-8")
            .body(prompt.text);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.host.secret(&self.token)?));
        }
        let response = self.host.send(&request, call)?;
        // Whoever answers "not now" is asked again when it says, by the host.
        response.check("the model's server")?;
        let model = response.header("x-model").unwrap_or("").to_string();
        let text = String::from_utf8(response.body).map_err(|_| {
            Error::new(Status::Unsupported, "the model's server answered with what is no text")
        })?;
        Ok(Completion { model, ..Completion::new(text) })
    }
}

export! { name: "remote", version: "1.0.0", llm: Remote }
