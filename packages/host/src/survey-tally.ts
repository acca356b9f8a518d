import type { Source } from '@holdfast/domain'
import type { Surveyed } from '@holdfast/vault/survey'
import { printablePath } from './printable-path.ts'

const EXAMPLES_AT_MOST = 5

/** How much of one source a backup would hold, so far or, when `done`, in all. */
export type SourceCount = {
  /** Which of the sources, by its place in the list. */
  readonly index: number
  readonly files: number
  readonly bytes: number
  /** How many files and folders this user may not read, and a few of them. */
  readonly unreadable: number
  readonly examples: readonly string[]
  /** Why nothing could be counted: the source itself is gone or closed. */
  readonly problem: string | null
  readonly done: boolean
}

/** What one reason leaves out: `folders` are those left out whole, and `files` also what lies in them. */
export type Omitted = {
  readonly files: number
  readonly bytes: number
  readonly folders: number
  readonly examples: readonly string[]
}

/** What would be kept and what each reason leaves out, over all sources, so far or, when `done`, in all. */
export type ExcludePreview = {
  readonly kept: { readonly files: number; readonly bytes: number }
  /** Each rule once, in the order of the sources; the same line of several sources is one rule. */
  readonly rules: readonly (Omitted & { readonly rule: string })[]
  readonly larger: Omitted
  readonly caches: Omitted
  /** Other file systems; nobody looks into them, so only `folders` counts. */
  readonly fileSystems: Omitted
  readonly done: boolean
}

/** Adds up what a survey meets of one source; `count` is what stands so far. */
export function createCount(index: number, root: string) {
  const examples: string[] = []
  let [files, bytes, unreadable] = [0, 0, 0]
  let problem: string | null = null
  return {
    add({ real, kind, size, problem: why }: Surveyed): void {
      if (kind === 'file') {
        files += 1
        bytes += size
      } else if (kind === 'unreadable') {
        unreadable += 1
        if (real === root) problem = why ?? 'unreadable'
        else addExample(examples, real)
      }
    },
    count: (done: boolean): SourceCount => ({
      ...{ index, files, bytes, unreadable, problem, done },
      examples: [...examples],
    }),
  }
}

/** Adds up what surveys with `inside` meet of several sources. */
export function createPreview(sources: readonly Source[]) {
  const kept = { files: 0, bytes: 0 }
  const rules = new Map(sources.flatMap(({ excludes }) => excludes.map((rule) => [rule, nothing()])))
  const [larger, caches, fileSystems] = [nothing(), nothing(), nothing()]

  function reason({ leftOut }: Surveyed, excludes: readonly string[]): OmittedSoFar | undefined {
    switch (leftOut?.kind) {
      case 'rule':
        return rules.get(excludes[leftOut.rule] ?? '')
      case 'larger':
        return larger
      case 'cache':
        return caches
      case 'file-system':
        return fileSystems
      case 'avoided':
      case undefined:
        return undefined
      default:
        return leftOut satisfies never
    }
  }

  return {
    add(met: Surveyed, { excludes }: Source): void {
      const omitted = reason(met, excludes)
      const sum = omitted ?? kept
      if (met.kind === 'file') {
        sum.files += 1
        sum.bytes += met.size
      }
      if (omitted === undefined || met.within) return
      if (met.kind === 'folder') omitted.folders += 1
      addExample(omitted.examples, met.kind === 'folder' ? `${met.real}/` : met.real)
    },
    preview: (done: boolean): ExcludePreview => ({
      kept: { ...kept },
      rules: [...rules].map(([rule, omitted]) => ({ rule, ...copyOf(omitted) })),
      ...{ larger: copyOf(larger), caches: copyOf(caches), fileSystems: copyOf(fileSystems), done },
    }),
  }
}

type OmittedSoFar = { files: number; bytes: number; folders: number; examples: string[] }

function nothing(): OmittedSoFar {
  return { files: 0, bytes: 0, folders: 0, examples: [] }
}

function copyOf({ examples, ...numbers }: OmittedSoFar): Omitted {
  return { ...numbers, examples: [...examples] }
}

function addExample(examples: string[], real: string): void {
  if (examples.length < EXAMPLES_AT_MOST) examples.push(printablePath(Buffer.from(real, 'latin1')))
}
