import { randomUUID } from 'node:crypto'
import { HoldfastError, type PlanId, type Run, type Vault, type VaultId } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { z } from 'zod'
import { SCHEDULE_ACTOR } from '../audit.ts'
import { type EngineChild, startEngineChild } from '../run/engine-child.ts'
import type { EngineEvent, EngineOrder } from '../run/engine-messages.ts'
import type { Vaults } from '../vaults/vaults.ts'

/** What was stored last in a vault. */
export const KeptProgram = z.object({
  version: z.string(),
  set: z.string(),
  bytes: z.number(),
  storedAt: z.coerce.date(),
  /** What the program is: another one is stored once. */
  identity: z.string(),
})
export type KeptProgram = z.infer<typeof KeptProgram>

export type ProgramDesk = AsyncDisposable & {
  /**
   * After a run that made a snapshot: stores Holdfast itself with its Node and rclone in the run's vault, once per
   * version, by an engine process of its own. Returns at once; what came of it stands in the run's log. What fails is
   * tried again after the next run.
   */
  afterRun(plan: PlanId, run: Run): Promise<void>
  /** What a vault holds as far as this machine stored it. */
  keptIn(vault: VaultId): Promise<KeptProgram | undefined>
}

/** The program that runs here. */
export type OwnProgram = {
  readonly root: string
  readonly version: string
  readonly rclone: { readonly binary: string; readonly version: () => string | undefined }
}

const SHUTDOWN_KILL_AFTER_MS = 3000

/** Without a `program` nothing is ever stored. */
export function createProgramDesk(parts: {
  history: History
  vaults: Pick<Vaults, 'accessTo' | 'stopTransfers'>
  program: OwnProgram | undefined
  now: () => Date
  path: string
  onError: (error: unknown) => void
}): ProgramDesk {
  const { history, vaults, program, now } = parts
  let child: EngineChild | undefined
  let working: Promise<void> | undefined
  let closing = false
  const keptIn = (vault: VaultId) => history.settings.get(keyOf(vault), KeptProgram)

  async function keep(vault: Vault, run: Run, own: OwnProgram & { rcloneVersion: string }): Promise<void> {
    const identity = [own.version, process.version, own.rcloneVersion, process.platform, process.arch].join(
      ' ',
    )
    if ((await keptIn(vault.id))?.identity === identity) return
    const group = `program-${randomUUID()}`
    const order: EngineOrder = {
      ...{ kind: 'program', access: await vaults.accessTo(vault, group), root: own.root },
      ...{ version: own.version, rclone: { binary: own.rclone.binary, version: own.rcloneVersion } },
    }
    let end: EngineEvent | undefined
    const onEvent = (event: EngineEvent) => {
      end = event
    }
    child = await startEngineChild(order, { path: parts.path, onEvent })
    if (closing) child.cancel({ killAfterMs: SHUTDOWN_KILL_AFTER_MS })
    const how = await child.ended
    child = undefined
    await vaults.stopTransfers(group)
    // Stopped with the agent: what is stored already is built upon after the next run.
    if (closing) return
    if (end?.type !== 'program-kept') {
      const why = end?.type === 'failed' ? end.failure.message : `it ${how}.`
      return await say(run, 'warn', `Holdfast itself is not in the vault yet: ${why}`)
    }
    const { set, bytes } = end
    const kept: KeptProgram = { identity, version: own.version, set, bytes, storedAt: now() }
    await history.settings.set(keyOf(vault.id), kept, now())
    await history.audit.append({
      ...{ at: now(), actor: SCHEDULE_ACTOR, act: 'vault.program', subject: vault.name, before: null },
      after: { set, bytes },
    })
    await say(run, 'info', `Holdfast ${own.version} itself is in the vault too, with what it needs to run.`)
  }

  async function say(run: Run, level: 'info' | 'warn', text: string): Promise<void> {
    await history.log.append(run.id, [{ at: now(), level, text }])
  }

  return {
    keptIn,
    async afterRun(id, run) {
      const rcloneVersion = program?.rclone.version()
      if (program === undefined || rcloneVersion === undefined) return
      if (closing || working !== undefined || run.state !== 'finished' || run.summary === null) return
      const { vault } = await history.plans.get(id)
      working = keep(vault, run, { ...program, rcloneVersion })
        .catch((error: unknown) => {
          parts.onError(new HoldfastError('INTERNAL', 'The program was not stored.', { cause: error }))
        })
        .finally(() => {
          working = undefined
        })
    },
    async [Symbol.asyncDispose]() {
      closing = true
      child?.cancel({ killAfterMs: SHUTDOWN_KILL_AFTER_MS })
      await working
    },
  }
}

function keyOf(vault: VaultId): string {
  return `vault-program-${vault}`
}
