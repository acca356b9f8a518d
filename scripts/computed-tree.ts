import type { EntryStat, OpenFile, SourceTree } from '@holdfast/vault/ports'

const CONTENT = Buffer.from('the same in every file\n')
const WORDS = ['invoice', 'holiday', 'IMG', 'letter', 'Übersicht', 'notes', 'scan', 'track']
const TYPES = ['jpg', 'pdf', 'txt', 'md', 'odt', 'flac']

/**
 * A tree that exists only as a rule: `/tree/one` with `wide` files, and `folders` folders of 100 files each. In round
 * n, one folder in a hundred has another file in it.
 */
export function computedTree(size: { wide: number; folders: number }): SourceTree & { round: number } {
  const byName = new Map<string, Uint8Array[]>()
  const names = (path: string, round: number): Uint8Array[] => {
    if (path === '/tree') return ['one', ...folderNames()].sort().map((name) => Buffer.from(name))
    const inOne = path === '/tree/one'
    const count = inOne ? size.wide : 100
    const list = Array.from({ length: count }, (_, i) => fileName(inOne ? i : i + hash(path)))
    if (!inOne && round > 0 && hash(path) % 100 === round) list.push(`new in round ${round}.txt`)
    return list.map((name) => Buffer.from(name)).sort(Buffer.compare)
  }
  function folderNames(): string[] {
    return Array.from({ length: size.folders }, (_, i) => `folder-${String(i).padStart(5, '0')}`)
  }
  return {
    round: 0,
    lstat: (path) => statOf(Buffer.from(path).toString()),
    names(path) {
      const at = Buffer.from(path).toString()
      if (at !== '/tree/one') return names(at, this.round)
      const known = byName.get(at) ?? names(at, 0)
      byName.set(at, known)
      return known
    },
    readLink: () => ({ problem: 'no link', gone: false }),
    open: (path) => openFile(statOf(Buffer.from(path).toString())),
    timestampGranularityNs: () => 1n,
  }
}

function fileName(i: number): string {
  return `${WORDS[i % WORDS.length]}-${i % 13}-${String(i).padStart(6, '0')}.${TYPES[i % TYPES.length]}`
}

function statOf(path: string): EntryStat {
  const isDir = !/\.[a-z]+$/.test(path)
  const timeNs = 1_700_000_000_000_000_000n + BigInt(hash(path)) * 1_000_000_000n
  return {
    ...{ kind: isDir ? 'dir' : 'file', mode: isDir ? 0o755 : 0o644, uid: 1000, gid: 1000 },
    ...{ size: isDir ? 0 : CONTENT.length, mtimeNs: timeNs, ctimeNs: timeNs, ino: String(hash(path)) },
    ...{ dev: '1', nlink: 1, allocated: CONTENT.length, rdevMajor: 0, rdevMinor: 0 },
  }
}

function openFile(stat: EntryStat): OpenFile {
  let read = false
  return {
    readInto(buffer) {
      if (read) return 0
      read = true
      buffer.set(CONTENT)
      return CONTENT.length
    },
    stat: () => stat,
    close: () => undefined,
  }
}

function hash(text: string): number {
  let sum = 7
  for (let i = 0; i < text.length; i += 1) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) >>> 0
  return sum % 10_000_000
}
