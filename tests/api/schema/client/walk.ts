// Walks along all articles with a client made of the schema, and prints what it met as JSON.

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

type Card = components["schemas"]["Card"];
type Document = components["schemas"]["Document"];

declare const process: { argv: string[] };

const client = createClient<paths>({
  baseUrl: process.argv[2] ?? "",
  querySerializer: { array: { style: "form", explode: false } },
});

async function* walk(): AsyncGenerator<Card> {
  let cursor: string | undefined;
  do {
    const { data, error } = await client.GET("/articles/", {
      params: { query: { page_size: 4, ordering: "title", lang: ["zh-Hans", "en"], cursor } },
    });
    if (!data) throw new Error(`${error.code}: ${error.detail}`);
    // Nothing is cut: no `fields` was asked for.
    yield* data.results as Card[];
    cursor = data.next ? new URL(data.next).searchParams.get("cursor") ?? undefined : undefined;
  } while (cursor);
}

const titles: string[] = [];
let last: Card | undefined;
for await (const card of walk()) {
  titles.push(card.title);
  last = card;
}

const slug = last?.slug ?? "";
const whole = await client.GET("/articles/slug/{slug}/", { params: { path: { slug } } });
const body = (whole.data as Document | undefined)?.body_html ?? "";

const cut = await client.GET("/articles/", {
  params: { query: { fields: ["title", "date"], page_size: 1, count: true } },
});
const members = Object.keys(cut.data?.results[0] ?? {});

const missing = await client.GET("/tags/{id}/", { params: { path: { id: 987654321 } } });
const code = missing.error?.code;

// What the schema does not allow is an error of the compiler (names of parameters openapi-fetch leaves unchecked).
// @ts-expect-error
void (() => client.GET("/articles/", { params: { query: { count: "yes" } } }));
// @ts-expect-error
void (() => client.GET("/articles/", { params: { query: { ordering: "body" } } }));
// @ts-expect-error
void (() => client.GET("/articles/", { params: { query: { fields: ["front_matter"] } } }));
// @ts-expect-error
void (() => client.GET("/drafts/"));

console.log(JSON.stringify({ titles, body, members, count: cut.data?.count, code }));
