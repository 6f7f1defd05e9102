::core::compile_error! {
    "`1 h` is not a time above 0; write a whole number and its unit: \"500ms\", \"30s\", \"5m\", \"1h\" or \"7d\""
}
async fn today(&self, place: ::std::string::String) -> Weather {
    self.ask(place).await
}
