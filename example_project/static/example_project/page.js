// What the server told this page: addresses, the newspaper's time zone, and every word it says.

const page = JSON.parse(document.getElementById("page").textContent);

export const { articles, words } = page;
export const language = document.documentElement.lang;

export function say(word, values = {}) {
  return words[word].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function formatDate(text, style) {
  const options = { timeZone: page.timeZone, ...style };
  return new Intl.DateTimeFormat(language, options).format(text ? new Date(text) : new Date());
}

// For a screen reader: what just happened, without moving its focus.
export function announce(text) {
  document.querySelector("[role=status]").textContent = text;
}

const SCRIPTS = [
  [/[\u3040-\u30ff]/, "ja"],
  [/[\uac00-\ud7af]/, "ko"],
  [/[\u3400-\u9fff]/, "zh-Hans"],
];

// The language of a text, for fonts and voices. "" is HTML's word for "unknown".
export function languageOf(article) {
  if (article.lang) return article.lang;
  const text = article.title + (article.excerpt ?? "");
  return SCRIPTS.find(([script]) => script.test(text))?.[1] ?? "";
}

export function storyAddress(slug) {
  return `#/articles/${encodeURIComponent(slug)}`;
}
