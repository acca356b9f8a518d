import { realpathSync } from 'node:fs'
import { HoldfastError } from '@holdfast/domain'
import { createSourceTree } from '@holdfast/host/source-tree'
import { pathToText } from '@holdfast/vault/path-text'
import { absolutePath } from './argument-bytes.ts'
import type { Settings } from './settings.ts'

export type LabelledSource = { readonly label: Buffer; readonly path: Buffer; readonly isLink: boolean }

/** The paths of a plan's sources, each once. SOURCE_MISSING for one that is not there, unless an agent elsewhere looks. */
export function sourcePaths(args: readonly string[], settings: Pick<Settings, 'agent' | 'cwd'>): string[] {
  if (settings.agent !== undefined) return [...new Set(args)]
  return labelSources(args, settings.cwd).map(({ path }) => path.toString())
}

/**
 * The sources that arguments name, each under its label: its own name, `name-2` on a clash, `root` for `/`. In the
 * given order; the same path twice counts once. A link is a source itself; `link/` is what it points to, under the
 * link's name. SOURCE_MISSING when one is not there.
 */
export function labelSources(args: readonly string[], cwd: Uint8Array): LabelledSource[] {
  const tree = createSourceTree()
  const taken = new Set<string>()
  const sources = new Map<string, LabelledSource>()
  for (const argument of args) {
    const path = absolutePath(argument, cwd)
    const found = tree.lstat(path)
    if ('problem' in found && found.gone)
      throw new HoldfastError('SOURCE_MISSING', `There is nothing at ${pathToText(path)}.`)
    const key = path.toString('latin1')
    if (sources.has(key)) continue
    const label = freeLabel(key.slice(key.lastIndexOf('/') + 1) || 'root', taken)
    taken.add(label)
    const isLink = 'kind' in found && found.kind === 'link'
    const real = isLink && argument.endsWith('/') ? realpathSync.native(path, { encoding: 'buffer' }) : path
    sources.set(key, { label: Buffer.from(label, 'latin1'), path: real, isLink: real === path && isLink })
  }
  return [...sources.values()]
}

function freeLabel(name: string, taken: ReadonlySet<string>): string {
  let label = name
  for (let n = 2; taken.has(label); n += 1) {
    const mark = `-${n}`
    label = name.slice(0, 255 - mark.length) + mark
  }
  return label
}
