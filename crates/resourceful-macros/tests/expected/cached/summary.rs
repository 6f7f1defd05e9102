/// Counts the tasks of a user.
pub async fn summary(
    ctx: &Context,
    user: User,
    query: Query,
) -> ::resourceful::Result<Summary> {
    async fn __uncached(
        ctx: &Context,
        user: User,
        mut query: Query,
    ) -> ::resourceful::Result<Summary> {
        count(ctx, user, query).await
    }
    let __key = ::resourceful::__private::CacheKey::default()
        .words(::core::module_path!())
        .words("::summary:")
        .words("users:")
        .value(&user.id)
        .words(":{}")
        .finish();
    let __tags: &[::std::string::String] = &[
        ::resourceful::__private::CacheKey::default().words("tasks").finish(),
        ::resourceful::__private::CacheKey::default()
            .words("user:")
            .value(&user.id)
            .finish(),
    ];
    let __tags: ::std::vec::Vec<&::core::primitive::str> = __tags
        .iter()
        .map(::std::string::String::as_str)
        .collect();
    let __cache = ::resourceful::__private::cache_of(ctx).cache_use();
    let __ttl = ::core::time::Duration::from_millis(300000u64);
    ::resourceful::__private::cached_result(
            &__cache,
            &__key,
            __ttl,
            &__tags,
            || __uncached(ctx, user, query),
        )
        .await
}
///Makes the value of [`summary`](summary) for these arguments outdated, for all callers.
#[allow(dead_code, unused_variables, clippy::needless_pass_by_value)]
pub async fn summary_invalidate(ctx: &Context, user: User, query: Query) {
    let __key = ::resourceful::__private::CacheKey::default()
        .words(::core::module_path!())
        .words("::summary:")
        .words("users:")
        .value(&user.id)
        .words(":{}")
        .finish();
    ::resourceful::__private::cache_of(ctx).forget(__key).await
}
///Loads the value of [`summary`](summary) for these arguments again.
#[allow(dead_code)]
pub async fn summary_refresh(
    ctx: &Context,
    user: User,
    query: Query,
) -> ::resourceful::Result<Summary> {
    {
        let __key = ::resourceful::__private::CacheKey::default()
            .words(::core::module_path!())
            .words("::summary:")
            .words("users:")
            .value(&user.id)
            .words(":{}")
            .finish();
        ::resourceful::__private::cache_of(ctx).forget(__key).await;
    }
    summary(ctx, user, query).await
}
