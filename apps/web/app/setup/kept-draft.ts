import { z } from 'zod'
import { type Draft, needsPassphrase, newDraft, STEPS, type Step } from './draft.ts'

/** Where a set-up stands: what was chosen, the step that is open and the furthest one. */
export type Standing = { readonly draft: Draft; readonly step: Step; readonly reached: Step }

const KEY = 'holdfast.set-up'

/** The part of the browser's storage that this needs. */
type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const ScheduleChoice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hourly') }),
  z.object({ kind: z.literal('daily'), time: z.string() }),
  z.object({ kind: z.literal('weekly'), weekday: z.number().int().min(0).max(6), time: z.string() }),
  z.object({ kind: z.literal('when-on'), every: z.enum(['hour', 'day', 'week']) }),
  z.object({ kind: z.literal('manual') }),
  z.object({ kind: z.literal('cron'), cron: z.string() }),
])

const Findings = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('new') }),
  z.object({ kind: z.literal('empty') }),
  z.object({ kind: z.literal('vault'), encrypted: z.boolean(), snapshots: z.number().nullable() }),
])

/** What is kept. The passphrase is not among it, nor what the machine said of itself: that is asked again. */
const Kept = z.object({
  step: z.enum(STEPS),
  reached: z.enum(STEPS),
  name: z.string(),
  ticks: z.record(z.string(), z.boolean()),
  folders: z.array(z.object({ path: z.string(), ticked: z.boolean() })),
  rules: z.array(z.string()),
  larger: z.object({ on: z.boolean(), text: z.string() }),
  skipCacheDirs: z.boolean(),
  oneFileSystem: z.boolean(),
  placeKind: z.enum(['folder', 'remote']),
  folder: z.string(),
  remote: z.string(),
  remotePath: z.string(),
  findings: Findings.optional().catch(undefined),
  schedule: ScheduleChoice,
  starts: z.boolean().default(true),
})

/** Keeps the standing for as long as the browser's tab, without the passphrase. */
export function keepDraft(shelf: Shelf, { draft, step, reached }: Standing): void {
  const { what, name, placeKind, folder, remote, remotePath, findings, schedule, starts } = draft
  const { ticks, folders, rules, larger, skipCacheDirs, oneFileSystem } = what
  const kept = {
    ...{ step, reached, name, ticks, folders, rules, larger, skipCacheDirs, oneFileSystem },
    ...{ placeKind, folder, remote, remotePath, findings, schedule, starts },
  }
  shelf.setItem(KEY, JSON.stringify(kept))
}

/** The standing that was kept, or a new one. One that was past its passphrase is asked for it again. */
export function keptDraft(shelf: Shelf, suggested: Parameters<typeof newDraft>[0]): Standing {
  const fresh: Standing = { draft: newDraft(suggested), step: 'what', reached: 'what' }
  const kept = parsed(shelf.getItem(KEY))
  if (kept === undefined) return fresh
  const { step, reached, ticks, folders, rules, larger, skipCacheDirs, oneFileSystem, ...rest } = kept
  const what = { ...fresh.draft.what, ticks, folders, rules, larger, skipCacheDirs, oneFileSystem }
  const draft: Draft = { ...fresh.draft, ...rest, what, findings: kept.findings }
  const furthest = draft.findings === undefined ? 'where' : needsPassphrase(draft) ? 'passphrase' : 'when'
  return { draft, step: atMost(step, furthest), reached: atMost(reached, furthest) }
}

/** For a set-up that is done. */
export function forgetDraft(shelf: Shelf): void {
  shelf.removeItem(KEY)
}

function parsed(text: string | null): z.infer<typeof Kept> | undefined {
  if (text === null) return undefined
  try {
    return Kept.safeParse(JSON.parse(text)).data
  } catch {
    // Another version wrote it, or it was cut: the set-up begins anew.
    return undefined
  }
}

function atMost(step: Step, furthest: Step): Step {
  return STEPS.indexOf(step) > STEPS.indexOf(furthest) ? furthest : step
}
