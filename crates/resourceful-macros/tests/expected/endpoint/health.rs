///The endpoint `GET /health`.
fn health() -> ::resourceful::__private::Endpoint {
    async fn health() {}
    ::resourceful::__private::Endpoint {
        method: "GET",
        path: "/health",
        requires: ::resourceful::spec::Requirement::Public,
        query: ::resourceful::__private::QueryUse::Nothing,
        path_values: ::core::option::Option::None,
        name: "health",
        doc: "",
        describe: |__doc| {
            let _ = &__doc;
        },
        handler: |__request, mut __payload| {
            ::std::boxed::Box::pin(async move {
                let _ = &mut __payload;
                ::resourceful::__private::respond(&__request, health().await)
            })
        },
    }
}
