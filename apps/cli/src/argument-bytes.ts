import { isUtf8 } from 'node:buffer'
import { posix } from 'node:path'
import { textToPath } from '@holdfast/vault/path-text'

/**
 * Arguments are bytes, but come to a program as text. A byte that is no UTF-8 is carried through as half a surrogate
 * (U+DC80 to U+DCFF), which no real text holds; `argumentBytes` gives the bytes back.
 */
export function rawArguments(args: readonly string[], commandLine: () => Buffer): string[] {
  if (!args.some((argument) => argument.includes('\ufffd'))) return [...args]
  const raw = commandLine().toString('latin1').split('\0').slice(0, -1)
  return raw.slice(raw.length - args.length).map((argument) => decode(Buffer.from(argument, 'latin1')))
}

/** The bytes of an argument that `rawArguments` gave. */
function argumentBytes(argument: string): Buffer {
  if (argument.isWellFormed()) return Buffer.from(argument)
  const parts = argument.split(/([\udc80-\udcff]+)/)
  return Buffer.concat(
    parts.map((part, i) =>
      i % 2 === 1 ? Buffer.from(Array.from(part, (char) => char.charCodeAt(0) & 0xff)) : Buffer.from(part),
    ),
  )
}

/** An argument that names a file of this machine, as an absolute path without `.`, `..` and a slash at its end. */
export function absolutePath(argument: string, cwd: Uint8Array): Buffer {
  const from = Buffer.from(cwd).toString('latin1')
  return Buffer.from(posix.resolve(from, argumentBytes(argument).toString('latin1')), 'latin1')
}

/** An argument that names something in a snapshot (`label/…`): as typed, or with the `\xHH` that `ls` prints. */
export function snapshotPath(argument: string): Uint8Array {
  const path = argument.isWellFormed() ? textToPath(argument) : argumentBytes(argument)
  return Buffer.from(
    Buffer.from(path)
      .toString('latin1')
      .replace(/^\/+|\/+$/g, ''),
    'latin1',
  )
}

function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = [4, 3, 2, 1].find((n) => isOneCharacter(bytes.subarray(at, at + n))) ?? 0
    text +=
      length === 0 ? String.fromCharCode(0xdc00 | (bytes[at] ?? 0)) : bytes.toString('utf8', at, at + length)
    at += Math.max(1, length)
  }
  return text
}

function isOneCharacter(bytes: Buffer): boolean {
  return isUtf8(bytes) && [...bytes.toString()].length === 1
}
