import { createPieceHasher } from '../chunk/piece-id.ts'
import type { ContentStore } from '../chunk/store-content.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { type ContentPart, lineSuffix } from './manifest-line.ts'
import { createManifestWriter, type FinishedLeaf } from './manifest-writer.ts'
import type { ManifestLine } from './ordered-lines.ts'
import type { Snapshot } from './snapshot-format.ts'

/** A finished leaf whose bytes are with the content store already. */
export type StoredLeaf =
  | { readonly kind: 'reused'; readonly leaf: number }
  | Omit<Extract<FinishedLeaf, { kind: 'new' }>, 'bytes'>

/** A manifest whose new leaves and long content lists are stored as pieces while it is written. */
export type StoredManifest = {
  /** Lines come in order. Answers a promise only when there is something to wait for. */
  add(line: ManifestLine): Promise<void> | undefined
  /** The end of a file's line; the list goes into pieces of its own when it is very long. */
  contentSuffix(parts: readonly ContentPart[], torn: boolean): string | Promise<string>
  /** The leaf with this number of the last manifest can't be read and shall not be built on. */
  distrust(leaf: number): void
  /** Ends the open leaf and answers every leaf so far; more lines may follow. */
  finish(): Promise<StoredLeaf[]>
}

/** Content lists longer than this don't stand in the line. */
const LONG_CONTENT = 2048

/** Without `content` nothing is stored: a dry run. */
export function createStoredManifest(
  vault: OpenedVault,
  options: { base: Snapshot | undefined; content: ContentStore | undefined },
): StoredManifest {
  const { base, content } = options
  const hasher = createPieceHasher(vault.keys.pieceId)
  const writer = createManifestWriter({
    pieceIdKey: vault.keys.pieceId,
    oldLeaves: base?.body.leaves ?? [],
  })
  const leaves: StoredLeaf[] = []

  function keep(leaf: FinishedLeaf): Promise<void> | undefined {
    if (leaf.kind === 'reused') {
      leaves.push(leaf)
      return undefined
    }
    const { bytes, ...rest } = leaf
    leaves.push(rest)
    return content?.storePiece(manifestName(leaf.id), Buffer.from(leaf.id, 'hex'), bytes)
  }

  return {
    add({ path, line, old }) {
      const leaf = writer.add(path, line, old)
      return leaf === undefined ? undefined : keep(leaf)
    },
    contentSuffix(parts, torn) {
      if (parts.length <= LONG_CONTENT || content === undefined) return lineSuffix({ content: parts, torn })
      const lists = Array.from({ length: Math.ceil(parts.length / LONG_CONTENT) }, (_, i) =>
        Buffer.from(JSON.stringify(parts.slice(i * LONG_CONTENT, (i + 1) * LONG_CONTENT))),
      )
      const ids = lists.map((bytes) => hasher.of(bytes))
      const stored = lists.map((bytes, i) => {
        const id = ids[i] as Buffer
        return content.storePiece(`.holdfast/content/${id.toString('hex', 0, 16)}.json`, id, bytes)
      })
      const contentLists = ids.map((id) => id.toString('hex'))
      return Promise.all(stored).then(() => lineSuffix({ contentLists, torn }))
    },
    distrust: writer.distrust,
    async finish() {
      const leaf = writer.finish()
      if (leaf !== undefined) await keep(leaf)
      return [...leaves]
    },
  }
}

function manifestName(id: string): string {
  return `.holdfast/manifest/${id.slice(0, 32)}.jsonl`
}
