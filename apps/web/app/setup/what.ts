import { assertNever, parseBytes } from '@holdfast/domain'
import type { AskedSources, ExcludePreview, FoundPreset, NewSource, SourceCount } from '#web/trpc/types.ts'

/** What a person chose to keep, with what the machine said about it. */
export type What = {
  /** Undefined until the machine has answered. */
  readonly presets: readonly FoundPreset[] | undefined
  /** What was ticked or unticked by hand, by preset; the others are as the machine suggests. */
  readonly ticks: Readonly<Record<string, boolean>>
  readonly folders: readonly { readonly path: string; readonly ticked: boolean }[]
  /** Gitignore lines for everything that is kept. */
  readonly rules: readonly string[]
  readonly larger: { readonly on: boolean; readonly text: string }
  readonly skipCacheDirs: boolean
  readonly oneFileSystem: boolean
  /** By path, as far as they are known. */
  readonly counts: Readonly<Record<string, SourceCount>>
  /** The newest preview, and the question that it answers. */
  readonly preview: { readonly of: string; readonly answer: ExcludePreview } | undefined
}

export type WhatAction =
  | { readonly type: 'found'; readonly presets: readonly FoundPreset[] }
  | { readonly type: 'tick-presets'; readonly ids: readonly string[]; readonly on: boolean }
  | { readonly type: 'tick-folder'; readonly path: string; readonly on: boolean }
  | { readonly type: 'add-folder'; readonly path: string }
  | { readonly type: 'add-rule'; readonly rule: string }
  | { readonly type: 'remove-rule'; readonly rule: string }
  | { readonly type: 'limit-size'; readonly on: boolean; readonly text: string }
  | { readonly type: 'skip-caches'; readonly on: boolean }
  | { readonly type: 'one-file-system'; readonly on: boolean }
  | { readonly type: 'counted'; readonly path: string; readonly count: SourceCount }
  | { readonly type: 'previewed'; readonly of: string; readonly answer: ExcludePreview }

export function newWhat(): What {
  return {
    ...{ presets: undefined, ticks: {}, folders: [], rules: [], counts: {}, preview: undefined },
    ...{ larger: { on: false, text: '2 GB' }, skipCacheDirs: true, oneFileSystem: false },
  }
}

/** The choice after something happened to it. */
export function whatAfter(what: What, action: WhatAction): What {
  switch (action.type) {
    case 'found':
      // What was not there may be there again.
      return { ...what, presets: action.presets, counts: onlyCounts(what, ({ problem }) => problem === null) }
    case 'tick-presets': {
      const ticks = Object.fromEntries(action.ids.map((id) => [id, action.on]))
      return { ...what, ticks: { ...what.ticks, ...ticks } }
    }
    case 'tick-folder':
      return {
        ...what,
        folders: what.folders.map((one) => (one.path === action.path ? { ...one, ticked: action.on } : one)),
      }
    case 'add-folder': {
      const others = what.folders.filter(({ path }) => path !== action.path)
      const counts = onlyCounts(what, ({ problem }, path) => problem === null || path !== action.path)
      return { ...what, counts, folders: [...others, { path: action.path, ticked: true }] }
    }
    case 'add-rule': {
      const rule = action.rule.trim()
      return rule === '' || what.rules.includes(rule) ? what : { ...what, rules: [...what.rules, rule] }
    }
    case 'remove-rule':
      return { ...what, rules: what.rules.filter((rule) => rule !== action.rule) }
    case 'limit-size':
      return { ...what, larger: { on: action.on, text: action.text } }
    case 'skip-caches':
      return { ...what, skipCacheDirs: action.on }
    case 'one-file-system':
      return { ...what, oneFileSystem: action.on }
    case 'counted':
      return { ...what, counts: { ...what.counts, [action.path]: action.count } }
    case 'previewed':
      return { ...what, preview: { of: action.of, answer: action.answer } }
    default:
      return assertNever(action)
  }
}

function onlyCounts({ counts }: What, wanted: (count: SourceCount, path: string) => boolean): What['counts'] {
  return Object.fromEntries(Object.entries(counts).filter(([path, count]) => wanted(count, path)))
}

/** True when a preset is chosen. One of which nothing can be read can't be. */
export function isTicked(what: What, { id, ticked, paths }: FoundPreset): boolean {
  return (what.ticks[id] ?? ticked) && paths.some((path) => isThere(what, path))
}

/** False for what may not be read, and for what was gone or closed when it was counted. */
export function isThere(
  what: What,
  { path, readable }: { readonly path: string; readonly readable: boolean },
): boolean {
  return readable && (what.counts[path]?.problem ?? null) === null
}

/** The chosen folder that holds a path anyway; undefined when none does. */
export function holderOf(what: What, path: string): string | undefined {
  return what.folders.find(
    (folder) => folder.ticked && path.startsWith(folder.path === '/' ? '/' : `${folder.path}/`),
  )?.path
}

type Group = { readonly paths: string[]; readonly excludes: string[] }

/** What is chosen, by what it leaves out of itself; each place once, and none inside a chosen folder. */
function chosenGroups(what: What): Group[] {
  const seen = new Set<string>()
  const once = (paths: readonly string[]) =>
    paths.filter((path) => holderOf(what, path) === undefined && !seen.has(path) && seen.add(path))
  const presets = (what.presets ?? []).filter((preset) => isTicked(what, preset))
  const groups = presets.map(({ paths, excludes }) => ({
    paths: once(paths.filter((path) => isThere(what, path)).map(({ path }) => path)),
    excludes: [...excludes],
  }))
  const folders = what.folders.filter(({ path, ticked }) => ticked && isThere(what, { path, readable: true }))
  const own = { paths: once(folders.map(({ path }) => path)), excludes: [] }
  return [...groups, own].filter(({ paths }) => paths.length > 0)
}

/** The sources of the plan. */
export function chosenSources(what: What): NewSource[] {
  const { rules, ...more } = omissionsOf(what)
  return chosenGroups(what).flatMap(({ paths, excludes }) =>
    paths.map((path) => ({ path, excludes: [...excludes, ...rules], ...more })),
  )
}

/** The question whose answer is the preview; undefined when nothing is chosen. */
export function previewQuestion(what: What): AskedSources | undefined {
  const groups = chosenGroups(what)
  return groups.length === 0 ? undefined : { groups, ...omissionsOf(what) }
}

/** The question whose answers are the counts that are missing; undefined when all are there. */
export function countQuestion(what: What): AskedSources | undefined {
  const missing = (path: string) => what.counts[path]?.done !== true
  const presets = (what.presets ?? []).map(({ paths, excludes }) => ({
    paths: paths.flatMap(({ path, readable }) => (readable && missing(path) ? [path] : [])),
    excludes: [...excludes],
  }))
  const own = { paths: what.folders.map(({ path }) => path).filter(missing), excludes: [] }
  const groups = [...presets, own].filter(({ paths }) => paths.length > 0)
  return groups.length === 0 ? undefined : { groups, rules: [], skipCacheDirs: true }
}

/** The paths that a question asks for, in the order of its answers. */
export function askedPaths({ groups }: AskedSources): string[] {
  return groups.flatMap(({ paths }) => paths)
}

export type Total = { readonly files: number; readonly bytes: number; readonly done: boolean }

/** Counts of some paths together; undefined while nothing is known of any. */
export function totalOf(what: What, paths: readonly string[]): Total | undefined {
  const counts = paths.flatMap((path) => what.counts[path] ?? [])
  if (counts.length === 0) return undefined
  return {
    files: counts.reduce((sum, { files }) => sum + files, 0),
    bytes: counts.reduce((sum, { bytes }) => sum + bytes, 0),
    done: counts.length === paths.length && counts.every(({ done }) => done),
  }
}

/** What a first backup would hold: by the preview of this very choice when there is one, else by the counts. */
export function chosenTotal(what: What): Total | undefined {
  const preview = currentPreview(what)
  if (preview?.done === true) return { ...preview.kept, done: true }
  return totalOf(
    what,
    chosenGroups(what).flatMap(({ paths }) => paths),
  )
}

/** The preview, as long as it answers the choice as it is now. */
export function currentPreview(what: What): ExcludePreview | undefined {
  const { preview } = what
  return preview !== undefined && preview.of === JSON.stringify(previewQuestion(what))
    ? preview.answer
    : undefined
}

/** What keeps the step from being left, as field -> sentence. */
export function whatProblems(what: What): Readonly<Record<string, string>> {
  const preview = currentPreview(what)
  return {
    ...(what.presets === undefined && what.folders.length === 0
      ? { sources: 'This machine is still being looked at.' }
      : chosenGroups(what).length === 0 && { sources: 'Choose at least one thing to keep.' }),
    ...(what.larger.on && sizeLimit(what) === undefined && { larger: 'An amount such as 500 MB or 2 GB.' }),
    ...(preview?.done === true &&
      preview.kept.files === 0 &&
      omittedFiles(preview) > 0 && { sources: 'The rules leave nothing to back up.' }),
  }
}

function omittedFiles({ rules, larger, caches }: ExcludePreview): number {
  return [...rules, larger, caches].reduce((sum, { files }) => sum + files, 0)
}

function sizeLimit({ larger }: What): number | undefined {
  return larger.on ? parseBytes(larger.text) : undefined
}

function omissionsOf(what: What) {
  const maxFileBytes = sizeLimit(what)
  return {
    rules: [...what.rules],
    ...(maxFileBytes === undefined ? {} : { maxFileBytes }),
    ...(what.skipCacheDirs && { skipCacheDirs: true }),
    ...(what.oneFileSystem && { oneFileSystem: true }),
  }
}
