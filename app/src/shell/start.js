(function ({ glue, first, rest }) {
  const ATTEMPTS = 10;
  const LONGEST_PAUSE = 15_000;
  /** Pages that come alive with the first half of the program; the others wait for all of it. */
  const LIGHT_PAGE = /^\/(sessions(\/[^/]+)?)?$/;

  /** What the first half of the program shares with the rest. */
  let shared = null;
  /** Calls off the rest that is on its way. */
  let coming = null;
  let hasFailed = false;

  // What the program calls back: see `frontend` and `app/src/panic.rs`.
  window.slipway = { loadRest, failed };

  async function start(attempt) {
    const isLight = LIGHT_PAGE.test(location.pathname);
    try {
      // A browser remembers that a module could not be had, so each attempt has an address of its own.
      const [module, bytes] = await Promise.all([import(nth(glue, attempt)), fetch(first)]);
      shared = await module.default({ module_or_path: bytes });
      if (!isLight) await fetchRest(0);
      // In two tasks: between them the page answers.
      setTimeout(() => {
        module.hydrate();
        // Not beside the first half: on a slow line the page would come alive later.
        if (isLight) setTimeout(fetchRest, 0, 0);
      });
    } catch (error) {
      console.warn("Slipway's program could not be loaded", error);
      again(start, attempt);
    }
  }

  async function fetchRest(attempt) {
    if (!rest) return;
    const { signal } = (coming = new AbortController());
    try {
      await WebAssembly.instantiateStreaming(fetch(rest, { priority: "low", signal }), { first: shared });
    } catch (error) {
      if (signal.aborted) return;
      console.warn("The rest of Slipway's program could not be loaded", error);
      again(fetchRest, attempt);
    }
  }

  // The program stands still in the middle of something until this returns, so nothing here may wait.
  function loadRest() {
    // Nor can anything arrive meanwhile.
    coming?.abort();
    try {
      const request = new XMLHttpRequest();
      request.open("GET", rest, false);
      request.overrideMimeType("text/plain; charset=x-user-defined");
      request.send();
      const bytes = Uint8Array.from(request.responseText, (sign) => sign.charCodeAt(0));
      new WebAssembly.Instance(new WebAssembly.Module(bytes), { first: shared });
    } catch (error) {
      failed(`the rest of the program could not be loaded: ${error}`);
      throw error;
    }
  }

  function nth(address, attempt) {
    return attempt === 0 ? address : `${address}${address.includes("?") ? "&" : "?"}attempt=${attempt}`;
  }

  function again(task, attempt) {
    if (attempt < ATTEMPTS) setTimeout(task, Math.min(1000 * 2 ** attempt, LONGEST_PAUSE), attempt + 1);
  }

  // The end of the program: a card that says so, and one line in the server's log. One failure brings others; the first is the one.
  function failed(said) {
    if (hasFailed) return;
    hasFailed = true;
    fetch("/reports", { method: "POST", body: `${location.pathname}: ${said}` }).catch(() => {});
    const card = make("div", "panic", { role: "alert" });
    const text = "This page stopped working. Nothing that was sent is lost, and what you wrote is kept. The agent goes on.";
    make("p", "panic-text", {}, card).textContent = text;
    // A link to this very page, without its fragment, so that no program is needed to follow it.
    const address = location.pathname + location.search;
    const reload = make("a", "btn btn-primary", { href: address, rel: "external", role: "button" }, card);
    reload.textContent = "Reload";
    document.body.append(card);
    reload.focus();
  }

  function make(tag, name, attributes, parent) {
    const element = document.createElement(tag);
    element.className = name;
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
    parent?.append(element);
    return element;
  }

  // A button pressed before the program runs is pressed once more when it does. Links and forms need no program.
  function keepLastClick() {
    let pressed = null;
    const keep = (event) => (pressed = event.target.closest('button[type="button"]'));
    document.addEventListener("click", keep, true);
    new MutationObserver((_, observer) => {
      observer.disconnect();
      document.removeEventListener("click", keep, true);
      if (pressed?.isConnected) pressed.click();
    }).observe(document.documentElement, { attributeFilter: ["data-hydrated"] });
  }

  keepLastClick();
  // Nothing is drawn in a tab that nobody sees.
  if (document.hidden) start(0);
  else requestAnimationFrame(() => setTimeout(start, 0, 0));
})
