import { createHash } from 'node:crypto'
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A tree as it was at one moment: what each path is, under its bytes as Latin-1 relative to the root. */
export type TreeState = ReadonlyMap<string, string>

/**
 * Kind, mode, owner, time to 1 µs, size, content by hash, link target and which names are one file, of everything at
 * and below `dir`.
 */
export function readTreeState(dir: string): TreeState {
  const state = new Map<string, string>()
  const firstNames = new Map<string, string>()
  const visit = (path: Buffer, name: string) => {
    const stats = lstatSync(path, { bigint: true })
    state.set(name, `${describe(path, stats)}${sameFile(stats, name, firstNames)}`)
    if (!stats.isDirectory()) return
    const names = readdirSync(path, { encoding: 'buffer' })
    for (const child of names.sort(Buffer.compare))
      visit(Buffer.concat([path, Buffer.from('/'), child]), `${name}/${child.toString('latin1')}`)
  }
  visit(Buffer.from(dir), '')
  return state
}

/** What differs, one line each and at most five; empty when nothing does. */
export function differences(expected: TreeState, found: TreeState): string[] {
  const paths = new Set([...expected.keys(), ...found.keys()])
  const lines = [...paths].flatMap((path) => {
    const [was, is] = [expected.get(path), found.get(path)]
    return was === is ? [] : [`${JSON.stringify(path)}: ${was ?? 'nothing'} became ${is ?? 'nothing'}`]
  })
  return lines.slice(0, 5)
}

function describe(path: Buffer, stats: BigIntStats): string {
  const common = `mode ${(stats.mode & 0o7777n).toString(8)} owner ${stats.uid}:${stats.gid} time ${stats.mtimeNs / 1000n}`
  if (stats.isDirectory()) return `folder ${common}`
  if (stats.isFile()) {
    const hash = createHash('sha256').update(readFileSync(path)).digest('hex')
    return `file ${common} size ${stats.size} ${hash}`
  }
  if (stats.isSymbolicLink())
    return `link time ${stats.mtimeNs / 1000n} to ${readlinkSync(path, { encoding: 'buffer' }).toString('latin1')}`
  return `other ${common} type ${stats.mode >> 12n}`
}

function sameFile(stats: BigIntStats, name: string, firstNames: Map<string, string>): string {
  if (!stats.isFile() || stats.nlink === 1n) return ''
  const file = `${stats.dev}:${stats.ino}`
  const first = firstNames.get(file)
  if (first === undefined) firstNames.set(file, name)
  return ` same as ${JSON.stringify(first ?? name)}`
}
