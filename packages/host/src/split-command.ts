import { z } from 'zod'

/**
 * The words of a command that no shell sees: a JSON array of texts as it is, other text cut at white space, where a
 * part in `"…"` or `'…'` stays one word and means itself. Undefined for an empty command or an open quote.
 */
export function splitCommand(text: string): string[] | undefined {
  const words = text.trimStart().startsWith('[') ? fromJson(text) : fromWords(text)
  return words === undefined || (words[0] ?? '') === '' ? undefined : words
}

function fromJson(text: string): string[] | undefined {
  try {
    return z.array(z.string()).parse(JSON.parse(text))
  } catch {
    return undefined // the caller says that it is no command
  }
}

function fromWords(text: string): string[] | undefined {
  if (/["']/.test(text.replaceAll(QUOTED, ''))) return undefined
  const words = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []
  return words.map((word) => word.replaceAll(QUOTED, (part) => part.slice(1, -1)))
}

const QUOTED = /"[^"]*"|'[^']*'/g
