// Swagger UI on the document beside this page. In a file of its own, so that no policy has to allow inline scripts.
"use strict";

{
  const place = document.getElementById("api");
  SwaggerUIBundle({
    url: new URL(place.dataset.schema, location.href).href,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    // Nothing is sent elsewhere to be checked.
    validatorUrl: null,
    supportedSubmitMethods: ["get"],
  });
}
