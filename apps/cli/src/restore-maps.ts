import { readFileSync } from 'node:fs'
import { HoldfastError } from '@holdfast/domain'
import { type Owner, pathToText, type SnapshotInfo, textToPath } from '@holdfast/vault'
import { absolutePath } from './argument-bytes.ts'

/**
 * `--map FROM=TO`: where a source that was at or below FROM on the machine of the snapshot goes here. The longest FROM
 * that fits a source counts. Answers the labels that a mapping places. USAGE for one that fits nothing.
 */
export function placesByMap(
  maps: readonly string[],
  snapshot: Pick<SnapshotInfo, 'id' | 'sources'>,
  cwd: Uint8Array,
): { label: Uint8Array; path: Uint8Array }[] {
  const pairs = maps.map((text) => pairOf(text, '--map /home/ann=/home/bob'))
  const used = new Set<string>()
  const places = snapshot.sources.flatMap(({ label, path }) => {
    const fitting = pairs
      .filter(({ from }) => path === from || path.startsWith(from === '/' ? '/' : `${from}/`))
      .sort((a, b) => b.from.length - a.from.length)[0]
    if (fitting === undefined) return []
    used.add(fitting.from)
    const below = path.slice(fitting.from === '/' ? 0 : fitting.from.length)
    const to = pathToText(absolutePath(fitting.to, cwd))
    const full = `${to === '/' ? '' : to}${below}`
    return [{ label: textToPath(label), path: textToPath(full === '' ? '/' : full) }]
  })
  const idle = pairs.find(({ from }) => !used.has(from))
  if (idle === undefined) return places
  const known = snapshot.sources.map(({ path }) => path).join(', ')
  throw new HoldfastError('USAGE', `No source of ${snapshot.id} was at or below ${idle.from}.`, {
    next: `Its sources were ${known}.`,
  })
}

/**
 * `--owner-map FROM=TO`: `1000=bob` for users, `:100=:users` for groups; TO is a number or a name of this machine.
 * USAGE for what is neither.
 */
export function ownersByMap(maps: readonly string[]): (owner: Owner) => Owner {
  const users = new Map<number, number>()
  const groups = new Map<number, number>()
  for (const text of maps) {
    const { from, to } = pairOf(text, '--owner-map 1000=bob, or --owner-map :100=:users')
    const isGroup = from.startsWith(':')
    const cut = (side: string) => (isGroup ? side.replace(/^:/, '') : side)
    const number = Number(cut(from))
    if (!/^\d{1,10}$/.test(cut(from)))
      throw new HoldfastError('USAGE', `"${from}" is no number: snapshots know owners by their numbers.`, {
        next: '`holdfast ls --json` shows them.',
      })
    ;(isGroup ? groups : users).set(number, idOf(cut(to), isGroup ? '/etc/group' : '/etc/passwd'))
  }
  return ({ uid, gid }) => ({ uid: users.get(uid) ?? uid, gid: groups.get(gid) ?? gid })
}

function idOf(text: string, file: '/etc/passwd' | '/etc/group'): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.split(':')[0] === text)
  const id = line?.split(':')[2]
  if (id !== undefined && /^\d+$/.test(id)) return Number(id)
  throw new HoldfastError('USAGE', `This machine knows nobody called "${text}" (${file}).`)
}

function pairOf(text: string, example: string): { from: string; to: string } {
  const cut = text.indexOf('=')
  if (cut > 0 && cut < text.length - 1) {
    const from = text.slice(0, cut)
    return { from: from.length > 1 ? from.replace(/\/+$/, '') : from, to: text.slice(cut + 1) }
  }
  throw new HoldfastError('USAGE', `"${text}" is no FROM=TO.`, { next: `Write for example ${example}.` })
}
