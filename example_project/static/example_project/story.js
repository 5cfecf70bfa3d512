// One story. `body_html` is the only markup that is inserted: the server has sanitised it.

import { words } from "./page.js";
import {
  fillByline, fillList, fillPicture, fillText, instantiate, sectionPath, setLanguage,
} from "./parts.js";

const LONG_DATE = { dateStyle: "long", timeStyle: "short" };

// An excerpt made from the beginning of the body would only say everything twice.
function standfirst(article, bodyText) {
  const squeeze = (text) => text.replace(/\s+/g, "");
  const start = squeeze(article.excerpt ?? "").slice(0, 24);
  return squeeze(bodyText).startsWith(start) ? "" : article.excerpt;
}

function wrapTable(table) {
  const region = document.createElement("div");
  region.className = "table-scroll";
  region.tabIndex = 0;
  region.setAttribute("role", "region");
  region.setAttribute("aria-label", words.table);
  table.replaceWith(region);
  region.append(table);
}

function watchImage(image) {
  image.loading = "lazy";
  image.addEventListener("error", () => {
    const label = document.createElement("span");
    label.className = "picture-missing";
    label.textContent = image.alt || words.noPicture;
    image.replaceWith(label);
  });
}

// A footnote's "#fn-1" would be taken for a page of this site: it is followed here instead.
function followInside(body, event) {
  const anchor = event.target.closest('a[href^="#"]');
  if (!anchor) return;
  event.preventDefault();
  const id = decodeURIComponent(anchor.getAttribute("href").slice(1));
  const target = id && body.querySelector(`[id="${CSS.escape(id)}"]`);
  if (!target) return;
  target.tabIndex = -1;
  target.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
}

function parseBody(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  template.content.querySelectorAll("img").forEach(watchImage);
  template.content.querySelectorAll("table").forEach(wrapTable);
  return template.content;
}

function skeletonLines() {
  const lines = document.createElement("div");
  lines.className = "skeleton";
  lines.append(...Array.from({ length: 4 }, () => document.createElement("div")));
  return lines;
}

function fillCaption(root, picture) {
  const parts = [picture?.caption, picture?.credit].filter(Boolean);
  fillText(root, "figcaption", parts.join(" · "));
}

// Everything above the body: a card is enough for it, so it can be shown before the story arrives.
export function buildStory(article) {
  const root = instantiate("story-template");
  const body = root.querySelector(".body");
  fillText(root, ".headline", article.title || words.untitled);
  fillText(root, ".standfirst", "");
  fillList(root.querySelector(".kicker"), article.categories.map(sectionPath));
  fillList(root.querySelector(".tags"), article.tags.map((tag) => tag.name));
  fillByline(root.querySelector(".byline"), article, { style: LONG_DATE, link: true });
  fillCaption(root, article.headimg);
  fillPicture(root.querySelector(".picture"), article.headimg, article);
  body.append(skeletonLines());
  body.addEventListener("click", (event) => followInside(body, event));
  [".headline", ".standfirst", ".body"].forEach((part) => setLanguage(root.querySelector(part), article));
  return root;
}

export function fillBody(root, article) {
  const content = parseBody(article.body_html);
  fillText(root, ".standfirst", standfirst(article, content.textContent));
  root.querySelector(".body").replaceChildren(content);
}
