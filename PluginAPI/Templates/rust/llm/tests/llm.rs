use headrace_plugin::{testing::Llm, Finish, Status};

fn llm(config: &str) -> Llm {
    Llm::create(@ident@::headrace_plugin_entry, config).unwrap()
}

#[test]
fn the_question_is_in_the_answer() {
    let answer = llm("{}").ask("what is a weir", None).unwrap();
    assert_eq!(answer.text, "You asked: what is a weir");
    assert_eq!(answer.finish, Finish::Stop);
    assert_eq!((answer.input_tokens, answer.output_tokens), (Some(4), Some(6)));
    assert_eq!(llm(r#"{"reply": "{prompt}?"}"#).ask("a weir", None).unwrap().text, "a weir?");
}

#[test]
fn an_answer_that_is_cut_says_so() {
    let answer = llm("{}").ask("what is a weir", Some(3)).unwrap();
    assert_eq!((answer.text.as_str(), answer.finish), ("You asked: what", Finish::Length));
    assert_eq!(llm("{}").ask("a", Some(3)).unwrap().finish, Finish::Stop);
}

#[test]
fn a_reply_that_is_no_text_is_refused() {
    let refused = Llm::create(@ident@::headrace_plugin_entry, r#"{"reply": 7}"#);
    assert_eq!(refused.err().unwrap().status(), Status::InvalidConfig);
}
