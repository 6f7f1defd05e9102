async fn today(&self, place: ::std::string::String) -> Weather {
    let __key = ::resourceful::__private::CacheKey::default()
        .words(::core::any::type_name::<Self>())
        .words("::today:")
        .value(&place)
        .finish();
    let __tags: &[::std::string::String] = &[];
    let __tags: ::std::vec::Vec<&::core::primitive::str> = __tags
        .iter()
        .map(::std::string::String::as_str)
        .collect();
    let __cache = ::resourceful::__private::cache_of(&(self.ctx)).cache_use();
    let __ttl = ::core::time::Duration::from_millis(3600000u64);
    ::resourceful::__private::cached_value(
            &__cache,
            &__key,
            __ttl,
            &__tags,
            || self.__today_uncached(place),
        )
        .await
}
#[doc(hidden)]
async fn __today_uncached(&self, place: ::std::string::String) -> Weather {
    self.ask(place).await
}
///Makes the value of [`today`](Self::today) for these arguments outdated, for all callers.
#[allow(dead_code, unused_variables, clippy::needless_pass_by_value)]
async fn today_invalidate(&self, place: ::std::string::String) {
    let __key = ::resourceful::__private::CacheKey::default()
        .words(::core::any::type_name::<Self>())
        .words("::today:")
        .value(&place)
        .finish();
    ::resourceful::__private::cache_of(&(self.ctx)).forget(__key).await
}
///Loads the value of [`today`](Self::today) for these arguments again.
#[allow(dead_code)]
async fn today_refresh(&self, place: ::std::string::String) -> Weather {
    {
        let __key = ::resourceful::__private::CacheKey::default()
            .words(::core::any::type_name::<Self>())
            .words("::today:")
            .value(&place)
            .finish();
        ::resourceful::__private::cache_of(&(self.ctx)).forget(__key).await;
    }
    self.today(place).await
}
