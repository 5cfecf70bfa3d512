"use strict";

/* Says at once what the server would refuse after everything was sent. */
{
  function check(input) {
    const files = [...input.files];
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const { maxFiles, maxBytes, tooMany, tooLarge } = input.dataset;
    let problem = "";
    if (maxFiles && files.length > Number(maxFiles)) {
      problem = tooMany;
    } else if (size > Number(maxBytes)) {
      problem = tooLarge;
    }
    input.setCustomValidity(problem);
    return input.reportValidity();
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const input of document.querySelectorAll("input[type=file][data-max-bytes]")) {
      input.addEventListener("change", () => check(input));
      input.form.addEventListener("submit", (event) => {
        if (!check(input)) {
          event.preventDefault();
        }
      });
    }
  });
}
