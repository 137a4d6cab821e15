(function (program, wasm) {
  function start() {
    const bytes = fetch(wasm);
    import(program).then((module) => module.default({ module_or_path: bytes }).then(module.hydrate));
  }
  // Nothing is drawn in a tab that nobody sees.
  if (document.hidden) start();
  else requestAnimationFrame(() => setTimeout(start));
})
