import { randomUUID } from 'node:crypto'
import { lstat, realpath, stat } from 'node:fs/promises'
import { relative } from 'node:path'
import type { ApiPorts, NewPlan } from '@holdfast/api'
import { HoldfastError, Plan, PlanId, type Source, scheduleProblem } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { actOf, auditActor } from '../audit.ts'
import type { Schedules } from '../schedule/schedules.ts'
import { isOwnRemote, type Vaults } from '../vaults/vaults.ts'

/** Making, listing and pausing plans. */
export function createPlansPort(parts: {
  history: History
  vaults: Vaults
  schedules: Schedules
  now: () => Date
  publishPlans: () => void
}): ApiPorts['plans'] {
  const { history, vaults, schedules, now } = parts
  return {
    list: () => history.plans.list(),
    async create(request, actor) {
      await checkRequest(request, now())
      const { name, place, schedule } = request
      const sources = await Promise.all(request.sources.map(pointedTo))
      const vault = await vaults.makeOrOpen(place, request.passphrase)
      const plan = Plan.parse({
        ...{ id: PlanId.parse(randomUUID()), name, vault, schedule, paused: false, createdAt: now() },
        sources,
      })
      const audit = actOf(auditActor(actor), { at: now(), act: 'plan.create', subject: plan.id, after: plan })
      const created = await history.plans.create(plan, { audit })
      await schedules.set(created.id)
      parts.publishPlans()
      return created
    },
    async setPaused(id, paused, actor) {
      const before = await history.plans.get(id)
      const change = { before: { paused: before.paused }, after: { paused } }
      const audit = actOf(auditActor(actor), { at: now(), act: 'plan.set-paused', subject: id, ...change })
      const plan = await history.plans.setPaused(id, paused, { audit })
      if (before.paused && !paused) await schedules.resumed(id)
      await schedules.set(id)
      parts.publishPlans()
      return plan
    },
  }
}

/** A link named as a source means the folder it points to; the run itself follows no link. */
async function pointedTo(source: Source): Promise<Source> {
  const isLink = (await lstat(source.path)).isSymbolicLink()
  return isLink ? { ...source, path: await realpath(source.path) } : source
}

async function checkRequest({ schedule, sources, place }: NewPlan, now: Date): Promise<void> {
  const problem = scheduleProblem(schedule, now)
  if (problem !== undefined) throw new HoldfastError('SCHEDULE_NEVER', problem)
  if (place.kind === 'remote' && isOwnRemote(place.remote))
    throw new HoldfastError('REMOTE_REFUSED', `The remote ${place.remote} is one of Holdfast's own.`)
  for (const { path } of sources) {
    await stat(path).catch((cause: unknown) => {
      throw new HoldfastError('SOURCE_MISSING', `${path} can't be found.`, { cause })
    })
    // A vault inside a source is left out by the run; a source inside the vault would back the vault up into itself.
    if (place.kind === 'folder' && !relative(place.path, path).startsWith('..'))
      throw new HoldfastError('INPUT_INVALID', `${path} lies inside the vault's own folder.`)
  }
}
