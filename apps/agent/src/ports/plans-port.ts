import { lstat, realpath, stat } from 'node:fs/promises'
import { relative } from 'node:path'
import type { Actor, ApiPorts, NewPlan } from '@holdfast/api'
import {
  formatPlace,
  HoldfastError,
  Plan,
  type PlanId,
  planIdFor,
  retentionOf,
  type Source,
  scheduleProblem,
} from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { isOwnRemote } from '@holdfast/rclone'
import { acceptSnapshot, listSnapshots } from '@holdfast/vault'
import { actOf, auditActor } from '../audit.ts'
import type { CopyDesk } from '../copies/copy-desk.ts'
import { requireCopyPlaces } from '../copies/require-copy-places.ts'
import type { HookPasswords } from '../hooks/hook-passwords.ts'
import { requireHooks } from '../hooks/require-hooks.ts'
import type { Schedules } from '../schedule/schedules.ts'
import type { Vaults } from '../vaults/vaults.ts'

/** Making, listing and pausing plans. */
export function createPlansPort(parts: {
  history: History
  vaults: Vaults
  schedules: Schedules
  copies: Pick<CopyDesk, 'start'>
  isBusy: (id: PlanId) => boolean
  hooks: { passwords: HookPasswords; homeDir: string; forget: (id: PlanId) => Promise<void> }
  installation: string
  now: () => Date
  publishPlans: () => void
}): ApiPorts['plans'] {
  const { history, vaults, schedules, hooks, now } = parts

  async function store(plan: Plan, act: string, actor: Actor): Promise<Plan> {
    const audit = actOf(auditActor(actor), { at: now(), act, subject: plan.id, after: plan })
    const created = await history.plans.create(plan, { audit })
    await schedules.set(created.id)
    parts.publishPlans()
    return created
  }

  /** Two plans of one name could not be told apart in messages; `self` may keep its own. */
  async function checkName(name: string, self?: PlanId): Promise<void> {
    const same = (plan: Plan) => plan.id !== self && plan.name.toLowerCase() === name.toLowerCase()
    if (!(await history.plans.list()).some(same)) return
    const sentence = `There is a plan “${name}” already.`
    throw new HoldfastError('INPUT_INVALID', sentence, {
      next: 'Give this one another name.',
      fields: { name: [sentence] },
    })
  }

  return {
    list: () => history.plans.list(),
    async create(request, actor) {
      await checkName(request.name)
      await checkRequest(request, now())
      const { name, place, schedule, options } = request
      const sources = await Promise.all(request.sources.map(pointedTo))
      await requireCopyPlaces({ place }, { copies: options.copies, known: [] }, { vaults, actor })
      await requireHooks(hooks.homeDir, { hooks: options.hooks, known: [] })
      const vault = await vaults.makeOrOpen(place, request.passphrase, auditActor(actor))
      const id = planIdFor(name, await history.plans.idsEver())
      const facts = { id, name, vault, schedule, options, paused: false, createdAt: now() }
      return store(Plan.parse({ ...facts, sources }), 'plan.create', actor)
    },
    async update(id, change, actor) {
      const before = await history.plans.get(id)
      const after = Plan.parse({ ...before, ...withoutUndefined(change) })
      if (after.name !== before.name) await checkName(after.name, id)
      await checkRequest({ ...after, place: after.vault.place }, now())
      const { copies } = after.options
      await requireCopyPlaces(after.vault, { copies, known: before.options.copies }, { vaults, actor })
      await requireHooks(hooks.homeDir, { hooks: after.options.hooks, known: before.options.hooks })
      const sources = await Promise.all(after.sources.map(pointedTo))
      const changed = Object.fromEntries(Object.keys(change).map((key) => [key, before[key as keyof Plan]]))
      const audit = actOf(auditActor(actor), {
        ...{ at: now(), act: 'plan.update', subject: id, before: changed, after: change },
      })
      const { name, schedule, options } = after
      const plan = await history.plans.update(id, { name, schedule, options, sources }, { audit })
      await hooks.passwords.keepFor(id, { before: before.options.hooks, after: options.hooks })
      // Times of the new schedule that lie in the past are not missed.
      if (JSON.stringify(schedule) !== JSON.stringify(before.schedule)) await schedules.resumed(id)
      await schedules.set(id)
      parts.publishPlans()
      return plan
    },
    async duplicate(id, name, actor) {
      const original = await history.plans.get(id)
      await checkName(name)
      const copy = planIdFor(name, await history.plans.idsEver())
      await hooks.passwords.copy(id, copy)
      return store({ ...original, id: copy, name, paused: true, createdAt: now() }, 'plan.duplicate', actor)
    },
    async remove(id, actor) {
      const before = await history.plans.get(id)
      if (parts.isBusy(id))
        throw new HoldfastError('PLAN_RUNNING', `${before.name} is running.`, {
          next: 'Cancel the run or wait for its end, then remove the plan.',
        })
      const audit = actOf(auditActor(actor), { at: now(), act: 'plan.remove', subject: id, before })
      await history.plans.remove(id, now(), { audit })
      await schedules.forget(id)
      await hooks.passwords.keepFor(id, { before: before.options.hooks, after: [] })
      await hooks.forget(id)
      parts.publishPlans()
    },
    async copyNow(id, place, actor) {
      const plan = await history.plans.get(id)
      await parts.copies.start(plan, place, auditActor(actor))
      const after = { place: formatPlace(place) }
      await history.audit.append(
        actOf(auditActor(actor), { at: now(), act: 'vault.copy', subject: plan.vault.id, after }),
      )
    },
    async acceptChange(id, actor) {
      const plan = await history.plans.get(id)
      const [run] = await history.runs.list({ planId: id, limit: 1 })
      if (run?.state !== 'finished' || run.summary === null || run.summary.suspect === null) return
      const { vault, env } = await vaults.opened(plan.vault)
      const { snapshot, suspect } = run.summary
      await acceptSnapshot(vault, { snapshot, installation: parts.installation }, env)
      const audit = actOf(auditActor(actor), {
        ...{ at: now(), act: 'plan.accept-change', subject: id, before: { suspect }, after: { snapshot } },
      })
      await history.runs.clearSuspect(run.id, { audit })
      parts.publishPlans()
    },
    async previewRetention(id, keep, timeZone) {
      const plan = await history.plans.get(id)
      const { vault, env } = await vaults.opened(plan.vault)
      const all = (await listSnapshots(vault, env)).filter((snapshot) => snapshot.plan === plan.id).reverse()
      const entries = all.map((snapshot) => ({
        ...{ id: snapshot.id, time: snapshot.time, kind: snapshot.kind, suspect: false },
        group: snapshot.writer,
      }))
      const verdicts = retentionOf(entries, keep, { timeZone, now: now() })
      return verdicts.map((verdict, i) => ({ ...verdict, at: all[i]?.time ?? now() })).reverse()
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

async function checkRequest(
  { schedule, sources, place }: Pick<NewPlan, 'schedule' | 'sources' | 'place'>,
  now: Date,
): Promise<void> {
  const problem = scheduleProblem(schedule, now)
  if (problem !== undefined)
    throw new HoldfastError('SCHEDULE_NEVER', problem, { fields: { schedule: [problem] } })
  if (place.kind === 'remote' && isOwnRemote(place.remote))
    throw new HoldfastError('REMOTE_REFUSED', `The remote ${place.remote} is one of Holdfast's own.`)
  for (const [i, { path }] of sources.entries()) {
    const refuse = (code: 'SOURCE_MISSING' | 'INPUT_INVALID', sentence: string, cause?: unknown) =>
      new HoldfastError(code, sentence, { cause, fields: { [`sources.${i}.path`]: [sentence] } })
    await stat(path).catch((cause: unknown) => {
      throw refuse('SOURCE_MISSING', `${path} can't be found.`, cause)
    })
    // A vault inside a source is left out by the run; a source inside the vault would back the vault up into itself.
    if (place.kind === 'folder' && !relative(place.path, path).startsWith('..'))
      throw refuse('INPUT_INVALID', `${path} lies inside the vault's own folder.`)
  }
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>
}
