import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Drill, DrillsPort, LiveEvent } from '@holdfast/api'
import {
  drillDue,
  HoldfastError,
  type Plan,
  type PlanId,
  type Proof,
  toHoldfastError,
} from '@holdfast/domain'
import type { AuditActor, History } from '@holdfast/history'
import { makePrivateDir } from '@holdfast/host'
import { listSnapshots } from '@holdfast/vault'
import { actOf, auditActor, SCHEDULE_ACTOR } from './audit.ts'
import { startEngineChild } from './run/engine-child.ts'
import type { EngineEvent, EngineOrder } from './run/engine-messages.ts'
import { createTurns } from './run/turns.ts'
import type { Vaults } from './vaults/vaults.ts'

/** Files of a snapshot that is not small. */
const SAMPLE = 25
const KILL_AFTER_MS = 5000
type DrillOrder = Extract<EngineOrder, { kind: 'drill' }>
type LastWord = Extract<EngineEvent, { type: 'drilled' | 'failed' }>

/** Restore drills: one at a time on this machine, by hand or when a plan's own time has come. */
export type DrillDesk = AsyncDisposable &
  DrillsPort & {
    /** Starts the plan's drill when it is due. For the end of its runs. */
    afterRun(id: PlanId): Promise<void>
  }

export function createDrillDesk(parts: {
  history: History
  vaults: Vaults
  publish: (event: LiveEvent) => void
  now: () => Date
  onError: (error: unknown) => void
  path: string
  /** Samples are restored below here and removed again. */
  scratchRoot: string
}): DrillDesk {
  const { history, vaults, now } = parts
  const drills = new Map<PlanId, Drill>()
  const working = new Set<Promise<void>>()
  const turns = createTurns<'drill'>()
  const stop = new AbortController()

  function begin(plan: Plan, by: AuditActor): Drill {
    const known = drills.get(plan.id)
    if (known?.state === 'running') return known
    const drill: Drill = {
      ...{ planId: plan.id, startedAt: now(), state: 'running', filesDone: 0, filesTotal: null },
      ...{ bytesDone: 0, bytesTotal: null, proof: null, mismatched: [], error: null },
    }
    drills.set(plan.id, drill)
    const work = run(plan, by)
      .catch((error: unknown) => {
        const { code, message, next } = toHoldfastError(error)
        change(plan.id, { state: 'failed', error: { code, message, next } })
      })
      .finally(() => working.delete(work))
    working.add(work)
    return drill
  }

  function change(id: PlanId, facts: Partial<Drill>): void {
    const drill = drills.get(id)
    if (drill !== undefined) drills.set(id, { ...drill, ...facts })
  }

  /** Ends when the scratch folder is gone too. */
  async function run(plan: Plan, by: AuditActor): Promise<void> {
    const last = await drillOnce(plan)
    if (last.type === 'drilled') return await keep(plan, last.proof, { by, mismatched: last.mismatched })
    change(plan.id, { state: 'failed', error: last.failure })
  }

  async function drillOnce(plan: Plan): Promise<LastWord> {
    const turn = await turns.take('drill', stop.signal)
    const id = randomUUID()
    const scratchDir = join(parts.scratchRoot, id)
    try {
      stop.signal.throwIfAborted()
      const access = await vaults.accessTo(plan.vault, `drill-${id}`, stop.signal)
      const snapshot = await newestOf(plan)
      makePrivateDir(scratchDir)
      return await follow(plan, { access, snapshot, sources: plan.sources, sample: SAMPLE, scratchDir })
    } finally {
      turn.leave()
      await rm(scratchDir, { recursive: true, force: true }).catch(parts.onError)
    }
  }

  async function follow(plan: Plan, order: Omit<DrillOrder, 'kind'>): Promise<LastWord> {
    let last: LastWord | undefined
    const child = await startEngineChild(
      { kind: 'drill', ...order },
      {
        path: parts.path,
        onEvent: (event) => {
          if (event.type === 'restore-progress') change(plan.id, event.progress)
          if (event.type === 'drilled' || event.type === 'failed') last = event
        },
      },
    )
    const cancel = () => child.cancel({ killAfterMs: KILL_AFTER_MS })
    stop.signal.addEventListener('abort', cancel, { once: true })
    if (stop.signal.aborted) cancel()
    const how = await child.ended
    stop.signal.removeEventListener('abort', cancel)
    await vaults.stopTransfers(order.access.group)
    if (last !== undefined) return last
    throw new HoldfastError('ENGINE_DIED', `The drill stopped in the middle: it ${how}.`)
  }

  async function keep(
    plan: Plan,
    proof: Proof,
    { by, mismatched }: { by: AuditActor; mismatched: Drill['mismatched'] },
  ): Promise<void> {
    const audit = actOf(by, { at: now(), act: 'plan.drill', subject: plan.id, after: proof })
    await history.proofs.add(plan.id, proof, { audit })
    change(plan.id, { state: 'done', proof, mismatched })
    parts.publish({ type: 'plans' })
  }

  async function newestOf(plan: Plan) {
    const { vault, env } = await vaults.opened(plan.vault)
    const found = (await listSnapshots(vault, env)).find((one) => one.plan === plan.id && one.kind === 'run')
    if (found !== undefined) return found.id
    throw new HoldfastError('SNAPSHOT_UNKNOWN', `${plan.name} has no snapshot yet.`, {
      next: `Start it with \`holdfast run ${plan.id}\`.`,
    })
  }

  return {
    async start(id, actor) {
      const plan = await history.plans.get(id)
      await newestOf(plan)
      return begin(plan, auditActor(actor))
    },
    get: (id) => drills.get(id),
    async afterRun(id) {
      const plan = (await history.plans.list()).find((one) => one.id === id)
      if (plan === undefined || stop.signal.aborted) return
      const lastDrill = (await history.proofs.newest()).get(id)
      const facts = { lastDrill, createdAt: plan.createdAt }
      if (drillDue(plan.options.drill.every, facts, now())) begin(plan, SCHEDULE_ACTOR)
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(working)
    },
  }
}
