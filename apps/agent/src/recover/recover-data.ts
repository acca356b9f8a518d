import { basename } from 'node:path'
import type { RecoverData } from '@holdfast/api'
import { mapPath, type PathMapping, type Plan, restoreStages, stageOf, type WriterId } from '@holdfast/domain'
import { browseFolder, type EngineEnv, listSnapshots, type OpenedVault, pathToText } from '@holdfast/vault'

/** A folder with more entries comes back as one. */
const ENTRIES_AT_MOST = 1000

/** What would come back of a plan: its newest snapshot, in stages; undefined when it has none. */
export async function recoverData(
  { vault, env }: { vault: OpenedVault; env: EngineEnv },
  { plan, writer, mappings }: { plan: Plan; writer: WriterId; mappings: readonly PathMapping[] },
): Promise<RecoverData | undefined> {
  const [newest] = (await listSnapshots(vault, env)).filter(
    (snapshot) => snapshot.plan === plan.id && snapshot.writer === writer,
  )
  if (newest === undefined) return undefined
  const { id, time, files, bytes, sources } = newest
  const places = new Set(plan.sources.map(({ path }) => path))
  const items: { path: string; name: string }[] = []
  for (const { label, path } of sources) {
    const whole = { path: label, name: basename(path) || label }
    // What a name tells of a source is true of all in it; any other is looked into.
    items.push(...(stageOf(whole.name) === 'documents' ? await children(label) : [whole]))
  }

  async function children(label: string): Promise<{ path: string; name: string }[]> {
    const query = { snapshot: id, path: Buffer.from(label), limit: ENTRIES_AT_MOST }
    const { entries, more } = await browseFolder(vault, query, env)
    if (entries.length === 0 || more) return [{ path: label, name: 'all' }]
    return entries.map((entry) => {
      const path = pathToText(entry.path)
      return { path, name: path.slice(path.lastIndexOf('/') + 1) }
    })
  }

  return {
    ...{ planId: plan.id, name: plan.name, snapshot: id, at: time, files, bytes },
    stages: restoreStages(items),
    sources: sources.map(({ label, path }) => {
      const here = mapPath(path, mappings)
      // Where files go is the plan's word, never the snapshot's.
      return { label, was: path, here: places.has(here) ? here : null }
    }),
  }
}
