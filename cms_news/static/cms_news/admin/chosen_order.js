"use strict";

/* A select of several sends its options in the order of the page. Whatever is chosen goes to its end, so
   that categories are stored in the order of choice. */
document.addEventListener("DOMContentLoaded", () => {
  const $ = window.django.jQuery;
  $("select.admin-autocomplete[multiple]").on("select2:select", (event) => {
    const chosen = String(event.params.data.id);
    const option = [...event.target.options].find((item) => item.value === chosen);
    if (option) {
      event.target.append(option);
      $(event.target).trigger("change");
    }
  });
});
