//! Schemas as they cross the interface.

use super::{DataType, Field, Schema};
use crate::abi;
use crate::boundary::memory::List;
use crate::{Error, Result, Status};
use std::ffi::{CStr, CString};
use std::ptr;

const MAXIMUM_DEPTH: usize = 64;
const EXTENSION_NAME: &str = "ARROW:extension:name";
const EXTENSION_DATA: &str = "ARROW:extension:metadata";
const UUID: &str = "arrow.uuid";

impl Schema {
    /// Copies a schema that is lent.
    ///
    /// # Errors
    /// [`Status::Unsupported`] with the name of a column whose type is none of the interface's.
    pub(crate) unsafe fn import(pointer: *const abi::ArrowSchema) -> Result<Schema> {
        let field = import(pointer, "", 0)?;
        match field.data_type {
            DataType::Struct(fields) => Ok(Schema { fields, metadata: field.metadata }),
            other => {
                Err(Error::new(Status::Unsupported, format!("a schema has to be a struct and is {}", other)))
            }
        }
    }

    /// Fills a schema of the host's, which releases it.
    pub(crate) fn export(&self) -> Result<abi::ArrowSchema> {
        let rows = Field::required("", DataType::Struct(self.fields.clone()));
        export(&Field { metadata: self.metadata.clone(), ..rows })
    }
}

unsafe fn import(pointer: *const abi::ArrowSchema, parent: &str, depth: usize) -> Result<Field> {
    let refuse =
        |path: &str, what: &str| Err(Error::new(Status::Unsupported, format!("column '{}' {}", path, what)));
    if pointer.is_null()
        || (*pointer).release.is_none()
        || (*pointer).format.is_null()
        || depth > MAXIMUM_DEPTH
    {
        return refuse(parent, "has a schema that was released, or is nested too deeply");
    }
    let schema = &*pointer;
    let name = text(schema.name);
    let path = if parent.is_empty() { name.clone() } else { format!("{}.{}", parent, name) };
    if schema.n_children > 0 && schema.children.is_null() {
        return refuse(&path, "has a schema without its children");
    }
    let mut children = Vec::new();
    for index in 0..usize::try_from(schema.n_children).unwrap_or(0) {
        children.push(import(*schema.children.add(index), &path, depth + 1)?);
    }
    let format = text(schema.format);
    let keys_sorted = schema.flags & abi::ARROW_FLAG_MAP_KEYS_SORTED != 0;
    let mut metadata = decode(schema.metadata);
    let data_type = match data_type(&format, children, keys_sorted) {
        Some(data_type) if schema.dictionary.is_null() => data_type,
        _ => return refuse(&path, &format!("is of a type that is not supported: Arrow's '{}'", format)),
    };
    let is_uuid = data_type == DataType::FixedBinary(16)
        && metadata.iter().any(|(key, value)| key == EXTENSION_NAME && value == UUID);
    if is_uuid {
        metadata.retain(|(key, _)| key != EXTENSION_NAME && key != EXTENSION_DATA);
    }
    Ok(Field {
        name,
        data_type: if is_uuid { DataType::Uuid } else { data_type },
        is_nullable: schema.flags & abi::ARROW_FLAG_NULLABLE != 0,
        metadata,
    })
}

unsafe fn text(pointer: *const std::os::raw::c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    CStr::from_ptr(pointer).to_string_lossy().into_owned()
}

/// <https://arrow.apache.org/docs/format/CDataInterface.html#data-type-description-format-strings>
fn data_type(format: &str, mut children: Vec<Field>, keys_sorted: bool) -> Option<DataType> {
    let nested = children.len();
    let simple = match (format, nested) {
        ("b", 0) => DataType::Bool,
        ("c", 0) => DataType::Int8,
        ("s", 0) => DataType::Int16,
        ("i", 0) => DataType::Int32,
        ("l", 0) => DataType::Int64,
        ("C", 0) => DataType::UInt8,
        ("S", 0) => DataType::UInt16,
        ("I", 0) => DataType::UInt32,
        ("f", 0) => DataType::Float32,
        ("g", 0) => DataType::Float64,
        ("tdD", 0) => DataType::Date,
        ("ttu", 0) => DataType::Time,
        ("u", 0) => DataType::Utf8,
        ("z", 0) => DataType::Binary,
        ("+l", 1) => DataType::List(Box::new(children.remove(0))),
        ("+m", 1) => DataType::Map { entries: Box::new(children.remove(0)), keys_sorted },
        ("+s", _) => DataType::Struct(children),
        _ => return with_argument(format).filter(|_| nested == 0),
    };
    Some(simple)
}

fn with_argument(format: &str) -> Option<DataType> {
    let (kind, argument) = format.split_once(':')?;
    match kind {
        "tsu" => {
            Some(DataType::Timestamp { zone: Some(argument.to_string()).filter(|zone| !zone.is_empty()) })
        }
        "w" => argument.parse().ok().map(DataType::FixedBinary),
        "d" => {
            let (precision, scale) = argument.strip_suffix(",128").unwrap_or(argument).split_once(',')?;
            Some(DataType::Decimal { precision: precision.parse().ok()?, scale: scale.parse().ok()? })
        }
        _ => None,
    }
}

fn format(data_type: &DataType) -> String {
    let simple = match data_type {
        DataType::Bool => "b",
        DataType::Int8 => "c",
        DataType::Int16 => "s",
        DataType::Int32 => "i",
        DataType::Int64 => "l",
        DataType::UInt8 => "C",
        DataType::UInt16 => "S",
        DataType::UInt32 => "I",
        DataType::Float32 => "f",
        DataType::Float64 => "g",
        DataType::Date => "tdD",
        DataType::Time => "ttu",
        DataType::Utf8 => "u",
        DataType::Binary => "z",
        DataType::Uuid => "w:16",
        DataType::List(_) => "+l",
        DataType::Struct(_) => "+s",
        DataType::Map { .. } => "+m",
        DataType::Decimal { precision, scale } => return format!("d:{},{}", precision, scale),
        DataType::FixedBinary(width) => return format!("w:{}", width),
        DataType::Timestamp { zone } => return format!("tsu:{}", zone.as_deref().unwrap_or("")),
    };
    simple.to_string()
}

/// What an exported schema points into. Each level has its own, since whoever receives it may move children
/// out.
struct Memory {
    format: CString,
    name: CString,
    metadata: Vec<u8>,
    children: List<abi::ArrowSchema>,
}

impl Drop for Memory {
    fn drop(&mut self) {
        for child in self.children.elements() {
            unsafe { release_schema(&mut **child) };
        }
    }
}

/// Releases a schema that may have been released.
pub(crate) unsafe fn release_schema(schema: &mut abi::ArrowSchema) {
    if let Some(release) = schema.release {
        release(schema);
    }
}

unsafe extern "C" fn release(schema: *mut abi::ArrowSchema) {
    drop(Box::from_raw((*schema).private_data.cast::<Memory>()));
    (*schema).private_data = ptr::null_mut();
    (*schema).release = None;
}

fn export(field: &Field) -> Result<abi::ArrowSchema> {
    let terminated = |text: String| {
        let refusal = format!("column '{}' has a zero in its name or type", field.name.escape_default());
        CString::new(text).map_err(|_| Error::new(Status::Fatal, refusal))
    };
    let mut metadata = field.metadata.clone();
    if field.data_type == DataType::Uuid {
        metadata.push((EXTENSION_NAME.to_string(), UUID.to_string()));
        metadata.push((EXTENSION_DATA.to_string(), String::new()));
    }
    let mut flags = if field.is_nullable { abi::ARROW_FLAG_NULLABLE } else { 0 };
    if matches!(field.data_type, DataType::Map { keys_sorted: true, .. }) {
        flags |= abi::ARROW_FLAG_MAP_KEYS_SORTED;
    }
    let mut memory = Box::new(Memory {
        format: terminated(format(&field.data_type))?,
        name: terminated(field.name.clone())?,
        metadata: encode(&metadata),
        children: List::new(Vec::new()),
    });
    for child in field.data_type.children() {
        // One after the other into memory that releases them, should the next one fail.
        memory.children.push(export(child)?);
    }
    Ok(abi::ArrowSchema {
        format: memory.format.as_ptr(),
        name: memory.name.as_ptr(),
        metadata: if metadata.is_empty() { ptr::null() } else { memory.metadata.as_ptr().cast() },
        flags,
        n_children: memory.children.len() as i64,
        children: memory.children.as_ptr() as *mut _,
        dictionary: ptr::null_mut(),
        release: Some(release),
        private_data: Box::into_raw(memory).cast(),
    })
}

/// The count of the pairs, then for each key and value its length and its bytes; numbers are those of the
/// machine.
fn encode(pairs: &[(String, String)]) -> Vec<u8> {
    let mut bytes = (pairs.len() as i32).to_ne_bytes().to_vec();
    for text in pairs.iter().flat_map(|(key, value)| [key, value]) {
        bytes.extend((text.len() as i32).to_ne_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

unsafe fn decode(mut at: *const std::os::raw::c_char) -> Vec<(String, String)> {
    unsafe fn number(at: &mut *const std::os::raw::c_char) -> usize {
        let number = at.cast::<i32>().read_unaligned();
        *at = at.add(4);
        usize::try_from(number).unwrap_or(0)
    }
    unsafe fn text(at: &mut *const std::os::raw::c_char) -> String {
        let length = number(at);
        let bytes = std::slice::from_raw_parts(at.cast::<u8>(), length);
        *at = at.add(length);
        String::from_utf8_lossy(bytes).into_owned()
    }
    if at.is_null() {
        return Vec::new();
    }
    let count = number(&mut at);
    (0..count).map(|_| (text(&mut at), text(&mut at))).collect()
}
