//! A transform that puts the text of one column into upper case. Replace that by what you want to do with it.

use headrace_plugin::*;

struct Upper {
    column: String,
    /// Where the column stands; known once `bind` has seen the columns.
    position: usize,
}

impl Plugin for Upper {
    const CONFIG_SCHEMA: &'static str = r#"{"type": "object", "additionalProperties": false,
        "required": ["column"], "properties": {
            "column": {"type": "string", "description": "The column of texts to put into upper case."}}}"#;

    fn create(config: &Config, _: &Host) -> Result<Self> {
        Ok(Upper { column: config.require("column")?, position: 0 })
    }
}

impl Transform for Upper {
    /// The columns that come in, and those that go out: here they are the same.
    fn bind(&mut self, _stream: &str, input: &Schema, _: &Call) -> Result<Schema> {
        self.position = input.require(&self.column, &[DataType::Utf8])?;
        Ok(input.clone())
    }

    /// What comes out depends on this batch alone: the host may cut the stream elsewhere the next time.
    fn apply<'a>(&mut self, input: &Batch<'a>, _: &Call) -> Result<Rows<'a>> {
        // The other columns go on as they are, without a copy.
        let mut columns: Vec<Array> = input.columns().iter().map(Column::pass).collect();
        let texts = input.columns()[self.position].texts()?;
        columns[self.position] = Array::texts(texts.map(|text| text.map(str::to_ascii_uppercase)))?;
        Ok(Rows::new(columns))
    }
}

// Name and version are those of Cargo.toml; the manifest has to say the same.
export! { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), transform: Upper }
