import type { SourcesPort } from '@holdfast/api'
import { HoldfastError, SECOND_MS } from '@holdfast/domain'
import { countSources, findPresets, type PresetPlaces, previewExcludes } from '@holdfast/host'
import type { BootstrapLists } from '../run/bootstrap-lists.ts'

/** A page waits for it. */
const LISTS_TIMEOUT_MS = 5 * SECOND_MS
/** Looks through whole disks that may go on at once: two screens, each counting and previewing. */
const LOOKS_AT_MOST = 4

/** What there is to back up here. Holdfast's own home is none of it, but for the lists in it. */
export function createSourcesPort(parts: {
  places: PresetPlaces
  lists: BootstrapLists
  onError: (error: unknown) => void
}): SourcesPort {
  const { places } = parts
  const avoid = [places.holdfastHome]
  let looks = 0

  async function* look<T>(start: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    if (looks >= LOOKS_AT_MOST)
      throw new HoldfastError('TOO_MANY_TRIES', 'Too many screens look through this machine at once.', {
        next: 'Close one of them, then try again.',
      })
    looks += 1
    try {
      yield* start()
    } finally {
      looks -= 1
    }
  }

  return {
    async presets() {
      // Without the lists there is still everything else.
      await parts.lists.write({ timeoutMs: LISTS_TIMEOUT_MS }).catch(parts.onError)
      return findPresets(places)
    },
    count: (sources, signal) => look(() => countSources(sources, { avoid, signal })),
    previewExcludes: (sources, signal) => look(() => previewExcludes(sources, { avoid, signal })),
  }
}
