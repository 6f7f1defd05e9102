//! The builder methods that an application and a mounted API have in common.

/// Gives a type with the fields `api` and, with the feature `utoipa`, `documents` the methods that add to them.
macro_rules! api_methods {
    ($type:ty) => {
        impl $type {
            /// Adds a resource.
            pub fn resource<R: $crate::Resource>(self) -> Self {
                self.resource_with::<R>(|routes| routes)
            }

            /// Adds a resource, and endpoints of your own next to the generated ones; several can be guarded together by
            /// [`Routes::scope`](crate::Routes::scope).
            pub fn resource_with<R: $crate::Resource>(
                mut self,
                routes: impl FnOnce($crate::Routes) -> $crate::Routes,
            ) -> Self {
                self.api.add::<R>(routes(Default::default()));
                self
            }

            /// Adds endpoints that belong to no resource, below one path and behind one requirement.
            ///
            /// A caller must meet the requirement of the scope and that of the endpoint, the scope's first: an endpoint
            /// that is `public` requires what the scope requires. [`Requirement::Public`](crate::Requirement::Public) makes
            /// a scope that only groups endpoints. Where one of the two is a `..:self` permission, services are limited to the
            /// caller's own rows. Endpoints are in the OpenAPI document under the scope's name, or under
            /// [`tag`](crate::Routes::tag), and both requirements in the manifest.
            ///
            /// ```
            /// use resourceful::prelude::*;
            ///
            /// /// The summary of the year.
            /// #[get("/summary", public)]
            /// async fn summary() -> Result<Json<u32>> {
            ///     Ok(Json(42))
            /// }
            ///
            /// /// Exports the year for the tax office.
            /// #[get("/export", requires("reports:export"))]
            /// async fn export() -> Result<String> {
            ///     Ok("a;b".to_owned())
            /// }
            ///
            /// # fn add(app: App) -> App {
            /// // GET /api/v1/reports/summary requires reports:read, GET /api/v1/reports/export reports:export as well
            /// app.scope("/reports", Requirement::Permission("reports:read"), |routes| {
            ///     routes.service(summary).service(export)
            /// })
            /// # }
            /// # fn main() {}
            /// ```
            ///
            /// An invalid path, the path of a resource, and a path at or below that of another scope are start-up errors.
            pub fn scope(
                mut self,
                path: &str,
                requires: $crate::Requirement,
                routes: impl FnOnce($crate::Routes) -> $crate::Routes,
            ) -> Self {
                self.api.add_scope(path, requires, routes);
                self
            }

            /// Adds services of actix below one path and behind one requirement: plain handlers, scopes,
            /// anything that `configure` puts there, once for each worker.
            ///
            /// Token and requirement are checked before any of them sees the request, as by
            /// [`require`](crate::require); handlers can take [`CurrentUser`](crate::CurrentUser), [`Context`](crate::Context) and services,
            /// which act for the caller. Failures without a body, and panics, are answered as problem documents, and
            /// every response has the headers of the API.
            ///
            /// ```
            /// use resourceful::actix_web::web;
            /// use resourceful::prelude::*;
            ///
            /// async fn ping(user: CurrentUser) -> String {
            ///     format!("pong, {}", user.id)
            /// }
            ///
            /// # fn add(app: App) -> App {
            /// // GET /api/v1/legacy/ping
            /// app.actix_scope("/legacy", Requirement::Permission("legacy:use"), |config| {
            ///     config.service(web::resource("/ping").get(ping));
            /// })
            /// # }
            /// # fn main() {}
            /// ```
            ///
            /// The manifest contains the scope as a whole. Its operations are in the OpenAPI document if `openapi` adds
            /// them.
            pub fn actix_scope(
                mut self,
                path: &str,
                requires: $crate::Requirement,
                configure: impl Fn(&mut actix_web::web::ServiceConfig) + Send + Sync + 'static,
            ) -> Self {
                self.api.add_actix_scope(path, requires, configure);
                self
            }

            /// Adds `POST {prefix}/access/explain`, which explains to an administrator whether a user could perform an
            /// operation on a row, and why. It requires the permission `access:explain`.
            ///
            /// The body names a `user` as their token describes them, and a `resource`, an `operation` and the `id` of a
            /// row, or a hand-written `endpoint`. The response has `allowed`, the `status` that a request would
            /// get, and the steps that decide it: requirements, with the grant that opens each; the owner; the rules of
            /// the policy, each with whether it matches. Grants of roles in the database are included. It shows that a
            /// row exists, but none of its values. See
            /// [the guide](crate::guide::permissions#denials-that-explain-themselves).
            pub fn explain_access(mut self) -> Self {
                self.api.explain_access();
                self
            }

            /// Adds the paths and schemas of another document, of plain actix handlers with `#[utoipa::path]`. Where both
            /// have the same path, the generated one stays; a schema with the name of another one gets a number. An
            /// operation whose path, `/api/v1/legacy/ping`, lies below an [`actix_scope`](Self::actix_scope) gets the
            /// requirements of the scope (`security`, `x-permissions`, a sentence) and the responses 401 and 403, unless
            /// it states its own.
            #[cfg(feature = "utoipa")]
            pub fn openapi(mut self, document: utoipa::openapi::OpenApi) -> Self {
                self.documents.push(document);
                self
            }
        }
    };
}
pub(crate) use api_methods;
