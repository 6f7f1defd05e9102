//! What an application and a mounted API can be given: the methods that both have, written once.

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

            /// Adds endpoints that belong to no resource, below a path of their own and behind one requirement.
            ///
            /// The requirement of the scope and that of the endpoint must both hold, the scope's first: an endpoint that
            /// is `public` requires what the scope requires. [`Requirement::Public`](crate::Requirement::Public) makes a
            /// scope that only groups. Where one of the two is a `..:self` permission, services are narrowed to the
            /// caller's own rows. Endpoints are in the OpenAPI document under the scope's name, or under
            /// [`tag`](crate::Routes::tag), and both requirements in the manifest.
            ///
            /// ```
            /// use resourceful::prelude::*;
            ///
            /// /// Sums the year up.
            /// #[get("/summary", public)]
            /// async fn summary() -> Result<Json<u32>> {
            ///     Ok(Json(42))
            /// }
            ///
            /// /// Writes the year out for the tax office.
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
            /// A path that is ill-formed, that of a resource, or that of or below another scope is an error of the start.
            pub fn scope(
                mut self,
                path: &str,
                requires: $crate::Requirement,
                routes: impl FnOnce($crate::Routes) -> $crate::Routes,
            ) -> Self {
                self.api.add_scope(path, requires, routes);
                self
            }

            /// Adds services of actix below a path of their own and behind one requirement: plain handlers, scopes,
            /// anything that `configure` puts there, once for each worker.
            ///
            /// Token and requirement are checked before any of them sees the request, as [`require`](crate::require)
            /// says; handlers can take [`CurrentUser`](crate::CurrentUser), [`Context`](crate::Context) and services,
            /// which act for the caller. Failures without a body, and panics, are answered as problem documents, and
            /// every answer has the headers of the API.
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
            /// The manifest knows the scope as a whole. Its operations are in the OpenAPI document if `openapi` brings
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

            /// Adds `POST {prefix}/access/explain`, which answers an administrator's question: could this user do that to
            /// this row, and why? It requires the permission `access:explain`.
            ///
            /// The body names a `user` as their token describes them, and a `resource`, an `operation` and the `id` of a
            /// row, or an `endpoint` that was written by hand. The answer has `allowed`, the `status` that a request would
            /// get, and the steps that decide it: requirements, with the grant that opens each; the owner; the rules of
            /// the policy, each with whether it matches. What roles in the database grant is added. It tells that a row
            /// exists, and nothing of what it holds. See
            /// [the guide](crate::guide::permissions#denials-that-explain-themselves).
            pub fn explain_access(mut self) -> Self {
                self.api.explain_access();
                self
            }

            /// Adds the paths and schemas of another document, of plain actix handlers with `#[utoipa::path]`. Where both
            /// have the same path, the generated one stays; a schema that is called like another one gets a number. An
            /// operation whose path, `/api/v1/legacy/ping`, lies below an [`actix_scope`](Self::actix_scope) gets what the
            /// scope requires (`security`, `x-permissions`, a sentence) and the answers 401 and 403, unless it states its
            /// own.
            #[cfg(feature = "utoipa")]
            pub fn openapi(mut self, document: utoipa::openapi::OpenApi) -> Self {
                self.documents.push(document);
                self
            }
        }
    };
}
pub(crate) use api_methods;
