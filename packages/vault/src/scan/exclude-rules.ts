import ignore from 'ignore'
import { type BytePath, fromBytePath } from './path-order.ts'

/** True when a rule leaves the path out. `path` is relative to the source's root. */
export type ExcludeRules = (path: BytePath, isDirectory: boolean) => boolean

/**
 * Rules in gitignore syntax (`node_modules/`, `*.iso`, `/cache`, `!keep.iso`). A folder that is left out takes
 * everything in it along. Undefined when there are no rules, so that a plain run pays nothing.
 */
export function excludeRules(patterns: readonly string[]): ExcludeRules | undefined {
  const real = patterns.filter((pattern) => pattern.trim() !== '' && !pattern.startsWith('#'))
  if (real.length === 0) return undefined
  const rules = ignore({ allowRelativePaths: true }).add(real)
  return (path, isDirectory) => {
    const text = Buffer.from(fromBytePath(path)).toString('utf8')
    return rules.ignores(isDirectory ? `${text}/` : text)
  }
}
