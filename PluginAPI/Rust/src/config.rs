//! The configuration: a small JSON parser with bounds, and typed members that name themselves when they do
//! not fit.

use crate::{Error, Result, Status};

const MAXIMUM_BYTES: usize = 4 << 20;
const MAXIMUM_DEPTH: usize = 64;

/// A JSON value (RFC 8259).
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// A number written without fraction and exponent that fits into 64 bits.
    Integer(i64),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    /// In the order of the text; no key comes twice.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a text of at most 4 MiB, nested at most 64 deep, without repeated keys.
    ///
    /// # Errors
    /// [`Status::InvalidConfig`] with line and column.
    pub fn parse(text: &str) -> Result<Json> {
        let mut parser = Parser { text, at: 0 };
        if text.len() > MAXIMUM_BYTES {
            return Err(parser.failure("it is longer than 4 MiB"));
        }
        let value = parser.value(0)?;
        parser.skip_space();
        if parser.at < text.len() {
            return Err(parser.failure("something follows the value"));
        }
        Ok(value)
    }

    fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Integer(_) => "an integer",
            Json::Number(_) => "a number",
            Json::Text(_) => "text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        }
    }
}

/// The members of a configuration. The host has validated it against the plugin's schema and filled in
/// defaults; what a schema cannot say is for the plugin to check.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    members: Vec<(String, Json)>,
}

impl Config {
    /// Reads an object; no text at all is an empty one.
    pub fn parse(text: &str) -> Result<Config> {
        if text.trim().is_empty() {
            return Ok(Config { members: Vec::new() });
        }
        match Json::parse(text)? {
            Json::Object(members) => Ok(Config { members }),
            other => {
                Err(invalid(format!("the configuration is {} where an object was expected", other.kind())))
            }
        }
    }

    /// A member as it was written, `None` if there is none or it is null.
    pub fn member(&self, key: &str) -> Option<&Json> {
        let member = self.members.iter().find(|(name, _)| name == key);
        member.map(|(_, value)| value).filter(|value| **value != Json::Null)
    }

    /// A member that may be missing: `config.get("rows")?.unwrap_or(1000)`.
    ///
    /// # Errors
    /// [`Status::InvalidConfig`] with the key if it is of another type.
    pub fn get<T: FromJson>(&self, key: &str) -> Result<Option<T>> {
        let expected = |value: &Json| {
            invalid(format!("'{}' is {} where {} was expected", key, value.kind(), T::EXPECTED))
        };
        self.member(key).map(|value| T::from_json(value).ok_or_else(|| expected(value))).transpose()
    }

    /// A member that has to be there.
    pub fn require<T: FromJson>(&self, key: &str) -> Result<T> {
        self.get(key)?.ok_or_else(|| invalid(format!("'{}' is missing", key)))
    }
}

fn invalid(message: String) -> Error {
    Error::new(Status::InvalidConfig, message)
}

/// What a member of a configuration can be.
pub trait FromJson: Sized {
    /// For messages: `an integer`.
    const EXPECTED: &'static str;

    fn from_json(value: &Json) -> Option<Self>;
}

impl FromJson for bool {
    const EXPECTED: &'static str = "a boolean";

    fn from_json(value: &Json) -> Option<bool> {
        match value {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

impl FromJson for i64 {
    const EXPECTED: &'static str = "an integer";

    /// For JSON Schema `10.0` is an integer too.
    fn from_json(value: &Json) -> Option<i64> {
        const LIMIT: f64 = 9_007_199_254_740_992.0;
        match value {
            Json::Integer(value) => Some(*value),
            Json::Number(value) if value.fract() == 0.0 && value.abs() <= LIMIT => Some(*value as i64),
            _ => None,
        }
    }
}

impl FromJson for u64 {
    const EXPECTED: &'static str = "an integer of at least 0";

    fn from_json(value: &Json) -> Option<u64> {
        i64::from_json(value).and_then(|value| u64::try_from(value).ok())
    }
}

impl FromJson for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_json(value: &Json) -> Option<f64> {
        match value {
            Json::Integer(value) => Some(*value as f64),
            Json::Number(value) => Some(*value),
            _ => None,
        }
    }
}

impl FromJson for String {
    const EXPECTED: &'static str = "text";

    fn from_json(value: &Json) -> Option<String> {
        match value {
            Json::Text(value) => Some(value.clone()),
            _ => None,
        }
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    const EXPECTED: &'static str = "a list of one type";

    fn from_json(value: &Json) -> Option<Vec<T>> {
        match value {
            Json::List(values) => values.iter().map(T::from_json).collect(),
            _ => None,
        }
    }
}

impl FromJson for Config {
    const EXPECTED: &'static str = "an object";

    fn from_json(value: &Json) -> Option<Config> {
        match value {
            Json::Object(members) => Some(Config { members: members.clone() }),
            _ => None,
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Json> {
        if depth == MAXIMUM_DEPTH {
            return Err(self.failure("it is nested more than 64 deep"));
        }
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(_) => Err(self.failure("a value was expected")),
            None => Err(self.failure("it ends too early")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json> {
        let mut members = Vec::new();
        let mut keys = std::collections::HashSet::new();
        self.at += 1;
        self.skip_space();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.failure("a key in quotes was expected"));
            }
            let key = self.string()?;
            if !keys.insert(key.clone()) {
                return Err(self.failure(&format!("the key '{}' is repeated", key)));
            }
            self.skip_space();
            self.expect(b':')?;
            members.push((key, self.value(depth + 1)?));
            self.skip_space();
            if !self.take(b',') {
                break;
            }
        }
        self.expect(b'}')?;
        Ok(Json::Object(members))
    }

    fn list(&mut self, depth: usize) -> Result<Json> {
        let mut values = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.take(b']') {
            return Ok(Json::List(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            self.skip_space();
            if !self.take(b',') {
                break;
            }
        }
        self.expect(b']')?;
        Ok(Json::List(values))
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.failure("a value was expected"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Json> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        let mut is_integer = true;
        if self.take(b'.') {
            is_integer = false;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            is_integer = false;
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        if is_integer {
            if let Ok(value) = text.parse() {
                return Ok(Json::Integer(value));
            }
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Json::Number(value)),
            _ => Err(self.failure(&format!("the number {} is out of range", text))),
        }
    }

    fn digits(&mut self) -> Result<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.failure("a digit was expected"));
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String> {
        let mut string = String::new();
        self.at += 1;
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            // Stops at ASCII only, and so never inside a character.
            string.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                Some(_) => return Err(self.failure("a control character in a string")),
                None => return Err(self.failure("a string does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        self.at += 1;
        let letter = self.peek();
        self.at += 1;
        match letter {
            Some(b'"') => Ok('"'),
            Some(b'\\') => Ok('\\'),
            Some(b'/') => Ok('/'),
            Some(b'b') => Ok('\u{8}'),
            Some(b'f') => Ok('\u{c}'),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(b'u') => self.scalar(),
            _ => {
                self.at -= 1;
                Err(self.failure("an unknown escape in a string"))
            }
        }
    }

    fn scalar(&mut self) -> Result<char> {
        let high = self.code_unit()?;
        if let Some(scalar) = char::from_u32(high) {
            return Ok(scalar);
        }
        if high < 0xdc00 && self.take(b'\\') && self.take(b'u') {
            let low = self.code_unit()?;
            if (0xdc00..0xe000).contains(&low) {
                let scalar = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(scalar).ok_or_else(|| self.failure("half of a surrogate pair"));
            }
        }
        Err(self.failure("half of a surrogate pair"))
    }

    fn code_unit(&mut self) -> Result<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let unit = digits.and_then(|digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        let unit = unit.ok_or_else(|| self.failure("four hexadecimal digits were expected"))?;
        self.at += 4;
        Ok(unit)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        match self.take(byte) {
            true => Ok(()),
            false => Err(self.failure(&format!("'{}' was expected", byte as char))),
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn failure(&self, what: &str) -> Error {
        let before = &self.text.as_bytes()[..self.at.min(self.text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        invalid(format!("the configuration is not JSON: line {}, column {}: {}", line, column, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_of_value() {
        let json =
            Json::parse(r#" {"a": [null, true, -12, 1.5e3, "\u00e9\ud83d\ude00\n"], "b": {}} "#).unwrap();
        let list = Json::List(vec![
            Json::Null,
            Json::Bool(true),
            Json::Integer(-12),
            Json::Number(1500.0),
            Json::Text("é😀\n".into()),
        ]);
        assert_eq!(json, Json::Object(vec![("a".into(), list), ("b".into(), Json::Object(vec![]))]));
    }

    #[test]
    fn refuses_what_is_no_json() {
        let texts = [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            "-",
            "tru",
            "\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\u12",
            "1 2",
            "{\"a\":1,\"a\":2}",
            "1e999",
            "\"\u{1}\"",
            "{a:1}",
            "\"\\",
            "+1",
            "'a'",
            "\"\\u+123\"",
            "\"\\ud800\\u0041\"",
        ];
        for text in texts {
            assert_eq!(
                Json::parse(text).map_err(|error| error.status()),
                Err(Status::InvalidConfig),
                "{}",
                text
            );
        }
        let error = Json::parse("{\n  \"a\": x}").unwrap_err();
        assert_eq!(error.message(), "the configuration is not JSON: line 2, column 8: a value was expected");
    }

    #[test]
    fn depth_has_a_bound() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(Json::parse(&nested(64)).is_ok());
        assert!(Json::parse(&nested(65)).is_err());
        assert!(Json::parse(&"[".repeat(1 << 20)).is_err());
    }

    #[test]
    fn members_name_themselves() {
        let config =
            Config::parse(r#"{"rows": -1, "limit": 2, "names": ["a"], "none": null, "whole": 3.0}"#).unwrap();
        assert_eq!(config.get::<i64>("rows"), Ok(Some(-1)));
        assert_eq!(config.get::<i64>("whole"), Ok(Some(3)));
        assert_eq!(config.get::<f64>("limit"), Ok(Some(2.0)));
        assert_eq!(config.get::<String>("none"), Ok(None));
        assert_eq!(config.require::<Vec<String>>("names"), Ok(vec!["a".to_string()]));
        let error = config.get::<u64>("rows").unwrap_err();
        assert_eq!(error.message(), "'rows' is an integer where an integer of at least 0 was expected");
        assert_eq!(config.require::<String>("column").unwrap_err().message(), "'column' is missing");
    }
}
