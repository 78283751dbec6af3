use headrace_plugin::{testing::Transform, Array, DataType, Field, Result, Schema, Status};

fn bind(column: &str) -> Result<Transform> {
    let fields = [Field::required("id", DataType::Int64), Field::nullable("name", DataType::Utf8)];
    let config = format!(r#"{{"column": "{}"}}"#, column);
    Transform::bind(@ident@::headrace_plugin_entry, &config, Schema::new(fields))
}

fn columns() -> [Array<'static>; 2] {
    [Array::from(vec![7i64, 8, 9]), Array::texts([Some("ash"), None, Some("Straße")]).unwrap()]
}

#[test]
fn texts_become_upper_case_and_all_else_stays() {
    let batch = bind("name").unwrap().apply(columns()).unwrap();
    assert_eq!(batch.rows, [["7", "ASH"], ["8", "null"], ["9", "STRAßE"]]);
}

#[test]
fn slices_and_empty_batches_are_batches_too() {
    let mut transform = bind("name").unwrap();
    let slice = transform.apply(columns().map(|column| column.slice(1..3))).unwrap();
    assert_eq!(slice.rows, [["8", "null"], ["9", "STRAßE"]]);
    let empty = transform.apply(columns().map(|column| column.slice(3..3))).unwrap();
    assert!(empty.rows.is_empty());
}

#[test]
fn a_column_that_does_not_suit_is_refused() {
    let missing = bind("title").err().unwrap();
    assert_eq!(missing.status(), Status::InvalidConfig);
    assert_eq!(missing.message(), "there is no column 'title'; there is 'id', 'name'");
    assert_eq!(bind("id").err().unwrap().message(), "column 'id' is int64 and has to be utf8");
}
