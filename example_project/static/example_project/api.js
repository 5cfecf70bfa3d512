// Asks the API, and turns whatever goes wrong into one kind of error with a sentence for people.

import { articles, words } from "./page.js";

const PAGE_SIZE = 12;

export class ApiError extends Error {
  isFinal = false; // asking again would bring the same answer
}

async function request(url, signal) {
  try {
    return await fetch(url, { signal, headers: { Accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(words.offline, { cause: error });
  }
}

async function get(url, signal) {
  const response = await request(url, signal);
  const content = await response.json().catch(() => null);
  signal?.throwIfAborted();
  if (response.ok && content) return content;
  const status = `${response.status} ${response.statusText}`;
  const error = new ApiError(content?.detail ?? content?.title ?? status);
  error.isFinal = response.status === 404;
  throw error;
}

// One page of cards. `next` is the address that the page before gave; only its query is used, so
// that the request stays on this origin whatever host name the server believes it has.
export function getCards(next, signal) {
  const query = next ? new URL(next, location.href).search : `?page_size=${PAGE_SIZE}`;
  return get(articles + query, signal);
}

export function getStory(slug, signal) {
  return get(`${articles}slug/${encodeURIComponent(slug)}/`, signal);
}
