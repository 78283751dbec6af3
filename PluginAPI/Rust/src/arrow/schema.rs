//! The types of columns: those that version 1 of the interface knows.

use super::{Layout, NumberKind};
use crate::{Error, Result, Status};
use std::fmt;

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataType {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    Float32,
    Float64,
    /// An `i128` that counts units of the last of `scale` digits.
    Decimal {
        precision: u8,
        scale: i8,
    },
    /// An `i32`: days since 1970.
    Date,
    /// An `i64`: microseconds since midnight.
    Time,
    /// An `i64`: microseconds since 1970; in UTC if there is a zone, by a clock on the wall if there is none.
    Timestamp {
        zone: Option<String>,
    },
    Utf8,
    Binary,
    /// So many bytes in each value.
    FixedBinary(usize),
    /// 16 bytes.
    Uuid,
    List(Box<Field>),
    Struct(Vec<Field>),
    /// The entries are structs of key and value.
    Map {
        entries: Box<Field>,
        keys_sorted: bool,
    },
}

impl DataType {
    pub(crate) fn layout(&self) -> Layout {
        match self {
            DataType::Bool => Layout::Bits,
            DataType::Int8 => Layout::Number(NumberKind::I8),
            DataType::Int16 => Layout::Number(NumberKind::I16),
            DataType::Int32 | DataType::Date => Layout::Number(NumberKind::I32),
            DataType::Int64 | DataType::Time | DataType::Timestamp { .. } => Layout::Number(NumberKind::I64),
            DataType::UInt8 => Layout::Number(NumberKind::U8),
            DataType::UInt16 => Layout::Number(NumberKind::U16),
            DataType::UInt32 => Layout::Number(NumberKind::U32),
            DataType::Float32 => Layout::Number(NumberKind::F32),
            DataType::Float64 => Layout::Number(NumberKind::F64),
            DataType::Decimal { .. } => Layout::Number(NumberKind::I128),
            DataType::Utf8 => Layout::Text,
            DataType::Binary => Layout::Bytes,
            DataType::FixedBinary(width) => Layout::Fixed(*width),
            DataType::Uuid => Layout::Fixed(16),
            DataType::List(_) | DataType::Map { .. } => Layout::Lists,
            DataType::Struct(_) => Layout::Struct,
        }
    }

    /// The columns inside a nested type.
    pub fn children(&self) -> &[Field] {
        match self {
            DataType::List(field) => std::slice::from_ref(field),
            DataType::Map { entries, .. } => std::slice::from_ref(entries),
            DataType::Struct(fields) => fields,
            _ => &[],
        }
    }
}

/// In words, for messages.
impl fmt::Display for DataType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataType::Decimal { precision, scale } => write!(formatter, "decimal({},{})", precision, scale),
            DataType::Timestamp { zone: Some(zone) } => write!(formatter, "timestamp({})", zone),
            DataType::Timestamp { zone: None } => formatter.write_str("timestamp"),
            DataType::FixedBinary(width) => write!(formatter, "binary({})", width),
            DataType::List(field) => write!(formatter, "list<{}>", field.data_type),
            DataType::Struct(_) => formatter.write_str("struct"),
            DataType::Map { .. } => formatter.write_str("map"),
            simple => formatter.write_str(&format!("{:?}", simple).to_lowercase()),
        }
    }
}

/// A column: its name and its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub data_type: DataType,
    pub is_nullable: bool,
    /// What travels with the column.
    pub metadata: Vec<(String, String)>,
}

impl Field {
    /// A column that has a value in every row.
    pub fn required(name: impl Into<String>, data_type: DataType) -> Field {
        Field { name: name.into(), data_type, is_nullable: false, metadata: Vec::new() }
    }

    /// A column whose values may be null.
    pub fn nullable(name: impl Into<String>, data_type: DataType) -> Field {
        Field { is_nullable: true, ..Field::required(name, data_type) }
    }
}

/// The columns of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    pub fields: Vec<Field>,
    pub metadata: Vec<(String, String)>,
}

impl Schema {
    pub fn new(fields: impl Into<Vec<Field>>) -> Schema {
        Schema { fields: fields.into(), metadata: Vec::new() }
    }

    /// Where a column stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// Where the column stands that the configuration names. Its type has to be one of `types`.
    ///
    /// # Errors
    /// [`Status::InvalidConfig`], with the columns that there are or the type that it has.
    pub fn require(&self, name: &str, types: &[DataType]) -> Result<usize> {
        let refuse = |message| Err(Error::new(Status::InvalidConfig, message));
        let position = match self.position(name) {
            Some(position) => position,
            None => return refuse(format!("there is no column '{}'; there is {}", name, self.names())),
        };
        let data_type = &self.fields[position].data_type;
        if types.contains(data_type) {
            return Ok(position);
        }
        let types: Vec<_> = types.iter().map(DataType::to_string).collect();
        refuse(format!("column '{}' is {} and has to be {}", name, data_type, types.join(" or ")))
    }

    /// The first of the columns, for a message.
    fn names(&self) -> String {
        const SHOWN: usize = 20;
        let names: Vec<_> = self.fields.iter().take(SHOWN).map(|field| format!("'{}'", field.name)).collect();
        match self.fields.len() {
            0 => "none at all".to_string(),
            count if count > SHOWN => format!("{} and {} more", names.join(", "), count - SHOWN),
            _ => names.join(", "),
        }
    }
}
