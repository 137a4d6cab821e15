(function (program, wasm) {
  const ATTEMPTS = 10;
  const LONGEST_REST = 15_000;

  async function start(attempt) {
    // A browser remembers that a module could not be had, so each attempt has an address of its own.
    const address = attempt === 0 ? program : `${program}?attempt=${attempt}`;
    try {
      const [module, bytes] = await Promise.all([import(address), fetch(wasm)]);
      await module.default({ module_or_path: bytes });
      // In two tasks: between them the page answers.
      setTimeout(module.hydrate);
    } catch (error) {
      console.warn("Slipway's program could not be loaded", error);
      if (attempt < ATTEMPTS) setTimeout(start, Math.min(1000 * 2 ** attempt, LONGEST_REST), attempt + 1);
    }
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
