import type { FindPort, FoundPath, RunChanges } from '@holdfast/api'
import { DAY_MS, type PlanId, type SnapshotId, type WriterId } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import {
  deletedFiles,
  diffSnapshots,
  type FoundEntry,
  fileVersions,
  findEntries,
  listSnapshots,
  type OpenedVault,
  pathToText,
  type SnapshotInfo,
  textToPath,
} from '@holdfast/vault'
import { type FolderDiff, folderDiff, kindOf } from '../find/folder-diff.ts'
import type { NameKeeper } from '../find/name-keeper.ts'
import { pictureOf, previewFile } from '../find/preview.ts'
import { runChanges } from '../find/run-changes.ts'
import type { Vaults } from '../vaults/vaults.ts'

/** Differences kept for the next page. */
const DIFFS_KEPT = 4
const DELETED_DAYS = 7

/** Looking for things in the vault of a plan. */
export function createFindPort(parts: {
  history: History
  vaults: Vaults
  names: NameKeeper
  writer: WriterId
}): FindPort {
  const diffs = new Map<string, FolderDiff>()
  const changes = new Map<string, RunChanges>()

  async function opened(planId: PlanId, signal: AbortSignal) {
    const plan = await parts.history.plans.get(planId)
    const { vault, env } = await parts.vaults.opened(plan.vault)
    return { place: plan.vault, vault, env: { ...env, signal }, writer: parts.writer }
  }

  return {
    async search({ planId, pattern, after, limit }, signal) {
      const { place, vault, env } = await opened(planId, signal)
      parts.names.wanted(place)
      const infos = await listSnapshots(vault, env, { all: true })
      const known = snapshotFacts(infos)
      const found: FoundPath[] = []
      let unreadable = 0
      const query = { pattern, ...(after === undefined ? {} : { after: textToPath(after) }) }
      for await (const event of findEntries(vault, query, env)) {
        if (event.type === 'unreadable') {
          unreadable += 1
          continue
        }
        const path = pathToText(event.entry.path)
        const last = found.at(-1)
        if (last !== undefined && found.length >= limit && last.path !== path)
          return { found, after: last.path, unreadable }
        found.push(foundPath(event.entry, path, known))
      }
      return { found, after: null, unreadable }
    },
    async versions({ planId, path }, signal) {
      const { vault, env } = await opened(planId, signal)
      const versions = []
      for await (const version of fileVersions(vault, { path: textToPath(path) }, env)) {
        const { snapshot, time, machine, plan, change, entry } = version
        if (change === 'same') continue
        const size = entry?.size ?? null
        const modifiedAt = entry === undefined ? null : dateOf(entry.mtimeNs)
        const kind = entry === undefined ? null : kindOf(entry.kind)
        versions.push({ snapshot, at: time, machine, plan, change, size, modifiedAt, kind })
      }
      return versions.toSorted((a, b) => b.at.getTime() - a.at.getTime())
    },
    async diff({ planId, from, to, path, after, limit }, signal) {
      const { place, vault, env } = await opened(planId, signal)
      const key = JSON.stringify([place.id, from, to, path])
      const { rows, counts } = diffs.get(key) ?? (await readDiff(vault, { from, to, path }, env))
      diffs.delete(key)
      diffs.set(key, { rows, counts })
      for (const old of [...diffs.keys()].slice(0, -DIFFS_KEPT)) diffs.delete(old)
      const start = after === undefined ? 0 : rows.findIndex((row) => row.path === after) + 1
      const page = rows.slice(start, start + limit)
      const isLast = start + limit >= rows.length
      return { rows: page, counts, after: isLast ? null : (page.at(-1)?.path ?? null) }
    },
    async runChanges({ planId, snapshot }, signal) {
      const { place, vault, env } = await opened(planId, signal)
      const key = JSON.stringify([place.id, snapshot])
      const known = changes.get(key)
      if (known !== undefined) return known
      const fresh = await runChanges(vault, snapshot, env)
      changes.set(key, fresh)
      for (const old of [...changes.keys()].slice(0, -DIFFS_KEPT)) changes.delete(old)
      return fresh
    },
    async deleted({ planId, limit }, signal) {
      const { vault, env } = await opened(planId, signal)
      const query = { writer: parts.writer, plan: planId, withinMs: DELETED_DAYS * DAY_MS, limit }
      return (await deletedFiles(vault, query, env)).map((file) => {
        const path = pathToText(file.path)
        const { size, snapshot, snapshotTime: snapshotAt, noticed: noticedAt } = file
        return { name: path.slice(path.lastIndexOf('/') + 1), path, size, snapshot, snapshotAt, noticedAt }
      })
    },
    async preview(query, signal) {
      return await previewFile(query, await opened(query.planId, signal))
    },
    async picture(query, signal) {
      return await pictureOf(query, await opened(query.planId, signal))
    },
  }
}

async function readDiff(
  vault: OpenedVault,
  { from, to, path }: { from: SnapshotId; to: SnapshotId; path: string },
  env: Parameters<typeof diffSnapshots>[2],
): Promise<FolderDiff> {
  const query = { from, to, ...(path === '' ? {} : { path: textToPath(path) }) }
  async function* entries() {
    for await (const event of diffSnapshots(vault, query, env)) if (event.type === 'entry') yield event.entry
  }
  return await folderDiff(entries(), path)
}

type SnapshotFacts = {
  readonly at: ReadonlyMap<SnapshotId, Date>
  /** The newest run of each machine and plan. */
  readonly newest: ReadonlyMap<string, SnapshotId>
}

function snapshotFacts(newestFirst: readonly SnapshotInfo[]): SnapshotFacts {
  const newest = new Map<string, SnapshotId>()
  const runs = newestFirst.filter(({ kind, state }) => kind === 'run' && state === 'kept')
  for (const { machine, plan, id } of runs) {
    const line = JSON.stringify([machine, plan])
    if (!newest.has(line)) newest.set(line, id)
  }
  return { at: new Map(newestFirst.map(({ id, time }) => [id, time])), newest }
}

function foundPath(entry: FoundEntry, path: string, { at, newest }: SnapshotFacts): FoundPath {
  const { kind, size, mtimeNs, machine, plan, first, last, count } = entry
  return {
    ...{ name: path.slice(path.lastIndexOf('/') + 1), path, kind: kindOf(kind), size },
    ...{ modifiedAt: dateOf(mtimeNs), machine, plan, first, last, count },
    lastAt: at.get(last) ?? dateOf(mtimeNs),
    gone: newest.get(JSON.stringify([machine, plan])) !== last,
  }
}

function dateOf(ns: bigint): Date {
  return new Date(Number(ns / 1_000_000n))
}
