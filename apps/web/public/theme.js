// Runs before the first paint, from a file because the page allows no inline script. Sets the theme a person chose.
;(() => {
  const chosen = localStorage.getItem('holdfast-theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
})()
// zod would try whether it may make code from text, which the page's policy forbids and the browser reports.
globalThis.__zod_globalConfig = { jitless: true }
