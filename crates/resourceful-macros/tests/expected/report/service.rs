///The service of [`Report`](super::Report); you can add methods to it in `impl` blocks.
#[derive(::core::clone::Clone)]
pub struct Service(::resourceful::Crud<super::Report>);
impl Service {
    /// The service for the application itself: seeds, jobs, tests.
    pub fn as_system(__executor: &impl ::resourceful::Executor) -> Self {
        Self(::resourceful::Crud::as_system(__executor))
    }
    /// The service for this user.
    pub fn as_user(
        __executor: &impl ::resourceful::Executor,
        __user: ::resourceful::CurrentUser,
    ) -> Self {
        Self(::resourceful::Crud::as_user(__executor, __user))
    }
}
#[automatically_derived]
impl ::core::ops::Deref for Service {
    type Target = ::resourceful::Crud<super::Report>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
#[automatically_derived]
impl ::core::convert::From<::resourceful::Crud<super::Report>> for Service {
    fn from(__crud: ::resourceful::Crud<super::Report>) -> Self {
        Self(__crud)
    }
}
#[automatically_derived]
impl ::resourceful::__private::actix_web::FromRequest for Service {
    type Error = ::resourceful::Error;
    type Future = ::std::future::Ready<::core::result::Result<Self, Self::Error>>;
    fn from_request(
        __request: &::resourceful::__private::actix_web::HttpRequest,
        _: &mut ::resourceful::__private::actix_web::dev::Payload,
    ) -> Self::Future {
        ::std::future::ready(
            ::resourceful::__private::crud_from_request::<super::Report>(__request)
                .map(Self),
        )
    }
}
