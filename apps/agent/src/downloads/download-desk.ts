import { createHash } from 'node:crypto'
import type { Download, Role } from '@holdfast/api'
import { type DeviceId, HoldfastError, MIB, MINUTE_MS, type Plan, type SnapshotId } from '@holdfast/domain'
import { type ByteRange, listEntries, pathToText, readFile, readSelection, textToPath } from '@holdfast/vault'
import type { Random } from '@holdfast/vault/ports'
import type { Vaults } from '../vaults/vaults.ts'
import { zipOf } from './zip-of.ts'

const LINK_LIVES_MS = 10 * MINUTE_MS
const LINKS_KEPT = 200
/** A thread of its own takes longer to start than so few bytes to open. */
const INLINE_BYTES = 16 * MIB

/** What a link stands for, ready to be read. A file can be read in parts, a zip only from its start. */
export type Downloadable = {
  readonly name: string
  readonly etag: string
  /** The media type of a file; without it one that is only saved. */
  readonly type?: string
} & (
  | { readonly kind: 'file'; readonly size: number; bytes(range: ByteRange): AsyncIterable<Uint8Array> }
  | { readonly kind: 'zip'; bytes(): AsyncIterable<Uint8Array> }
)

/** Links for the browser's own downloads: each for one device, some minutes, one file or selection. */
export type DownloadDesk = {
  /** NOTHING_SELECTED when the snapshot holds none of the paths, or a file could not be read then. */
  prepare(
    plan: Plan,
    request: { readonly snapshot: SnapshotId; readonly paths: readonly string[] },
    device: DeviceId,
  ): Promise<{ link: Download; act: { snapshot: SnapshotId; paths: number; name: string } }>
  /** A link to a text or a file's bytes, for a device that has at least the role when it fetches it. */
  keepText(
    text: {
      readonly name: string
      readonly type: string
      readonly text: string | Uint8Array
      readonly role: Role
    },
    device: DeviceId,
  ): Download
  /** Undefined for a link that is not known, or no more, or another device's. */
  find(token: string, device: DeviceId): { what: Downloadable; role: Role } | undefined
}

export function createDownloadDesk(parts: { vaults: Vaults; random: Random; now: () => Date }): DownloadDesk {
  const { vaults, random, now } = parts
  const links = new Map<string, { device: DeviceId; until: Date; what: Downloadable; role: Role }>()

  function keep(what: Downloadable, device: DeviceId, role: Role): Download {
    for (const [token, { until }] of links) if (until < now() || links.size >= LINKS_KEPT) links.delete(token)
    const token = Buffer.from(random.bytes(32)).toString('base64url')
    const until = new Date(now().getTime() + LINK_LIVES_MS)
    links.set(token, { device, until, what, role })
    const size = what.kind === 'file' ? what.size : null
    return { url: `/api/download/${token}`, name: what.name, size, until }
  }

  return {
    async prepare(plan, { snapshot, paths }, device) {
      const { vault, env } = await vaults.opened(plan.vault)
      const wanted = paths.map(textToPath)
      const single = wanted.length === 1 ? wanted[0] : undefined
      const etag = etagOf(snapshot, paths)
      let what: Downloadable | undefined
      if (single !== undefined)
        for await (const entry of listEntries(vault, { snapshot, path: single, recursive: false }, env)) {
          if (Buffer.compare(entry.path, single) !== 0 || entry.kind !== 'file') break
          if (entry.problem !== undefined)
            throw new HoldfastError('NOTHING_SELECTED', `It could not be read then: ${entry.problem}.`)
          const bytes = (range: ByteRange) =>
            readFile(
              vault,
              { snapshot, path: single, range },
              { ...env, threads: range.length > INLINE_BYTES ? 1 : 0 },
            )
          what = { kind: 'file', name: lastName(single), etag, size: entry.size, bytes }
        }
      if (what === undefined) {
        await requireOne(vault, { snapshot, wanted }, env)
        const name = `${single === undefined ? plan.name : lastName(single)}.zip`
        const bytes = () => zipOf(readSelection(vault, { snapshot, paths: wanted }, env))
        what = { kind: 'zip', name, etag, bytes }
      }
      return { link: keep(what, device, 'restorer'), act: { snapshot, paths: paths.length, name: what.name } }
    },
    keepText({ name, type, text, role }, device) {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
      async function* part({ offset, length }: ByteRange) {
        yield bytes.subarray(offset, offset + length)
      }
      const what: Downloadable = { kind: 'file', name, type, etag, size: bytes.byteLength, bytes: part }
      return keep(what, device, role)
    },
    find(token, device) {
      const link = links.get(token)
      return link !== undefined && link.device === device && link.until >= now() ? link : undefined
    },
  }
}

type Opened = Awaited<ReturnType<Vaults['opened']>>

async function requireOne(
  vault: Opened['vault'],
  { snapshot, wanted }: { snapshot: SnapshotId; wanted: readonly Uint8Array[] },
  env: Opened['env'],
): Promise<void> {
  for (const path of wanted)
    for await (const entry of listEntries(vault, { snapshot, path, recursive: true }, env))
      if (path.length === 0 || isAtOrBelow(entry.path, path)) return
  throw new HoldfastError('NOTHING_SELECTED', 'The snapshot holds nothing at the paths that were asked for.')
}

function isAtOrBelow(path: Uint8Array, folder: Uint8Array): boolean {
  const text = Buffer.from(path).toString('latin1')
  const top = Buffer.from(folder).toString('latin1')
  return text === top || text.startsWith(`${top}/`)
}

function lastName(path: Uint8Array): string {
  const text = pathToText(path)
  return text.slice(text.lastIndexOf('/') + 1) || 'snapshot'
}

/** A snapshot never changes, so neither does what a path in it stands for. */
function etagOf(snapshot: SnapshotId, paths: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([snapshot, paths]))
  return `"${hash.digest('base64url').slice(0, 22)}"`
}
