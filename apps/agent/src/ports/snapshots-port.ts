import type { ApiPorts, BrowseEntry, SnapshotInfo } from '@holdfast/api'
import type { History } from '@holdfast/history'
import { browseFolder, listSnapshots, pathToText, textToPath } from '@holdfast/vault'
import type { Vaults } from '../vaults/vaults.ts'

/** What is in a plan's vault, read with the key that is kept here. */
export function createSnapshotsPort(parts: { history: History; vaults: Vaults }): ApiPorts['snapshots'] {
  const { history, vaults } = parts
  return {
    async list(planId) {
      const plan = await history.plans.get(planId)
      const { vault, env } = await vaults.opened(plan.vault)
      return (await listSnapshots(vault, env)).map(infoOf)
    },
    async browse({ planId, snapshot, path, after, limit }) {
      const plan = await history.plans.get(planId)
      const { vault, env } = await vaults.opened(plan.vault)
      const query = {
        snapshot,
        path: textToPath(path),
        limit,
        ...(after === undefined ? {} : { after: textToPath(after) }),
      }
      const { entries, more } = await browseFolder(vault, query, env)
      return { entries: entries.map(entryOf), more }
    },
  }
}

function infoOf(found: Awaited<ReturnType<typeof listSnapshots>>[number]): SnapshotInfo {
  const { id, time, machine, plan, kind, outcome, files, bytes, bytesStored, labels } = found
  const shown = kind === 'checkpoint' ? 'checkpoint' : outcome
  return { id, at: time, machine, plan, outcome: shown, files, bytes, bytesStored, labels }
}

function entryOf(entry: Awaited<ReturnType<typeof browseFolder>>['entries'][number]): BrowseEntry {
  const path = pathToText(entry.path)
  const kind = entry.kind === 'file' || entry.kind === 'dir' || entry.kind === 'link' ? entry.kind : 'other'
  const modifiedAt = new Date(Number(entry.mtimeNs / 1_000_000n))
  return { name: path.slice(path.lastIndexOf('/') + 1), path, kind, size: entry.size, modifiedAt }
}
