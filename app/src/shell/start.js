(function (program, wasm) {
  function start() {
    const bytes = fetch(wasm);
    // In two tasks: between them the page answers.
    import(program).then((module) => module.default({ module_or_path: bytes }).then(() => setTimeout(module.hydrate)));
  }
  // Nothing is drawn in a tab that nobody sees.
  if (document.hidden) start();
  else requestAnimationFrame(() => setTimeout(start));
})
