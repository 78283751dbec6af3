use headrace_plugin::{testing::Detector, Array, DataType, Field, Result, Schema, Status};

fn bind(data_type: DataType) -> Result<Detector> {
    let schema = Schema::new([Field::nullable("amount", data_type)]);
    Detector::bind(@ident@::headrace_plugin_entry, r#"{"column": "amount", "limit": 10}"#, schema)
}

#[test]
fn values_above_the_limit_are_found_and_nulls_are_not() {
    let amounts = Array::numbers([Some(10), None, Some(15i64), Some(-1)]);
    let findings = bind(DataType::Int64).unwrap().inspect([amounts]).unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].row, Some(2));
    assert_eq!(findings[0].score, 1.5);
    assert_eq!(findings[0].message, "amount 15 is above the limit 10");
}

#[test]
fn rows_are_counted_from_the_start_of_a_slice() {
    let amounts = Array::from(vec![99.5, 1.0, 99.5]).slice(1..3);
    let findings = bind(DataType::Float64).unwrap().inspect([amounts]).unwrap();
    assert_eq!(findings.iter().map(|finding| finding.row).collect::<Vec<_>>(), [Some(1)]);
}

#[test]
fn a_hundred_findings_are_enough() {
    let findings = bind(DataType::Int64).unwrap().inspect([Array::numbers(0..1000i64)]).unwrap();
    assert_eq!(findings.len(), 100);
}

#[test]
fn a_column_without_numbers_is_refused() {
    assert_eq!(bind(DataType::Utf8).err().unwrap().status(), Status::InvalidConfig);
}
