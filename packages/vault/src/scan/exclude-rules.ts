import ignore from 'ignore'
import { type BytePath, fromBytePath } from './path-order.ts'

/**
 * Which of the patterns leaves a path out, by its place in the list; undefined when none does. `path` is relative to
 * the source's root.
 */
export type ExcludeRules = (path: BytePath, isDirectory: boolean) => number | undefined

/**
 * Rules in gitignore syntax (`node_modules/`, `*.iso`, `/cache`, `!keep.iso`). A folder that is left out takes
 * everything in it along. Undefined when there are no rules, so that a plain run pays nothing.
 */
export function excludeRules(patterns: readonly string[]): ExcludeRules | undefined {
  const real = patterns.flatMap((pattern, i) =>
    pattern.trim() === '' || pattern.startsWith('#') ? [] : [{ pattern, mark: String(i) }],
  )
  if (real.length === 0) return undefined
  const rules = ignore({ allowRelativePaths: true }).add(real)
  return (path, isDirectory) => {
    const text = Buffer.from(fromBytePath(path)).toString('utf8')
    const mark = rules.test(isDirectory ? `${text}/` : text).rule?.mark
    return mark === undefined ? undefined : Number(mark)
  }
}
