import { type Entry, pathToText } from '@holdfast/vault'
import { localTime } from './local-time.ts'

const KIND_LETTERS = {
  file: '-',
  dir: 'd',
  link: 'l',
  fifo: 'p',
  socket: 's',
  char: 'c',
  block: 'b',
} as const

/** An entry of a snapshot as `ls -l` would show it. */
export function entryLine(entry: Entry): string {
  const owner = `${entry.uid}:${entry.gid}`.padStart(11)
  const size = String(entry.size).padStart(12)
  const name = pathToText(entry.path) + (entry.kind === 'dir' ? '/' : '')
  const target = entry.linkTarget === undefined ? '' : ` -> ${pathToText(entry.linkTarget)}`
  const problem = entry.problem === undefined ? '' : `  (not read: ${entry.problem})`
  const time = fileTime(entry.mtimeNs)
  return `${KIND_LETTERS[entry.kind]}${modeText(entry.mode)} ${owner} ${size}  ${time}  ${name}${target}${problem}`
}

/** The same for JSON. `mtimeNs` is text, because a number could not hold it. */
export function entryRecord(entry: Entry) {
  return {
    path: pathToText(entry.path),
    kind: entry.kind,
    mode: entry.mode.toString(8).padStart(4, '0'),
    uid: entry.uid,
    gid: entry.gid,
    size: entry.size,
    mtime: isoTime(entry.mtimeNs),
    mtimeNs: entry.mtimeNs.toString(),
    linkTarget: entry.linkTarget === undefined ? undefined : pathToText(entry.linkTarget),
    problem: entry.problem,
    torn: entry.torn ? true : undefined,
  }
}

/** A file's time as people read it in a list. */
export function fileTime(timeNs: bigint): string {
  return localTime(new Date(Number(timeNs / 1_000_000n)))
}

/** Undefined where a calendar ends: a file may claim any time. */
export function isoTime(timeNs: bigint): string | undefined {
  const moment = new Date(Number(timeNs / 1_000_000n))
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString()
}

function modeText(mode: number): string {
  const special = [mode & 0o4000, mode & 0o2000, mode & 0o1000]
  return [6, 3, 0]
    .map((shift, i) => {
      const bits = (mode >> shift) & 7
      const letter = i === 2 ? 't' : 's'
      const run = special[i] === 0 ? (bits & 1 ? 'x' : '-') : bits & 1 ? letter : letter.toUpperCase()
      return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${run}`
    })
    .join('')
}
