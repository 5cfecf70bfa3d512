"use strict";

/* Suggests tags for the word being typed. A datalist knows only whole values, so each suggestion is the
   line as it would be. */
{
  const SEPARATORS = /[,，、;；]/;
  const PAUSE_MILLISECONDS = 200;

  function splitLast(line) {
    const parts = line.split(SEPARATORS);
    const word = parts.at(-1);
    return [line.slice(0, line.length - word.length), word.trim()];
  }

  async function findTags(input, word) {
    const address = new URL(input.dataset.suggestions, document.baseURI);
    address.search = new URLSearchParams({
      app_label: "cms_news",
      model_name: "articletag",
      field_name: "tag",
      term: word,
    });
    const response = await fetch(address);
    return response.ok ? (await response.json()).results.map((tag) => tag.text) : [];
  }

  async function suggest(input) {
    const line = input.value;
    const [before, word] = splitLast(line);
    const names = word ? await findTags(input, word) : [];
    if (input.value !== line) {
      return;
    }
    const start = before && !/\s$/.test(before) ? `${before} ` : before;
    const known = new Set(line.split(SEPARATORS).map((tag) => tag.trim()));
    const options = names.filter((name) => !known.has(name)).map((name) => {
      const option = document.createElement("option");
      option.value = start + name;
      option.label = name;
      return option;
    });
    input.list.replaceChildren(...options);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const input of document.querySelectorAll("input[data-suggestions]")) {
      let waiting;
      input.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => suggest(input).catch(() => {}), PAUSE_MILLISECONDS);
      });
    }
  });
}
