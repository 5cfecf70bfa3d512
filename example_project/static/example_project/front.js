// The front page: cards in the order of the API, a page at a time.

import { ApiError, getCards } from "./api.js";
import { announce, say, storyAddress, words } from "./page.js";
import {
  fillByline, fillList, fillPicture, fillText, instantiate, sectionPath, setLanguage, showNotice,
} from "./parts.js";

const front = document.getElementById("front");
const list = front.querySelector(".stories");
const notice = front.querySelector(".notice");
const more = front.querySelector(".more");
const SHORT_DATE = { dateStyle: "medium" };

const cards = new Map();
let next = null;

export function knownCard(slug) {
  return cards.get(slug);
}

function buildCard(card, index) {
  const root = instantiate("card-template");
  const item = root.querySelector("li");
  // The first story of all leads the page, and is never without a picture or its stand-in.
  const lead = index === 0 && !list.children.length;
  const picture = (lead && card.headimg) || card.thumbnail || card.headimg;
  const address = storyAddress(card.slug);
  setLanguage(fillText(root, ".headline a", card.title || words.untitled), card);
  setLanguage(fillText(root, ".excerpt", card.excerpt), card);
  fillText(root, ".kicker", card.categories.length ? sectionPath(card.categories[0]) : "");
  fillByline(root.querySelector(".byline"), card, { style: SHORT_DATE, link: false });
  fillList(root.querySelector(".tags"), card.tags.slice(0, 4).map((tag) => tag.name));
  item.querySelectorAll("a").forEach((anchor) => { anchor.href = address; });
  item.classList.toggle("has-picture", Boolean(picture));
  fillPicture(root.querySelector(".picture"), picture, card, { always: lead });
  return item;
}

function showWaiting() {
  const count = list.children.length ? 3 : 6;
  list.append(...Array.from({ length: count }, () => instantiate("skeleton-template")));
  list.setAttribute("aria-busy", "true");
  more.hidden = true;
  notice.hidden = true;
}

function hideWaiting() {
  list.querySelectorAll(".skeleton").forEach((item) => item.remove());
  list.removeAttribute("aria-busy");
}

function showPage(page) {
  const fresh = page.results.filter((card) => !cards.has(card.slug));
  fresh.forEach((card) => cards.set(card.slug, card));
  const items = fresh.map(buildCard);
  list.append(...items);
  next = page.next;
  more.hidden = !next;
  if (!cards.size) showNotice(notice, { title: words.empty, detail: words.emptyHint });
  return items;
}

async function load() {
  showWaiting();
  try {
    const page = await getCards(next);
    hideWaiting();
    return showPage(page);
  } catch (error) {
    hideWaiting();
    if (!(error instanceof ApiError)) throw error;
    showNotice(notice, { title: words.failed, detail: error.message, retry: loadMore });
    announce(`${words.failed} ${error.message}`);
    return [];
  }
}

async function loadMore() {
  announce(words.loading);
  const items = await load();
  if (!items.length) return;
  announce(say(next ? "added" : "last", { count: items.length }));
  // The button is gone or has moved away: the reader goes on at the first new story.
  if (!front.hidden) items[0].querySelector(".headline a").focus({ preventScroll: true });
}

more.addEventListener("click", loadMore);

export function loadFront() {
  return list.children.length ? undefined : load();
}
