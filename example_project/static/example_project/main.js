// Which of the two pages is shown: `#/` is the front page, `#/articles/{slug}` a story.

import { ApiError, getStory } from "./api.js";
import { knownCard, loadFront } from "./front.js";
import { announce, formatDate, storyAddress, words } from "./page.js";
import { instantiate, showNotice } from "./parts.js";
import { buildStory, fillBody } from "./story.js";

const front = document.getElementById("front");
const story = document.getElementById("story");
const returnAddress = document.querySelector(".languages input[name=next]");

let request = new AbortController();
let frontScroll = 0;
let openedSlug = null;

function slugInAddress() {
  const match = location.hash.match(/^#\/articles\/([^/]+)\/?$/);
  if (!match) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}

function setTitle(title) {
  document.title = title ? `${title} — ${words.title}` : words.title;
}

function showFront({ focus }) {
  story.hidden = true;
  story.replaceChildren();
  front.hidden = false;
  setTitle("");
  scrollTo(0, frontScroll);
  if (focus) focusCard();
}

function focusCard() {
  const address = openedSlug && storyAddress(openedSlug);
  const anchor = address && front.querySelector(`.headline a[href="${CSS.escape(address)}"]`);
  (anchor || document.getElementById("front-title")).focus({ preventScroll: true });
}

function showStory(article) {
  story.replaceChildren(buildStory(article));
  setTitle(article.title || words.untitled);
  story.querySelector("h1").focus({ preventScroll: true });
}

function isSame(card, article) {
  return Object.keys(card).every((key) => JSON.stringify(card[key]) === JSON.stringify(article[key]));
}

function showFailure(slug, error) {
  const root = instantiate("story-template");
  root.querySelectorAll("header, figure, .body, footer").forEach((part) => part.remove());
  const retry = error.isFinal ? null : () => openStory(slug);
  showNotice(root.querySelector(".notice"), { title: words.articleFailed, detail: error.message, retry });
  story.replaceChildren(root);
  setTitle(words.articleFailed);
  announce(`${words.articleFailed} ${error.message}`);
}

async function openStory(slug) {
  const { signal } = request;
  const card = knownCard(slug);
  openedSlug = slug;
  front.hidden = true;
  story.hidden = false;
  story.setAttribute("aria-busy", "true");
  scrollTo(0, 0);
  if (card) showStory(card);
  else announce(words.loading);
  try {
    const article = await getStory(slug, signal);
    if (!card || !isSame(card, article)) showStory(article);
    fillBody(story, article);
    // An old address was redirected: the address bar shows the one to keep.
    if (article.slug !== slug) history.replaceState(null, "", storyAddress(article.slug));
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof ApiError)) throw error;
    showFailure(slug, error);
  }
  story.removeAttribute("aria-busy");
}

function route({ focus }) {
  request.abort();
  request = new AbortController();
  if (!front.hidden && story.childElementCount === 0) frontScroll = scrollY;
  returnAddress.value = location.pathname + location.hash;
  const slug = slugInAddress();
  if (slug) return openStory(slug);
  showFront({ focus });
  return loadFront();
}

const today = document.querySelector(".today");
today.textContent = formatDate(null, { dateStyle: "full" });

history.scrollRestoration = "manual";
addEventListener("hashchange", () => route({ focus: true }));
document.querySelector(".skip").addEventListener("click", (event) => {
  // Its "#main" would be taken for an address of this site.
  event.preventDefault();
  document.getElementById("main").focus();
});
route({ focus: false });
