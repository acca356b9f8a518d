// Runs before the first paint, from a file because the page allows no inline script. Sets the theme a person chose.
;(() => {
  const chosen = localStorage.getItem('holdfast-theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
})()
