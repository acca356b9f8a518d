import { basename } from 'node:path'
import type { Source } from '@holdfast/domain'

/** A source's name inside a snapshot: its folder's name, `name-2` on a clash, `root` for `/`. In the given order. */
export function labelSources(
  sources: readonly Source[],
): (Omit<Source, 'path'> & { label: Uint8Array; path: Uint8Array })[] {
  const taken = new Set<string>()
  return sources.map((source) => {
    const name = basename(source.path) || 'root'
    let label = name
    for (let n = 2; taken.has(label); n += 1) label = `${name}-${n}`
    taken.add(label)
    return { ...source, label: Buffer.from(label), path: Buffer.from(source.path) }
  })
}
