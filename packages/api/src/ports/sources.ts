import type { PresetGroup, Source } from '@holdfast/domain'

/** A preset of which this machine has something. */
export type FoundPreset = {
  readonly id: string
  readonly name: string
  readonly group: PresetGroup
  readonly why: string
  /** Chosen unless somebody unticks it. */
  readonly ticked: boolean
  readonly excludes: readonly string[]
  readonly paths: readonly { readonly path: string; readonly readable: boolean }[]
}

/** How much of a source a backup would hold, so far or, when `done`, in all. `index` is its place in the question. */
export type SourceCount = {
  readonly index: number
  readonly files: number
  readonly bytes: number
  readonly unreadable: number
  /** A few of what can't be read. */
  readonly examples: readonly string[]
  /** Why nothing of it can be counted. */
  readonly problem: string | null
  readonly done: boolean
}

/** What one reason leaves out: `folders` are those left out whole, `files` also what lies in them. */
export type Omitted = {
  readonly files: number
  readonly bytes: number
  readonly folders: number
  readonly examples: readonly string[]
}

/** What would be kept of all sources and what each reason leaves out, so far or, when `done`, in all. */
export type ExcludePreview = {
  readonly kept: { readonly files: number; readonly bytes: number }
  readonly rules: readonly (Omitted & { readonly rule: string })[]
  readonly larger: Omitted
  readonly caches: Omitted
  /** Other file systems; nobody looks into them, so only `folders` counts. */
  readonly fileSystems: Omitted
  readonly done: boolean
}

/** What a person asks about things to back up. Nothing here changes anything that is backed up. */
export type SourcesPort = {
  /** In their order; the lists of what is installed are written down first, so that they can be seen. */
  presets(): Promise<FoundPreset[]>
  /** Counts one source after the other, in order; stops when `signal` aborts or nobody listens. */
  count(sources: readonly Source[], signal: AbortSignal): AsyncIterable<SourceCount>
  /** See ExcludePreview; stops when `signal` aborts or nobody listens. */
  previewExcludes(sources: readonly Source[], signal: AbortSignal): AsyncIterable<ExcludePreview>
}
