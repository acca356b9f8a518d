/** The paper that printers have where this browser's language is spoken. */
export function usualPaper(): 'a4' | 'letter' {
  return /-(US|CA|MX|PH|CL|CO)$/.test(navigator.language) ? 'letter' : 'a4'
}
