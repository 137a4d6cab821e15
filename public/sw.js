// Shows a page where there is no connection. Caches that page and nothing else.

const CACHE = "offline-1";
const PAGE = "/offline.html";

// The page brings its own style, and runs nothing.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate" && event.request.method === "GET") {
    event.respondWith(fetch(event.request).catch(offline));
  }
});

async function keep() {
  const answer = await fetch(PAGE, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${PAGE}: ${answer.status}`);
  const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY };
  const cache = await caches.open(CACHE);
  await cache.put(PAGE, new Response(await answer.text(), { headers }));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

async function offline() {
  const cache = await caches.open(CACHE);
  return (await cache.match(PAGE)) ?? Response.error();
}
