import {
  HoldfastError,
  isHoldfastError,
  type LogLevel,
  type SnapshotId,
  type WriterId,
} from '@holdfast/domain'
import { type CheckSummary, check } from './check.ts'
import { carryObjects } from './copy/carry-objects.ts'
import { deleteSurplus, type HeldBack, judgeSurplus } from './copy/delete-surplus.ts'
import { type Differing, mendUnlike } from './copy/mend-unlike.ts'
import { COPY_STEPS, type CopyObject, type CopyPlan, type CopyStep, planCopy } from './copy/plan-copy.ts'
import { requireCopyPlace } from './copy/require-copy-place.ts'
import { type CopyPlace, type Survey, surveyBoth } from './copy/survey-both.ts'
import { eventStream } from './event-stream.ts'
import { readMarks } from './marks/read-marks.ts'
import type { ObjectCarrier } from './ports.ts'
import type { KnownSeqs } from './prune/read-vault-state.ts'
import { parseSnapshotKey } from './snapshot/snapshot-format.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import { NO_CACHE } from './vault/no-cache.ts'
import type { OpenedVault } from './vault/open-vault.ts'

export type CopyRequest = {
  readonly dryRun: boolean
  /** Also checks the structure of the copy as a vault when it is complete. */
  readonly check: boolean
  /** Deletes also when much would go at once. */
  readonly allowLarge: boolean
  /** The highest sequence number of each writer that this home has seen. */
  readonly known: KnownSeqs
}

export type CopySummary = {
  readonly dryRun: boolean
  /** True when the copy has everything, nothing differs, and its check found no damage. */
  readonly ok: boolean
  /** Objects and bytes that were missing there; in a dry run those that would be copied. */
  readonly copied: { readonly objects: number; readonly bytes: number; readonly snapshots: number }
  /** Objects that were cut short or damaged there and were copied anew, by their keys. */
  readonly mended: readonly string[]
  readonly deleted: { readonly objects: number; readonly bytes: number; readonly snapshots: number }
  /** Objects whose bytes differ and that were left as they are. */
  readonly differing: readonly Differing[]
  /** Snapshots that only the copy has any more, because the vault lost them. */
  readonly lost: readonly SnapshotId[]
  /** Why nothing was deleted although something is surplus. */
  readonly heldBack: HeldBack | null
  readonly snapshots: number
  readonly bytes: number
  /** The highest number of each machine that the copy has now; a dry run says what it would have. */
  readonly writers: readonly { readonly writer: WriterId; readonly seq: number }[]
  readonly check: Pick<CheckSummary, 'ok' | 'damaged'> | null
  readonly durationMs: number
}

export type CopyEvent =
  | {
      readonly type: 'progress'
      readonly phase: 'listing' | CopyStep | 'checking' | 'deleting'
      readonly objectsDone: number
      readonly objectsTotal: number | null
      readonly bytesDone: number
      readonly bytesTotal: number | null
    }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly type: 'finished'; readonly summary: CopySummary }

/**
 * Brings a second copy of a vault up to date: every object as it lies, so that the copy is a vault that the same
 * passphrase opens. Packs go first, then index objects, then settings, claims and marks, then snapshots, oldest first,
 * and packed programs at the end: a copy that is cut off at any moment is a vault whose listed snapshots restore, and goes on where it stopped. Objects
 * that the vault deleted on purpose are deleted afterwards, the other way round; see judgeSurplus.
 *
 * Runs and prunes may go on in the vault meanwhile. One copy to one place at a time: the caller sees to that. Rejects
 * with PLACE_NOT_EMPTY or VAULT_EXISTS before anything is written, VAULT_ROLLED_BACK when the copy knows newer snapshots
 * than the vault, VAULT_CHANGED when the vault kept changing, REMOTE_* and CANCELLED.
 */
export function copyVault(
  vault: OpenedVault,
  copy: CopyPlace,
  request: CopyRequest,
  env: EngineEnv & { readonly carrier: ObjectCarrier },
): AsyncGenerator<CopyEvent, void, undefined> {
  return eventStream<CopyEvent>((emit, signal) => runCopy(vault, copy, request, { ...env, signal, emit }), {
    signal: env.signal,
    coalesce: (event) => event.type === 'progress',
  })
}

type CopyEnv = EngineEnv & {
  readonly signal: AbortSignal
  readonly carrier: ObjectCarrier
  readonly emit: (event: CopyEvent) => void
}

/** A prune of the vault may take away under our hands what it doomed days ago; then we look again. */
const ROUNDS = 3

async function runCopy(
  vault: OpenedVault,
  place: CopyPlace,
  request: CopyRequest,
  env: CopyEnv,
): Promise<CopyEvent> {
  const startedMs = env.clock.nowMs()
  const copy: OpenedVault = { ...vault, ...place }
  const total = { objects: 0, bytes: 0, snapshots: 0 }
  const mended: string[] = []
  let round = await copyOnce(vault, copy, request, { total, mended }, env)
  for (let n = 1; round === undefined; n += 1) {
    if (n === ROUNDS)
      throw new HoldfastError('VAULT_CHANGED', 'Objects kept going from the vault while it was copied.')
    round = await copyOnce(vault, copy, request, { total, mended }, env)
  }
  const { survey, plan, differing } = round
  const deleting = request.dryRun
    ? { heldBack: null, deleted: NOTHING }
    : await tidy(vault, copy, request, round, env)
  const checked = request.check && !request.dryRun ? await checkCopy(copy, env) : null
  const { source } = survey
  const summary: CopySummary = {
    ...{ dryRun: request.dryRun, copied: total, mended, differing, lost: plan.lost, ...deleting },
    ok: differing.length === 0 && (checked?.ok ?? true),
    snapshots: [...source.inner.keys()].filter((key) => key.startsWith('snaps/')).length,
    bytes: [...source.inner.values()].reduce((sum, size) => sum + size, 0),
    writers: highestNumbers(source.inner.keys()),
    check: checked,
    durationMs: env.clock.nowMs() - startedMs,
  }
  return { type: 'finished', summary }
}

function highestNumbers(keys: Iterable<string>): CopySummary['writers'] {
  const highest = new Map<WriterId, number>()
  for (const key of keys) {
    const named = parseSnapshotKey(key)
    if (named !== undefined) highest.set(named.writer, Math.max(named.seq, highest.get(named.writer) ?? 0))
  }
  return [...highest].map(([writer, seq]) => ({ writer, seq }))
}

const NOTHING = { objects: 0, bytes: 0, snapshots: 0 }

type Round = { readonly survey: Survey; readonly plan: CopyPlan; readonly differing: readonly Differing[] }
type Tally = { total: { objects: number; bytes: number; snapshots: number }; mended: string[] }

/** Undefined when something that was to be copied went from the vault meanwhile. */
async function copyOnce(
  vault: OpenedVault,
  copy: OpenedVault,
  request: CopyRequest,
  { total, mended }: Tally,
  env: CopyEnv,
): Promise<Round | undefined> {
  env.emit({ type: 'progress', phase: 'listing', ...NO_COUNTS })
  try {
    const survey = await surveyBoth(vault, copy, env)
    await requireCopyPlace(vault, copy, { source: survey.source, there: survey.copy }, env)
    const { marks } = await readMarks(vault, env)
    const plan = planCopy(survey, marks)
    const { mend, differing } = await mendUnlike(vault, copy, plan.unlike, env)
    const todo = (step: CopyStep): CopyObject[] => {
      const objects = [...mend.filter((object) => object.step === step), ...plan.missing[step]]
      return step === 'snapshots' ? objects.sort((a, b) => (a.key < b.key ? -1 : 1)) : objects
    }
    const all = COPY_STEPS.flatMap(todo)
    const counts = {
      ...{ objectsDone: 0, objectsTotal: all.length },
      ...{ bytesDone: 0, bytesTotal: all.reduce((sum, { size }) => sum + size, 0) },
    }
    for (const step of COPY_STEPS) {
      const objects = todo(step)
      if (!request.dryRun) {
        const carried = (bytes: number) => {
          counts.objectsDone += 1
          counts.bytesDone += bytes
          total.objects += 1
          total.bytes += bytes
          if (step === 'snapshots') total.snapshots += 1
          env.emit({ type: 'progress', phase: step, ...counts })
        }
        if (objects.length > 0) env.emit({ type: 'progress', phase: step, ...counts })
        // A program's manifest comes after its chunks in the order of their names.
        const inOrder = step === 'head' || step === 'snapshots' || step === 'programs'
        await carryObjects(vault, copy, objects, { inOrder }, { ...env, carried })
      } else {
        total.objects += objects.length
        total.bytes += objects.reduce((sum, { size }) => sum + size, 0)
        if (step === 'snapshots') total.snapshots += objects.length
      }
    }
    for (const { key } of mend) {
      mended.push(key)
      if (!request.dryRun)
        env.emit({ type: 'log', level: 'warn', text: `${key} was not whole at the copy: copied anew.` })
    }
    return { survey, plan, differing }
  } catch (error) {
    if (!isHoldfastError(error, 'VAULT_CHANGED')) throw error
    env.emit({ type: 'log', level: 'info', text: `${error.message} Looking again.` })
    return undefined
  }
}

const NO_COUNTS = { objectsDone: 0, objectsTotal: null, bytesDone: 0, bytesTotal: null }

async function tidy(
  vault: OpenedVault,
  copy: OpenedVault,
  { allowLarge, known }: CopyRequest,
  { survey, plan, differing }: Round,
  env: CopyEnv,
): Promise<Pick<CopySummary, 'heldBack' | 'deleted'>> {
  const found = { survey, plan, differing: differing.length, allowLarge, known }
  const judged = await judgeSurplus(vault, copy, found, { ...env, cache: NO_CACHE })
  if (judged.kind === 'held') {
    env.emit({
      type: 'log',
      level: 'warn',
      text: `Nothing was deleted from the copy: ${judged.why.message}`,
    })
    return { heldBack: judged.why, deleted: NOTHING }
  }
  const { objects } = judged
  let done = 0
  const deleted = () => {
    done += 1
    env.emit({
      ...{ type: 'progress', phase: 'deleting', objectsDone: done, objectsTotal: objects.length },
      ...{ bytesDone: 0, bytesTotal: null },
    })
  }
  await deleteSurplus(copy, objects, { ...env, deleted })
  return {
    heldBack: null,
    deleted: {
      objects: objects.length,
      bytes: objects.reduce((sum, { size }) => sum + size, 0),
      snapshots: objects.filter(({ key }) => key.startsWith('snaps/')).length,
    },
  }
}

async function checkCopy(copy: OpenedVault, env: CopyEnv): Promise<CheckSummary> {
  env.emit({ type: 'progress', phase: 'checking', ...NO_COUNTS })
  for await (const event of check(copy, { read: { kind: 'none' } }, env))
    if (event.type === 'finished') return event.summary
  throw new HoldfastError('INTERNAL', 'The check of the copy ended without a result.')
}
