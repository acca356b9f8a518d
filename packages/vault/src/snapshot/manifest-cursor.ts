import { type HoldfastError, isHoldfastError } from '@holdfast/domain'
import type { BytePath } from '../scan/path-order.ts'
import type { LeafReader } from './leaf.ts'
import { pathOfLine } from './manifest-line.ts'
import type { OldPlace } from './manifest-writer.ts'
import type { Snapshot } from './snapshot-format.ts'

/**
 * Walks the lines of a manifest in order, a leaf in memory at a time and the next one on its way. `line` is undefined
 * when the leaf is used up: `fill` then brings the next, or leaves `line` undefined at the end. A leaf that is damaged
 * is passed over when `onDamage` is there to be told, and rejects otherwise.
 */
export type ManifestCursor = {
  readonly line: string | undefined
  path(): BytePath
  place(): OldPlace
  next(): void
  fill(): Promise<void>
}

export function createManifestCursor(
  reader: LeafReader,
  snapshot: Snapshot | undefined,
  { firstLeaf = 0, onDamage }: { firstLeaf?: number; onDamage?: (leaf: number, reason: string) => void } = {},
): ManifestCursor {
  const leaves = snapshot?.body.leaves ?? []
  let leaf = firstLeaf - 1
  let text = ''
  let at = 0
  let number = -1
  let line: string | undefined
  let ahead: Promise<string> | undefined

  function load(i: number): Promise<string> | undefined {
    const wanted = leaves[i]
    return wanted === undefined || snapshot === undefined ? undefined : reader.read(snapshot, wanted)
  }

  function next(): void {
    const end = text.indexOf('\n', at)
    if (end === -1) {
      line = undefined
      return
    }
    line = text.slice(at, end + 1)
    at = end + 1
    number += 1
  }

  async function fill(): Promise<void> {
    for (;;) {
      const coming = ahead ?? load(leaf + 1)
      if (coming === undefined) return
      leaf += 1
      text = await coming.catch((error: unknown) => {
        if (onDamage === undefined || !isDamage(error)) throw error
        onDamage(leaf, error.message)
        return ''
      })
      at = 0
      number = -1
      ahead = load(leaf + 1)
      // Its failure is met by the await above when its turn comes, not as an unhandled rejection before.
      ahead?.catch(() => undefined)
      next()
      if (line !== undefined) return
    }
  }

  return {
    get line() {
      return line
    },
    path: () => (line === undefined ? '' : pathOfLine(line)),
    place: () => ({ leaf, line: number }),
    next,
    fill,
  }
}

function isDamage(error: unknown): error is HoldfastError {
  return DAMAGE.some((code) => isHoldfastError(error, code))
}

const DAMAGE = ['VAULT_DAMAGED', 'OBJECT_MISSING', 'REMOTE_LIES'] as const
