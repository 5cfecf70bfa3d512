"use strict";

/* The form of an article: the preview of what is typed, and pictures at the addresses being typed.
   The list: an autocomplete that filters as soon as something is chosen. */
{
  const FRAME = "cms-news-preview";

  function showPreview(button) {
    const form = button.closest("form");
    const sent = document.createElement("form");
    sent.method = "post";
    sent.action = button.dataset.preview;
    sent.target = FRAME;
    sent.hidden = true;
    for (const name of ["csrfmiddlewaretoken", "title", "lang", "body", "markup"]) {
      const field = form.elements[name];
      if (field) {
        const copy = document.createElement("textarea");
        copy.name = name;
        copy.value = field.value;
        sent.append(copy);
      }
    }
    document.body.append(sent);
    sent.submit();
    sent.remove();
  }

  function httpAddress(text) {
    try {
      const address = new URL(text.trim(), document.baseURI);
      return text.trim() && /^https?:$/.test(address.protocol) ? address.href : "";
    } catch {
      return "";
    }
  }

  function followAddress(input) {
    const box = input.form.querySelector(`.field-${input.name}_shown .cms-picture`);
    if (!box) {
      return;
    }
    input.addEventListener("change", () => {
      const address = httpAddress(input.value);
      box.classList.toggle("cms-no-picture", !address);
      box.replaceChildren();
      if (address) {
        const picture = new Image();
        picture.referrerPolicy = "no-referrer";
        picture.alt = "";
        picture.src = address;
        box.append(picture);
      }
    });
  }

  /* An empty box says more than the sign of a broken picture. */
  function hideMissing(picture) {
    const box = picture.closest(".cms-picture");
    if (box) {
      box.classList.add("cms-no-picture");
      picture.remove();
    }
  }

  function filterAtOnce(form) {
    const select = form.querySelector("select");
    if (!select) {
      return;
    }
    form.classList.add("cms-at-once");
    /* Select2 speaks through jQuery only. */
    window.django.jQuery(select).on("select2:select select2:clear", () => {
      select.disabled = !select.value;
      form.submit();
    });
  }

  /* What moves an article to another state leaves the form behind, and what was typed with it. */
  function askBeforeLosing(moves) {
    const form = document.querySelector("#article_form");
    const entries = () => JSON.stringify([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    let before = entries();
    /* Django's own scripts fill in what they like until then. */
    addEventListener("load", () => { before = entries(); });
    moves.addEventListener("click", (event) => {
      if (event.target.closest(".cms-move") && entries() !== before && !confirm(moves.dataset.unsaved)) {
        event.preventDefault();
      }
    });
  }

  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement) {
      hideMissing(event.target);
    }
  }, true);

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("button[data-preview]")) {
      button.hidden = false;
      button.addEventListener("click", () => showPreview(button));
    }
    for (const name of ["headimg", "thumbnail"]) {
      const input = document.querySelector(`#article_form [name=${name}]`);
      if (input) {
        followAddress(input);
      }
    }
    document.querySelectorAll("#article_form .cms-moves").forEach(askBeforeLosing);
    document.querySelectorAll("form.cms-filter").forEach(filterAtOnce);
  });
}
