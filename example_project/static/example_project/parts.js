// The pieces that a card and a story have in common. Text goes in as text, never as markup.

import { formatDate, languageOf, say, words } from "./page.js";

export function instantiate(id) {
  return document.getElementById(id).content.cloneNode(true);
}

export function fillText(root, selector, text) {
  const element = root.querySelector(selector);
  element.textContent = text ?? "";
  element.hidden = !text;
  return element;
}

export function sectionPath(category) {
  return (category.path?.length ? category.path : [category.name]).join(" › ");
}

export function fillList(list, texts) {
  list.replaceChildren(
    ...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
  list.hidden = !texts.length;
}

export function timeElement(date, style, word) {
  const time = document.createElement("time");
  const text = formatDate(date, style);
  time.dateTime = date;
  time.textContent = word ? say(word, { date: text }) : text;
  return time;
}

export function span(text) {
  return Object.assign(document.createElement("span"), { textContent: text });
}

export function authorElement(author, { link }) {
  if (!link || !/^https?:/.test(author.url ?? "")) return span(author.name);
  const anchor = Object.assign(document.createElement("a"), { href: author.url, rel: "author" });
  anchor.textContent = author.name;
  return anchor;
}

export function fillByline(paragraph, article, { style, link }) {
  const { author, date, updated } = article;
  const parts = [timeElement(date, style)];
  if (author) parts.unshift(authorElement(author, { link }));
  if (link && updated && updated > date) parts.push(timeElement(updated, style, "updated"));
  if (article.reading_minutes) parts.push(span(say("minutes", { count: article.reading_minutes })));
  paragraph.replaceChildren(...parts);
}

// The first letter of the title stands in for a picture that does not arrive.
function firstGlyph(text) {
  return text.match(/[\p{L}\p{N}]/u)?.[0] ?? "";
}

export function fillPicture(frame, picture, article, { always = false } = {}) {
  if (!picture?.url && !always) return frame.remove();
  const image = frame.querySelector("img");
  frame.dataset.glyph = firstGlyph(article.title);
  frame.dataset.tone = article.slug.length % 4;
  if (!picture?.url) return frame.classList.add("is-missing");
  image.addEventListener("load", () => frame.classList.add("is-loaded"));
  image.addEventListener("error", () => frame.classList.add("is-missing"));
  image.alt = image.closest("figure") ? (picture.alt ?? "") : "";
  if (picture.width && picture.height) Object.assign(image, { width: picture.width, height: picture.height });
  if (picture.srcset) image.srcset = picture.srcset;
  return Object.assign(image, { src: picture.url });
}

export function showNotice(notice, { title, detail, retry }) {
  const heading = Object.assign(document.createElement("h2"), { textContent: title });
  const parts = [heading, Object.assign(document.createElement("p"), { textContent: detail })];
  if (retry) {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.textContent = words.retry;
    button.addEventListener("click", retry);
    parts.push(button);
  }
  notice.replaceChildren(...parts);
  notice.hidden = false;
}

export function setLanguage(element, article) {
  element.lang = languageOf(article);
}
