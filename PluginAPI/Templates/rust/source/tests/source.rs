use headrace_plugin::{testing::Source, Status};

fn source(config: &str) -> Source {
    Source::create(@ident@::headrace_plugin_entry, config).unwrap()
}

#[test]
fn batches_begin_where_the_position_says() {
    let batches = source(r#"{"rows": 2500}"#).read("numbers", "all", "").unwrap();
    assert_eq!(batches.iter().map(|batch| batch.rows.len()).collect::<Vec<_>>(), [1000, 1000, 500]);
    assert_eq!(batches[2].rows[499], ["2499", "number 2499"]);
    let resumed = source(r#"{"rows": 2500}"#).read("numbers", "all", &batches[0].position).unwrap();
    assert_eq!(resumed[0].rows, batches[1].rows);
}

#[test]
fn a_complete_split_is_not_read_again() {
    assert_eq!(source("{}").splits("numbers", &[]).unwrap(), ["all"]);
    assert!(source("{}").splits("numbers", &["all"]).unwrap().is_empty());
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = Source::create(@ident@::headrace_plugin_entry, r#"{"rows": "many"}"#);
    assert_eq!(refused.err().unwrap().status(), Status::InvalidConfig);
    assert_eq!(source("{}").discover(&["letters"]).unwrap_err().status(), Status::NotFound);
    assert_eq!(source("{}").read("numbers", "all", "1001").unwrap_err().status(), Status::Conflict);
}
