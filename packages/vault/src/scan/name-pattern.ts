import { type BytePath, fromBytePath } from './path-order.ts'
import { pathToText } from './path-text.ts'

/**
 * A test of paths by what a person types, upper and lower case alike. A plain word is looked for anywhere in the name;
 * with `*`, `?` or `[a-z]` the whole name must match. A pattern that holds a `/` is held against the whole path, and its
 * `*` crosses folders; a `/` at its start stands for the top. Takes time in proportion to pattern and name, whatever the pattern.
 */
export function namePattern(pattern: string): NamePattern {
  const wanted = fold(pattern)
  const isPath = wanted.includes('/')
  const subject = isPath ? (text: string) => text : nameOf
  // A slash at the start is that of the top: folded paths have none.
  const lead = wanted.startsWith('/') ? '/' : ''
  if (!/[*?]|\[[^\]].*\]/s.test(wanted)) {
    const fitsText = (text: string) => `${lead}${subject(text)}`.includes(wanted)
    const literal = lead === '' ? wanted : wanted.slice(1)
    return { fits: (path) => fitsText(subject(foldedPath(path, isPath))), fitsText, literal }
  }
  const tokens = tokensOf([...wanted])
  const fitsText = (text: string) => matches(tokens, [...`${lead}${subject(text)}`])
  return { fits: (path) => fitsText(foldedPath(path, isPath)), fitsText, literal: longestLiteral(wanted) }
}

export type NamePattern = {
  fits(path: BytePath): boolean
  /** The same for a path that `foldedPath` gave. */
  fitsText(folded: string): boolean
  /** Stands in every folded path that fits; may be empty. */
  readonly literal: string
}

/** A path as patterns see it: text, in lower case, accents joined. Holds no newline. Without `whole` only its name. */
export function foldedPath(path: BytePath, whole = true): string {
  return textOf(whole ? path : nameOf(path))
}

/** What stands between the signs of a pattern; a slash at its start is not in the folded path. */
function longestLiteral(wanted: string): string {
  const parts = wanted.replace(/^\//, '').split(/[*?[\]]/)
  // What may be the inside of brackets is no literal.
  const sure = wanted.includes('[') ? parts.slice(0, 1) : parts
  return sure.reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}

type Token = 'any' | { one(char: string): boolean }

function tokensOf(chars: readonly string[]): Token[] {
  const tokens: Token[] = []
  for (let i = 0; i < chars.length; i += 1) {
    const char = chars[i] as string
    const end = char === '[' ? chars.indexOf(']', i + 2) : -1
    if (char === '*') {
      if (tokens.at(-1) !== 'any') tokens.push('any')
    } else if (char === '?') tokens.push({ one: (other) => other !== '/' })
    else if (end !== -1) {
      tokens.push(setOf(chars.slice(i + 1, end)))
      i = end
    } else tokens.push({ one: (other) => other === char })
  }
  return tokens
}

/** `[abc]`, `[a-z]`, `[!a]` without the brackets. */
function setOf(chars: readonly string[]): Token {
  const negated = chars.length > 1 && (chars[0] === '!' || chars[0] === '^')
  const rest = negated ? chars.slice(1) : chars
  const ranges: (readonly [string, string])[] = []
  for (let i = 0; i < rest.length; i += 1) {
    const from = rest[i] as string
    const to = rest[i + 1] === '-' ? rest[i + 2] : undefined
    ranges.push([from, to ?? from])
    if (to !== undefined) i += 2
  }
  return { one: (char) => ranges.some(([from, to]) => from <= char && char <= to) !== negated }
}

function matches(tokens: readonly Token[], chars: readonly string[]): boolean {
  let token = 0
  let at = 0
  let star: { token: number; at: number } | undefined
  while (at < chars.length) {
    const wanted = tokens[token]
    if (wanted === 'any') {
      star = { token, at }
      token += 1
    } else if (wanted?.one(chars[at] as string) === true) {
      token += 1
      at += 1
    } else if (star !== undefined) {
      // The last star takes one more: earlier ones never need to.
      star.at += 1
      at = star.at
      token = star.token + 1
    } else return false
  }
  return tokens.slice(token).every((rest) => rest === 'any')
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function textOf(path: BytePath): string {
  return PLAIN.test(path) ? path.toLowerCase() : fold(pathToText(fromBytePath(path)))
}

/** Some systems write an é as e with an accent: both are one name to people. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

const PLAIN = /^[ -[\]-~]*$/
