import { isUtf8 } from 'node:buffer'
import { HoldfastError } from '@holdfast/domain/errors'
import { parseBoundedJson } from '../pack/parse-bounded-json.ts'
import type { EntryKind, EntryStat } from '../ports.ts'
import { type BytePath, fromBytePath, toBytePath } from '../scan/path-order.ts'
import { pathToText } from '../scan/path-text.ts'

/**
 * A line of the manifest: one entry as a JSON object without spaces, its keys always in this order.
 *
 *     p | pb   path as text, or base64 where its bytes are not UTF-8      t   f d l p s c b
 *     m u g    mode (0o7777), owner, group        s   size (files)        mt ct  mtime, ctime in ns, as text
 *     i        inode, as text                     sp  1 when sparse       h   hardlink group, when nlink > 1
 *     d        [major, minor] of a device
 *     -- up to here the line is known from lstat alone: when an old line starts with the same bytes, nothing changed
 *     c        content: an id (one piece holds it all) or [[id, length] or [0, length of a hole], …]
 *     cl       instead of c for very many pieces: ids of pieces that hold the JSON of c's list, in order
 *     l | lb   target of a link                   torn  1 when it changed while it was read
 *     e        why it could not be read: the entry is named but not kept
 *
 * Lines are handled as byte strings (see path-order.ts): what is text in JSON is UTF-8 bytes here.
 */
export type ContentPart = readonly [id: string | 0, length: number]

/** An entry as read back. */
export type Entry = {
  readonly path: BytePath
  readonly kind: EntryKind
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtimeNs: bigint
  readonly sparse: boolean
  /** Names that share one file have the same group. */
  readonly hardlinkGroup: string | undefined
  readonly device: { readonly major: number; readonly minor: number }
  /** Undefined for all but files. */
  readonly content: readonly ContentPart[] | undefined
  /** Pieces that hold the content list of a huge file, instead of `content`. */
  readonly contentLists: readonly string[] | undefined
  readonly linkTarget: BytePath | undefined
  readonly torn: boolean
  readonly problem: string | undefined
}

const KIND_LETTER: Record<EntryKind, string> = {
  file: 'f',
  dir: 'd',
  link: 'l',
  fifo: 'p',
  socket: 's',
  char: 'c',
  block: 'b',
}
const LETTER_KIND = new Map(Object.entries(KIND_LETTER).map(([kind, letter]) => [letter, kind as EntryKind]))

/** The part of a line that lstat alone decides, without the closing brace. */
export function linePrefix(path: BytePath, stat: EntryStat, hardlinkGroup: string | undefined): string {
  let line = `{${pathField('p', path)},"t":"${KIND_LETTER[stat.kind]}","m":${stat.mode},"u":${stat.uid},"g":${stat.gid}`
  if (stat.kind === 'file') line += `,"s":${stat.size}`
  line += `,"mt":"${stat.mtimeNs}","ct":"${stat.ctimeNs}","i":"${stat.ino}"`
  if (stat.kind === 'file' && stat.allocated < stat.size) line += ',"sp":1'
  if (hardlinkGroup !== undefined) line += `,"h":"${hardlinkGroup}"`
  if (stat.kind === 'char' || stat.kind === 'block') line += `,"d":[${stat.rdevMajor},${stat.rdevMinor}]`
  return line
}

/** What follows the prefix: content, link target, problem, and the closing brace with the newline. */
export function lineSuffix(rest: {
  content?: readonly ContentPart[]
  contentLists?: readonly string[]
  linkTarget?: BytePath
  torn?: boolean
  problem?: string
}): string {
  let line = ''
  const [first] = rest.content ?? []
  if (rest.contentLists !== undefined) line += `,"cl":${JSON.stringify(rest.contentLists)}`
  else if (rest.content?.length === 1 && first !== undefined && first[0] !== 0) line += `,"c":"${first[0]}"`
  else if (first !== undefined) line += `,"c":${JSON.stringify(rest.content)}`
  if (rest.linkTarget !== undefined) line += `,${pathField('l', rest.linkTarget)}`
  if (rest.torn === true) line += ',"torn":1'
  if (rest.problem !== undefined) line += `,"e":${JSON.stringify(rest.problem)}`
  return `${line}}\n`
}

/** The path of a line, without parsing the rest. */
export function pathOfLine(line: string): BytePath {
  return plainPathOf(line) ?? parseLine(line).path
}

/** The path that a `linePrefix` begins with. */
export function pathOfPrefix(prefix: string): BytePath {
  const plain = plainPathOf(prefix)
  if (plain !== undefined) return plain
  const raw: unknown = JSON.parse(`${Buffer.from(prefix, 'latin1').toString('utf8')}}`)
  return requiredPath(isRawLine(raw) ? raw : {})
}

/** The path where it stands in the line as it is; undefined when it is escaped or base64. */
function plainPathOf(line: string): BytePath | undefined {
  if (!line.startsWith('{"p":"')) return undefined
  const raw = line.slice(6, line.indexOf('"', 6))
  return raw.includes('\\') ? undefined : raw
}

/** The ids of all pieces that a line names, without parsing it. */
export function piecesOfLine(line: string): string[] {
  const start = line.lastIndexOf(',"c"') === -1 ? line.lastIndexOf(',"cl"') : line.lastIndexOf(',"c"')
  if (start === -1 || line.startsWith(',"e"', start)) return []
  return [...line.slice(start).matchAll(/"([0-9a-f]{64})"/g)].map((match) => match[1] as string)
}

/** Reads a line. VAULT_DAMAGED when it isn't one. */
export function parseLine(line: string): Entry {
  try {
    return entryOf(parseBoundedJson(Buffer.from(line, 'latin1').toString('utf8'), MAX_LINE_VALUES))
  } catch (cause) {
    const path = /^\{"p":"([^"\\]{1,1024})"/.exec(line)?.[1]
    const which =
      path === undefined ? 'A line of a manifest' : `The line of ${pathToText(fromBytePath(path))}`
    throw new HoldfastError('VAULT_DAMAGED', `${which} is damaged.`, { cause })
  }
}

/** A line names at most 2,048 parts itself; the rest is for commas in names. */
const MAX_LINE_VALUES = 200_000

type RawLine = Readonly<Record<string, unknown>>

function isRawLine(value: unknown): value is RawLine {
  return typeof value === 'object' && value !== null
}

function entryOf(raw: unknown): Entry {
  if (!isRawLine(raw)) throw new TypeError('line')
  const kind = LETTER_KIND.get(String(raw.t))
  if (kind === undefined) throw new TypeError('kind')
  const size = kind === 'file' ? count(raw.s) : 0
  const device = raw.d
  const [major, minor] = Array.isArray(device) ? device : [0, 0]
  const linkTarget = optionalPath(raw, 'l')
  if (kind === 'link' && linkTarget === undefined && raw.e === undefined) throw new TypeError('target')
  return {
    path: requiredPath(raw),
    kind,
    mode: count(raw.m) & 0o7777,
    uid: count(raw.u),
    gid: count(raw.g),
    size,
    mtimeNs: nanoseconds(raw.mt),
    sparse: raw.sp === 1,
    hardlinkGroup: raw.h === undefined ? undefined : String(raw.h),
    device: { major: count(major), minor: count(minor) },
    content: kind === 'file' ? contentOf(raw, size) : undefined,
    contentLists: Array.isArray(raw.cl) ? raw.cl.map(pieceId) : undefined,
    linkTarget,
    torn: raw.torn === 1,
    problem: raw.e === undefined ? undefined : String(raw.e),
  }
}

function contentOf(raw: RawLine, size: number): readonly ContentPart[] | undefined {
  const content = raw.c
  if (raw.cl !== undefined || raw.e !== undefined) return undefined
  if (content === undefined) {
    if (size !== 0) throw new TypeError('content')
    return []
  }
  const parts = typeof content === 'string' ? [[content, size]] : content
  return checkParts(parts, size)
}

/** A list of content parts that add up to `size`, checked. */
function checkParts(value: unknown, size: number | undefined): readonly ContentPart[] {
  if (!Array.isArray(value)) throw new TypeError('content')
  let sum = 0
  const parts = value.map((part): ContentPart => {
    if (!Array.isArray(part)) throw new TypeError('content')
    const length = count(part[1])
    sum += length
    return part[0] === 0 ? [0, length] : [pieceId(part[0]), length]
  })
  if (size !== undefined && sum !== size) throw new TypeError('content length')
  return parts
}

/** A content list from a piece of its own (`cl`). VAULT_DAMAGED when it isn't one. */
export function parseContentList(bytes: Uint8Array): readonly ContentPart[] {
  try {
    return checkParts(parseBoundedJson(Buffer.from(bytes).toString('utf8'), MAX_LIST_VALUES), undefined)
  } catch (cause) {
    throw new HoldfastError('VAULT_DAMAGED', 'A content list of a manifest is damaged.', { cause })
  }
}

/** More than any list of `createStoredManifest` holds. */
const MAX_LIST_VALUES = 100_000

function nanoseconds(value: unknown): bigint {
  if (typeof value !== 'string' || !/^-?[0-9]{1,20}$/.test(value)) throw new TypeError('time')
  return BigInt(value)
}

function requiredPath(raw: RawLine): BytePath {
  const path = optionalPath(raw, 'p')
  if (path === undefined) throw new TypeError('path')
  return path
}

function optionalPath(raw: RawLine, key: 'p' | 'l'): BytePath | undefined {
  const text = raw[key]
  const base64 = raw[`${key}b`]
  if (typeof text === 'string') return toBytePath(Buffer.from(text))
  if (typeof base64 === 'string') return toBytePath(Buffer.from(base64, 'base64'))
  return undefined
}

function pathField(key: 'p' | 'l', path: BytePath): string {
  if (PLAIN.test(path)) return `"${key}":"${path}"`
  const bytes = fromBytePath(path)
  if (!isUtf8(bytes)) return `"${key}b":"${Buffer.from(bytes).toString('base64')}"`
  const json = JSON.stringify(Buffer.from(bytes).toString('utf8'))
  return `"${key}":${Buffer.from(json).toString('latin1')}`
}

/** Printable ASCII but quote and backslash: stands in JSON as it is. */
const PLAIN = /^[ !#-[\]-~]*$/

function pieceId(value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) throw new TypeError('piece id')
  return value
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new TypeError('number')
  return value
}
