//! Columns of every type, in and out.

use headrace_plugin::{testing, *};

/// Hands its input on, after it has said what it is.
struct Pass;

impl Plugin for Pass {
    const CONFIG_SCHEMA: &'static str = r#"{"type": "object"}"#;

    fn create(_: &Config, _: &Host) -> Result<Self> {
        Ok(Pass)
    }
}

impl Transform for Pass {
    fn bind(&mut self, _: &str, input: &Schema, _: &Call) -> Result<Schema> {
        let mut output = input.clone();
        output.fields.iter_mut().for_each(|field| field.is_nullable |= field.name == "made");
        Ok(output)
    }

    fn apply<'a>(&mut self, input: &Batch<'a>, _: &Call) -> Result<Rows<'a>> {
        let mut rows = Rows::new(input.columns().iter().map(Column::pass).collect::<Vec<_>>());
        if input.schema().fields[0].name == "wrong" {
            rows.columns[0] = Array::from(vec![0u8; input.len()]);
        }
        if input.schema().fields[0].name == "null" {
            rows.columns[0] = Array::numbers(vec![None::<i32>; input.len()]);
        }
        rows.rejects.push(Reject { row: Some(0), record: vec![0; 70_000], ..Reject::new("an example") });
        Ok(rows)
    }
}

export! { name: "pass", version: "1.0.0", transform: Pass }

fn bind(fields: impl Into<Vec<Field>>) -> testing::Transform {
    testing::Transform::bind(headrace_plugin_entry, "{}", Schema::new(fields)).unwrap()
}

fn field(data_type: DataType) -> Field {
    Field::nullable(data_type.to_string(), data_type)
}

fn everything() -> (Vec<Field>, Vec<Array<'static>>) {
    let item = || Field::nullable("item", DataType::Utf8);
    let entries = DataType::Struct(vec![
        Field::required("key", DataType::Utf8),
        Field::nullable("value", DataType::Int8),
    ]);
    let pair =
        DataType::Struct(vec![Field::nullable("a", DataType::Bool), Field::required("b", DataType::Int64)]);
    let map = DataType::Map { entries: Box::new(Field::required("entries", entries)), keys_sorted: true };
    let fields = vec![
        field(DataType::Bool),
        field(DataType::UInt16),
        field(DataType::Float32),
        field(DataType::Decimal { precision: 12, scale: 2 }),
        field(DataType::Timestamp { zone: Some("UTC".to_string()) }),
        field(DataType::Binary),
        field(DataType::FixedBinary(2)),
        field(DataType::Uuid),
        field(DataType::List(Box::new(item()))),
        field(map),
        field(pair),
    ];
    let texts = Array::texts([Some("a"), None, Some("b")]).unwrap();
    let pairs =
        Array::structs([Array::texts(["k", "l"]).unwrap(), Array::numbers([Some(1i8), None])]).unwrap();
    let columns = vec![
        Array::bools([Some(true), None, Some(false)]),
        Array::numbers([None, Some(7u16), None]),
        Array::from(vec![0.5f32, 1.5, 2.5]),
        Array::numbers([1234i128, -1, 0]),
        Array::numbers([1i64, 2, 3]),
        Array::bytes([&b"x"[..], b"", b"yz"]).unwrap(),
        Array::fixed(2, [Some(&b"ab"[..]), None, Some(b"cd")]).unwrap(),
        Array::fixed(16, [[1u8; 16], [2; 16], [3; 16]]).unwrap(),
        Array::lists([Some(2), None, Some(1)], texts).unwrap(),
        Array::lists([Some(0), Some(2), None], pairs).unwrap(),
        Array::structs([Array::bools([Some(true), None, Some(false)]), Array::from(vec![1i64, 2, 3])])
            .unwrap(),
    ];
    (fields, columns)
}

#[test]
fn every_type_comes_out_as_it_went_in() {
    let (fields, columns) = everything();
    let mut pass = bind(fields.clone());
    assert_eq!(pass.schema().fields, fields);
    let rows = pass.apply(columns).unwrap().rows;
    assert_eq!(rows[0][..6], ["true", "null", "0.5", "1234", "1", "[120]"]);
    assert_eq!(rows[1][..6], ["null", "7", "1.5", "-1", "2", "[]"]);
    assert_eq!(rows[0][8..], ["[a, null]", "[]", "(true, 1)"]);
    assert_eq!(rows[1][8..], ["null", "[(k, 1), (l, null)]", "(null, 2)"]);
    assert_eq!(rows[2][6..], ["[99, 100]", &format!("{:?}", [3u8; 16]), "[b]", "null", "(false, 3)"]);
}

#[test]
fn slices_of_every_type_do_too() {
    let (fields, columns) = everything();
    let whole = bind(fields.clone()).apply(columns).unwrap().rows;
    for (from, to) in [(0, 2), (1, 3), (2, 3), (3, 3)] {
        let columns: Vec<_> = everything().1.into_iter().map(|column| column.slice(from..to)).collect();
        assert_eq!(bind(fields.clone()).apply(columns).unwrap().rows, whole[from..to]);
    }
}

#[test]
fn what_the_schema_does_not_say_is_refused() {
    for (name, message) in [
        ("wrong", "column 'wrong' was made of values that are not int32"),
        ("null", "column 'null' has nulls and is required to have none"),
    ] {
        let mut pass = bind([Field::required(name, DataType::Int32)]);
        let refused = pass.apply([Array::from(vec![1i32])]).unwrap_err();
        assert_eq!((refused.status(), refused.message()), (Status::Fatal, message));
    }
}

#[test]
fn rejects_come_along() {
    let batch = bind([Field::required("n", DataType::Int32)]).apply([Array::from(vec![1i32])]).unwrap();
    assert_eq!(batch.rejects, ["an example"]);
}

#[test]
fn arrays_that_do_not_add_up_are_refused() {
    assert!(Array::lists([Some(2)], Array::from(vec![1i32])).is_err());
    assert!(Array::structs([Array::from(vec![1i32]), Array::from(vec![1i32, 2])]).is_err());
    assert!(Array::fixed(2, [&b"abc"[..]]).is_err());
}

#[test]
fn many_nulls_have_their_bits() {
    let values: Vec<Option<i32>> = (0..100).map(|n| if n % 3 == 0 { None } else { Some(n) }).collect();
    let rows = bind([field(DataType::Int32)]).apply([Array::numbers(values.clone())]).unwrap().rows;
    for (row, value) in rows.iter().zip(values) {
        assert_eq!(row[0], value.map_or("null".to_string(), |value| value.to_string()));
    }
}
