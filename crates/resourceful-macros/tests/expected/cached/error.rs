::core::compile_error! {
    "`1 h` is not a duration; did you mean \"1h\"?\nallowed: a whole number and its unit, in quotes: \"500ms\", \"30s\", \"5m\", \"1h\" or \"7d\"; at most \"366d\""
}
async fn today(&self, place: ::std::string::String) -> Weather {
    self.ask(place).await
}
