(function ({ glue, program }) {
  const ATTEMPTS = 10;
  const LONGEST_PAUSE = 15_000;
  /** Every event of a person that a page listens to. */
  const HELD_BACK = [
    ...["click", "mousedown", "pointerdown", "pointerenter", "pointerleave", "pointermove", "scroll"],
    ...["blur", "cancel", "change", "close", "focus", "focusout", "input", "keydown", "submit"],
    ...["dragleave", "dragover", "drop", "paste"],
  ];

  let hasFailed = false;

  // What the program calls back: see `app/src/panic.rs`.
  window.slipway = { failed };

  async function start(attempt) {
    try {
      // A browser remembers that a module could not be had, so each attempt has an address of its own.
      const [module, bytes] = await Promise.all([import(nth(glue, attempt)), fetch(program)]);
      await module.default({ module_or_path: bytes });
      setTimeout(takeOver, 0, module);
    } catch (error) {
      console.warn("Slipway's program could not be loaded", error);
      again(attempt);
    }
  }

  // In many tasks: between them the page is drawn and scrolls. A tab that nobody sees has one such task in a second.
  async function takeOver({ hydrate, hydrate_more: hydrateMore }) {
    hydrate();
    do {
      if (!document.hidden) await new Promise((rested) => setTimeout(rested));
    } while (hydrateMore());
  }

  function nth(address, attempt) {
    return attempt === 0 ? address : `${address}${address.includes("?") ? "&" : "?"}attempt=${attempt}`;
  }

  function again(attempt) {
    if (attempt < ATTEMPTS) setTimeout(start, Math.min(1000 * 2 ** attempt, LONGEST_PAUSE), attempt + 1);
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

  // A page that is taken over in part answers nothing: the rest must be found as the server rendered it. A button that was
  // pressed is pressed once more when the program runs. Links, forms and what is typed need no program.
  function holdBack() {
    let pressed = null;
    const hold = (event) => {
      event.stopPropagation();
      if (event.type === "click") pressed = event.target.closest('button[type="button"]');
    };
    for (const type of HELD_BACK) document.addEventListener(type, hold, true);
    new MutationObserver((_, observer) => {
      observer.disconnect();
      for (const type of HELD_BACK) document.removeEventListener(type, hold, true);
      if (pressed?.isConnected) pressed.click();
    }).observe(document.documentElement, { attributeFilter: ["data-hydrated"] });
  }

  holdBack();
  // Nothing is drawn in a tab that nobody sees.
  if (document.hidden) start(0);
  else requestAnimationFrame(() => setTimeout(start, 0, 0));
})
