/**
 * JSON.parse with a bound on memory: text of a few megabytes can stand for ten times that in objects, so what came from
 * a remote is counted before it is parsed. Throws SyntaxError for what is no JSON, RangeError for more than `maxValues`
 * elements and members; callers say whose damage that is.
 */
export function parseBoundedJson(text: string, maxValues: number): unknown {
  // Every value takes a character: short text needs no counting.
  if (text.length <= maxValues) return JSON.parse(text)
  const values = valuesIn(text)
  if (values > maxValues) throw new RangeError(`${values} values are more than the ${maxValues} allowed`)
  return JSON.parse(text)
}

/** How many elements and members JSON text has at most. Those in strings count too: a bound need not be exact. */
export function valuesIn(text: string): number {
  let values = 0
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i)
    if (char === COMMA || char === BRACKET || char === BRACE) values += 1
  }
  return values
}

const COMMA = 0x2c
const BRACKET = 0x5b
const BRACE = 0x7b
