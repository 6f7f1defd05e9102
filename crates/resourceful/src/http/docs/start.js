window.addEventListener("load", () => {
  const place = document.getElementById("swagger-ui");
  // In development, the page signs in by itself (sign-in.js).
  const signIn = window.signIn ?? { begin: () => {}, fresh: (request) => request };
  window.ui = SwaggerUIBundle({
    url: place.dataset.openapi,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    filter: true,
    onComplete: signIn.begin,
    persistAuthorization: true,
    requestInterceptor: signIn.fresh,
    showExtensions: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
});
