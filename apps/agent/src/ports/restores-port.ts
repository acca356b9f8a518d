import type { Actor, RestoresPort } from '@holdfast/api'
import { HoldfastError, type Restore } from '@holdfast/domain'
import type { AuditAct, History } from '@holdfast/history'
import { createSourceTree } from '@holdfast/host'
import { previewRewind } from '@holdfast/vault'
import { actOf, auditActor } from '../audit.ts'
import type { DownloadDesk } from '../downloads/download-desk.ts'
import type { RestoreDesk } from '../restore-desk.ts'
import { withoutOwnPlaces } from '../run/own-places.ts'
import { labelSources } from '../run/source-labels.ts'
import type { Vaults } from '../vaults/vaults.ts'

const EXAMPLES = 20

/** Restores into folders, in place, and to the device that asks. */
export function createRestoresPort(parts: {
  history: History
  vaults: Vaults
  desk: RestoreDesk
  downloads: DownloadDesk
  now: () => Date
  homeDir: string
  owners: boolean
}): RestoresPort {
  const { history, vaults, desk, now } = parts

  function auditBy(actor: Actor, act: string): (restore: Restore) => AuditAct {
    return ({ id, planId, snapshot, paths, targetDir, conflict, rewind }) => {
      const where = rewind === null ? { paths: paths.length, targetDir, conflict } : { aside: rewind.aside }
      const after = { planId, snapshot, ...where }
      return actOf(auditActor(actor), { at: now(), act, subject: id, after })
    }
  }

  return {
    async start(request, actor) {
      const plan = await history.plans.get(request.planId)
      return desk.start(plan, request, auditBy(actor, 'restore.start'))
    },
    async previewRewind({ planId, snapshot }, signal) {
      const plan = await history.plans.get(planId)
      const { vault, env } = await vaults.opened(plan.vault)
      const { place } = plan.vault
      const own = [parts.homeDir, ...(place.kind === 'folder' ? [place.path] : [])]
      const sources = labelSources(withoutOwnPlaces(plan.sources, own))
      const request = { snapshot, sources, owners: parts.owners, examples: EXAMPLES }
      return previewRewind(vault, request, { ...env, source: createSourceTree(), signal })
    },
    async rewind({ planId, snapshot, aside }, actor) {
      const plan = await history.plans.get(planId)
      return desk.rewind(plan, { snapshot, aside, now: null }, auditBy(actor, 'restore.rewind'))
    },
    async again(id, actor) {
      const before = await desk.get(id)
      if (before.state === 'running' || before.state === 'done')
        throw new HoldfastError('RUN_NOT_RUNNING', 'Only a restore that did not finish is gone on with.')
      const plan = await history.plans.get(before.planId)
      if (before.rewind === null) return desk.start(plan, before, auditBy(actor, 'restore.again'))
      // The snapshot of now stays the one from before anything was touched.
      const request = {
        snapshot: before.snapshot,
        aside: before.rewind.aside !== null,
        now: before.rewind.now,
      }
      return desk.rewind(plan, request, auditBy(actor, 'restore.again'))
    },
    get: (id) => desk.get(id),
    list: (limit) => desk.list(limit),
    async cancel(id, actor) {
      const restore = await desk.cancel(id)
      await history.audit.append(actOf(auditActor(actor), { at: now(), act: 'restore.cancel', subject: id }))
      return restore
    },
    async download(request, actor) {
      const plan = await history.plans.get(request.planId)
      const { link, act } = await parts.downloads.prepare(plan, request, actor.device)
      await history.audit.append(
        actOf(auditActor(actor), { at: now(), act: 'restore.download', subject: plan.id, after: act }),
      )
      return link
    },
  }
}
