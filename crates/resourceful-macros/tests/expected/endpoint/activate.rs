/// Makes a project active.
pub fn activate() -> ::resourceful::__private::Endpoint {
    async fn activate(
        id: Path<Uuid>,
        projects: project::Service,
    ) -> resourceful::Result<Out<Project>> {
        projects.activate(*id).await.map(Out)
    }
    ::resourceful::__private::Endpoint {
        method: "POST",
        path: "/{id}/activate",
        requires: ::resourceful::spec::Requirement::Permission("projects:admin"),
        query: {
            #[allow(unused_imports)]
            use ::resourceful::__private::Undescribed as _;
            ::resourceful::__private::QueryUse::of(
                ::resourceful::__private::Probe::<Path<Uuid>>::READS_QUERY
                    || ::resourceful::__private::Probe::<project::Service>::READS_QUERY,
            )
        },
        path_values: ::core::option::Option::Some(1usize),
        name: "activate",
        doc: "Makes a project active.",
        describe: |__doc| {
            #[allow(unused_imports)]
            use ::resourceful::__private::Undescribed as _;
            let _ = &__doc;
            ::resourceful::__private::Probe::<Path<Uuid>>::new()
                .describe(__doc, ::resourceful::__private::Part::Argument);
            ::resourceful::__private::Probe::<project::Service>::new()
                .describe(__doc, ::resourceful::__private::Part::Argument);
            ::resourceful::__private::Probe::<resourceful::Result<Out<Project>>>::new()
                .describe(__doc, ::resourceful::__private::Part::Answer);
        },
        handler: |__request, mut __payload| {
            ::std::boxed::Box::pin(async move {
                let __a0 = match ::resourceful::__private::extract::<
                    Path<Uuid>,
                >(&__request, &mut __payload)
                    .await
                {
                    ::core::result::Result::Ok(__value) => __value,
                    ::core::result::Result::Err(__response) => return __response,
                };
                let __a1 = match ::resourceful::__private::extract::<
                    project::Service,
                >(&__request, &mut __payload)
                    .await
                {
                    ::core::result::Result::Ok(__value) => __value,
                    ::core::result::Result::Err(__response) => return __response,
                };
                ::resourceful::__private::respond(&__request, activate(__a0, __a1).await)
            })
        },
    }
}
