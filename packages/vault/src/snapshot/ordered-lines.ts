import type { BytePath } from '../scan/path-order.ts'
import type { OldPlace } from './manifest-writer.ts'

/** A line with the path it is of; `old` when it stands in the last manifest, byte for byte. */
export type ManifestLine = {
  readonly path: BytePath
  readonly line: string
  readonly old: OldPlace | undefined
}

/** A place kept in the manifest for an entry whose content is still being read. `undefined` leaves it out. */
export type KeptPlace = { settle(line: Promise<ManifestLine | undefined> | ManifestLine | undefined): void }

/**
 * Keeps manifest lines in the order of the walk although contents are read in batches: an entry that waits holds back
 * the ones behind it. `take` hands on what is ready.
 */
export type OrderedLines = {
  readonly waiting: number
  add(line: ManifestLine): void
  keepPlace(): KeptPlace
  take(to: (line: ManifestLine) => Promise<void> | undefined): Promise<void>
}

type Slot = { settled: boolean; line: Promise<ManifestLine | undefined> | ManifestLine | undefined }

export function createOrderedLines(): OrderedLines {
  let slots: Slot[] = []
  return {
    get waiting() {
      return slots.length
    },
    add(line) {
      slots.push({ settled: true, line })
    },
    keepPlace() {
      const slot: Slot = { settled: false, line: undefined }
      slots.push(slot)
      return {
        settle(line) {
          slot.settled = true
          slot.line = line
        },
      }
    },
    async take(to) {
      let done = 0
      for (const slot of slots) {
        if (!slot.settled) break
        const line = slot.line instanceof Promise ? await slot.line : slot.line
        const pending = line === undefined ? undefined : to(line)
        if (pending !== undefined) await pending
        done += 1
      }
      // Asked after every batch: while the first one waits, thousands need not be copied.
      if (done > 0) slots = slots.slice(done)
    },
  }
}
