import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LiveEvent, RecoverData, RecoverPort, RecoverState } from '@holdfast/api'
import { formatPlace, HoldfastError, type Plan, type PlanId, type VaultId } from '@holdfast/domain'
import { claimWriter } from '@holdfast/vault'
import { actOf, auditActor } from '../audit.ts'
import type { RestoreDesk } from '../restore-desk.ts'
import type { Schedules } from '../schedule/schedules.ts'
import type { Vaults } from '../vaults/vaults.ts'
import { type BringParts, bringMachine } from './bring-machine.ts'
import { foundMachines } from './found-machines.ts'
import { type HeldVault, openHeld } from './open-held.ts'
import { recoverData } from './recover-data.ts'
import { type Recovery, readRecovery, writeRecovery } from './recovery.ts'
import { lockedVaults, unlockVault } from './unlock-vault.ts'

export type RecoverDesk = RecoverPort & AsyncDisposable

type Stage = RecoverState['restores'][number] & { id: string | null }

/** Brings machines back into this home. What was opened is forgotten with the process; it is opened again then. */
export function createRecoverDesk(
  parts: BringParts & {
    vaults: Vaults
    restores: Pick<RestoreDesk, 'start' | 'get' | 'cancel' | 'ended'>
    schedules: Pick<Schedules, 'set' | 'resumed'>
    publish: (event: LiveEvent) => void
    onError: (error: unknown) => void
  },
): RecoverDesk {
  const { history, home, vaults, standings, now } = parts
  const held = new Map<VaultId, HeldVault>()
  const stages: Stage[] = []
  let work: Promise<void> | undefined
  let stopped = false

  async function planned(): Promise<{ recovery: Recovery; plans: Plan[] }> {
    const recovery = await readRecovery(history)
    if (recovery === undefined)
      throw new HoldfastError('NOTHING_SELECTED', 'Nothing was recovered into this home.', {
        next: 'Choose a machine first.',
      })
    const open = [recovery.vault, ...recovery.unlocked]
    const plans = (await history.plans.list()).filter(({ vault }) => open.includes(vault.id))
    return { recovery, plans }
  }

  async function data(): Promise<RecoverData[]> {
    const { recovery, plans } = await planned()
    const { writer, mappings } = recovery
    const found: RecoverData[] = []
    for (const plan of plans) {
      const what = await recoverData(await vaults.opened(plan.vault), { plan, writer, mappings })
      if (what !== undefined) found.push(what)
    }
    return found
  }

  async function state(): Promise<RecoverState> {
    const recovery = await readRecovery(history)
    const plans = await history.plans.list()
    const waiting = []
    for (const plan of plans.filter(({ id }) => recovery?.waiting.includes(id)))
      waiting.push({ id: plan.id, name: plan.name, missing: await missingSources(plan) })
    const restores = []
    for (const { planId, stage, id } of stages)
      restores.push({ planId, stage, restore: id === null ? null : await parts.restores.get(id) })
    const all = await Promise.all(
      (await history.vaults.list()).map(async ({ id, name }) => {
        const standing = await standings.of(id)
        return standing === undefined ? [] : [{ ...standing, vault: id, vaultName: name }]
      }),
    )
    return {
      kind: recovery !== undefined ? 'recovered' : plans.length > 0 ? 'set-up' : 'empty',
      ...{ machine: recovery?.machine ?? null, how: recovery?.how ?? null },
      ...{ restores, restoring: work !== undefined, waiting, standings: all.flat() },
      locked: lockedVaults(recovery, plans).map(({ vault: { id, name, place, encrypted }, plans: of }) => ({
        ...{ vault: id, name, place: formatPlace(place), encrypted, plans: of },
      })),
    }
  }

  /** One stage after the other, of all plans; what fails stands in its own restore, and the next one goes on. */
  async function restoreAll(
    what: readonly RecoverData[],
    to: Parameters<RecoverPort['restore']>[0],
    actor: Parameters<RecoverPort['restore']>[1],
  ): Promise<void> {
    for (const stage of stages) {
      const found = what.find(({ planId }) => planId === stage.planId)
      const paths = found?.stages.find((one) => one.stage === stage.stage)?.paths
      if (stopped || found === undefined || paths === undefined) return
      const plan = await history.plans.get(stage.planId)
      const targetDir = to.targetDir === null ? '' : join(to.targetDir, found.planId)
      const placements = found.sources.flatMap(({ label, here }) =>
        here === null ? [] : [{ label, path: here }],
      )
      const places = to.targetDir === null ? placements : null
      const labels = new Set(found.sources.flatMap(({ label, here }) => (here === null ? [] : [label])))
      const chosen = places === null ? paths : paths.filter((path) => labels.has(path.split('/')[0] ?? ''))
      if (chosen.length === 0) continue
      const request = {
        planId: plan.id,
        snapshot: found.snapshot,
        paths: chosen,
        targetDir,
        conflict: to.conflict,
      }
      const restore = await parts.restores.start(plan, { ...request, places }, ({ id }) =>
        actOf(auditActor(actor), {
          ...{ at: now(), act: 'recover.restore', subject: id },
          after: { planId: plan.id, snapshot: found.snapshot, stage: stage.stage, targetDir },
        }),
      )
      stage.id = restore.id
      const { state: how } = await parts.restores.ended(restore.id)
      if (how === 'cancelled') return
    }
  }

  return {
    state,
    data,
    async open(from, actor) {
      if ((await history.plans.list()).length > 0)
        throw new HoldfastError('HOME_NOT_EMPTY', 'There are plans on this machine already.')
      const by = auditActor(actor)
      const found = await openHeld({ client: parts.client, vaults }, from, by)
      if (found.kind === 'sign-in') return found
      held.set(found.vault.id, found)
      const what = { at: now(), act: 'recover.open', subject: found.vault.id }
      const place = formatPlace(found.vault.place)
      await history.audit.append(actOf(by, { ...what, after: { place, kit: found.kitMade } }))
      const opened = await vaults.opened(found.vault)
      const list = await foundMachines(opened, { held: found, installation: home.installation })
      return {
        ...{ kind: 'open', vault: found.vault.id, place, encrypted: found.vault.encrypted },
        ...{ kitMade: found.kitMade, ...list },
      }
    },
    async bring({ vault, writer, how, mappings }, actor) {
      const found = held.get(vault)
      if (found === undefined)
        throw new HoldfastError('INPUT_INVALID', 'This vault is not open any more.', {
          next: 'Give the kit, or the place, and the passphrase again.',
        })
      const opened = await vaults.opened(found.vault)
      const order = { held: found, opened, writer, how, mappings, by: auditActor(actor) }
      const recovered = await bringMachine(parts, order)
      held.clear()
      parts.publish({ type: 'plans' })
      return recovered
    },
    async restore(request, actor) {
      if (work !== undefined)
        throw new HoldfastError('PLAN_RUNNING', 'Files are being brought back already.', {
          next: 'Wait for the end, or cancel it.',
        })
      const wanted = new Set<PlanId>(request.planIds)
      const what = (await data()).filter(({ planId }) => wanted.has(planId))
      if (what.length === 0)
        throw new HoldfastError('NOTHING_SELECTED', 'None of these plans has a snapshot.')
      const order = ['settings', 'documents', 'media'] as const
      const next = order.flatMap((stage) =>
        what
          .filter(({ stages: has }) => has.some((one) => one.stage === stage))
          .map(({ planId }): Stage => ({ planId, stage, restore: null, id: null })),
      )
      stages.splice(0, stages.length, ...next)
      work = restoreAll(what, request, actor)
        .catch(parts.onError)
        .finally(() => {
          work = undefined
          parts.publish({ type: 'plans' })
        })
      return state()
    },
    async resume({ all }, actor) {
      const { recovery } = await planned()
      const waiting: PlanId[] = []
      const listed = await history.plans.list()
      const locked = lockedVaults(recovery, listed).map(({ vault }) => vault.id)
      for (const plan of listed) {
        if (!recovery.waiting.includes(plan.id)) continue
        if (locked.includes(plan.vault.id)) {
          waiting.push(plan.id)
          continue
        }
        await standings.checkWriter(plan.vault.id)
        if (!all && (await missingSources(plan)).length > 0) {
          waiting.push(plan.id)
          continue
        }
        const what = { at: now(), act: 'plan.set-paused', subject: plan.id }
        const change = { before: { paused: true }, after: { paused: false } }
        await history.plans.setPaused(plan.id, false, {
          audit: actOf(auditActor(actor), { ...what, ...change }),
        })
        // What the old machine missed is not missed here.
        await parts.schedules.resumed(plan.id)
        await parts.schedules.set(plan.id)
      }
      await writeRecovery(history, { ...recovery, waiting }, now())
      parts.publish({ type: 'plans' })
      return state()
    },
    async unlock({ vault: id, passphrase }, actor) {
      const { recovery } = await planned()
      const vault = await history.vaults.get(id)
      if (vault === undefined)
        throw new HoldfastError('NOT_A_VAULT', 'No plan of this machine uses such a vault.')
      await unlockVault(
        { history, home, vaults, standings, now },
        { vault, passphrase, recovery },
        auditActor(actor),
      )
      parts.publish({ type: 'plans' })
      return state()
    },
    async takeOver(id, actor) {
      const standing = await standings.of(id)
      const vault = await history.vaults.get(id)
      if (vault === undefined || standing === undefined) return state()
      const recovery = await readRecovery(history)
      const { vault: opened, env } = await vaults.opened(vault)
      const writer = standing.kind === 'reader' && recovery !== undefined ? recovery.writer : home.writer
      const { installation } = home
      await claimWriter(opened, { writer, installation, machine: standing.machine, takeOver: true }, env)
      if (writer !== home.writer) home.becomeMachine({ writer, machine: standing.machine })
      await standings.clear(id)
      if (recovery !== undefined && standing.kind === 'reader')
        await writeRecovery(history, { ...recovery, how: 'take-over' }, now())
      const what = { at: now(), act: 'recover.take-over', subject: id, before: standing }
      await history.audit.append(actOf(auditActor(actor), what))
      for (const plan of await history.plans.list()) {
        if (plan.vault.id !== id) continue
        await parts.schedules.resumed(plan.id)
        await parts.schedules.set(plan.id)
      }
      parts.publish({ type: 'plans' })
      return state()
    },
    async [Symbol.asyncDispose]() {
      stopped = true
      const running = stages.find(({ id }, i) => id !== null && (stages[i + 1]?.id ?? null) === null)
      // One that has ended meanwhile needs no cancelling.
      if (work !== undefined && running?.id != null)
        await parts.restores.cancel(running.id).catch(() => undefined)
      await work
    },
  }
}

/** Sources of a plan that are not there. */
async function missingSources({ sources }: Plan): Promise<string[]> {
  const there = await Promise.all(
    sources.map(({ path }) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  return sources.filter((_, i) => !there[i]).map(({ path }) => path)
}
