import type { SourceTree } from '../ports.ts'
import { type LeaveOut, type LeftOut, leaveOut, type Omissions } from './leave-out.ts'
import { type BytePath, toBytePath } from './path-order.ts'
import { type Step, walk } from './walk.ts'

/** A source as a person set it up, before it has a label. */
export type SurveyedSource = Omissions & { readonly path: Uint8Array }

/** One thing that a look through a source met, `real` being its place on this machine. Only files have a size. */
export type Surveyed = {
  readonly real: BytePath
  readonly kind: 'file' | 'folder' | 'other' | 'unreadable'
  readonly size: number
  /** Why it can't be read; undefined when it can. */
  readonly problem: string | undefined
  /** Why a backup would not hold it; undefined when it would. */
  readonly leftOut: LeftOut | undefined
  /** True for what lies in a folder that is left out itself. */
  readonly within: boolean
}

/**
 * Looks through a source by the rules that a backup follows, reading no content. With `inside`, folders that a rule or
 * their tag leaves out are looked through too, so that it can be told what that saves; other file systems never are.
 * `avoid` holds folders that are not looked at either way. Synchronous: runs as long as it is pulled.
 */
export function* survey(
  tree: SourceTree,
  source: SurveyedSource,
  { avoid, inside }: { readonly avoid: ReadonlySet<BytePath>; readonly inside: boolean },
): Generator<Surveyed, void, undefined> {
  const root = toBytePath(source.path)
  const top = { label: '', root, exclude: avoiding(leaveOut(source), root, avoid), showLeftOut: inside }
  for (const step of walk(tree, [top])) {
    if (step.leftOut?.kind === 'avoided') continue
    yield met(step, step.leftOut, false)
    if (step.leftOut === undefined || step.leftOut.kind === 'file-system') continue
    if ('problem' in step.found || step.found.kind !== 'dir') continue
    const rules = leaveOut({ excludes: [], oneFileSystem: true })
    const below = { label: '', root: step.real, exclude: avoiding(rules, step.real, avoid) }
    for (const one of walk(tree, [below])) if (one.real !== step.real) yield met(one, step.leftOut, true)
  }
}

/** Places to avoid are not there at all: they are left out without a word. */
function avoiding(
  rules: LeaveOut | undefined,
  root: BytePath,
  avoid: ReadonlySet<BytePath>,
): LeaveOut | undefined {
  if (avoid.size === 0) return rules
  const base = root === '/' ? '' : root
  return {
    entry: (path, found, rootDev) =>
      avoid.has(`${base}/${path}`) ? { kind: 'avoided' } : rules?.entry(path, found, rootDev),
    folder: (tree, real, names) => rules?.folder(tree, real, names),
  }
}

function met({ real, found, listing }: Step, leftOut: LeftOut | undefined, within: boolean): Surveyed {
  const bad = listing ?? ('problem' in found ? found : undefined)
  if (bad !== undefined || 'problem' in found)
    return { real, kind: 'unreadable', size: 0, problem: bad?.problem, leftOut, within }
  const kind = found.kind === 'file' ? 'file' : found.kind === 'dir' ? 'folder' : 'other'
  return { real, kind, size: found.size, problem: undefined, leftOut, within }
}
