import { createHash } from 'node:crypto'
import { DAY_MS, MachineSettings, settingsText, type Vault, type WriterId } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { putHistory, putSettings, type SettingsWriter } from '@holdfast/vault'
import { z } from 'zod'
import type { Vaults } from '../vaults/vaults.ts'

/** Keeps in each vault what a second machine needs to go on as this one. */
export type SettingsKeeper = {
  /**
   * Stores the settings when they changed since they were stored there last, and history and audit from where the last
   * copy ended; once a week both as a whole, which also mends what was lost there. Safe to repeat. One call for a vault
   * at a time. Rejects when it can't be stored; then the next call does it again.
   */
  keep(vault: Vault, options: { signal: AbortSignal }): Promise<void>
}

/** What was stored last in a vault; small, and no secret. */
const Stored = z.object({
  /** SHA-256 of the settings' text, so without renewed sign-ins. */
  settings: z.string(),
  runs: z.number().int().nonnegative(),
  audit: z.number().int().nonnegative(),
  /** When all of it was stored last. */
  wholeAt: z.coerce.date(),
})
type Stored = z.infer<typeof Stored>

const WHOLE_EVERY_MS = 7 * DAY_MS
const START = { runs: 0, audit: 0 }

export function createSettingsKeeper(parts: {
  readonly history: History
  readonly vaults: Pick<Vaults, 'opened'>
  readonly now: () => Date
  readonly machine: { readonly writer: WriterId; readonly installation: string; readonly machine: string }
  /** The options of the remotes that people made or brought. */
  readonly remotes: (signal: AbortSignal) => Promise<MachineSettings['remotes']>
}): SettingsKeeper {
  const { history, vaults, now, machine } = parts
  return {
    async keep(place, { signal }) {
      // A recovery makes this home another machine.
      const by: SettingsWriter = { writer: machine.writer, installation: machine.installation }
      const key = `vault-copy-${place.id}`
      const stored = await history.settings.get(key, Stored)
      const whole = stored === undefined || isOld(stored, now())
      const settings = await settingsOf(parts, signal)
      const hash = createHash('sha256').update(settingsText(settings)).digest('hex')
      const from = whole ? START : stored
      const { lines, to } = await history.exportSince({ runs: from.runs, audit: from.audit })
      const changed = whole || stored.settings !== hash
      if (!changed && lines.length === 0) return

      const { vault, env: withoutSignal } = await vaults.opened(place)
      const env = { ...withoutSignal, signal }
      if (changed) await putSettings(vault, { ...by, settings }, env)
      if (lines.length > 0)
        await putHistory(
          vault,
          { ...by, full: whole, from: { runs: from.runs, audit: from.audit }, to, lines },
          env,
        )
      const wholeAt = whole ? now() : stored.wholeAt
      await history.settings.set(key, { settings: hash, ...to, wholeAt } satisfies Stored, now())
    },
  }
}

/** A clock that was put back makes it old too. */
function isOld({ wholeAt }: Stored, now: Date): boolean {
  const ageMs = now.getTime() - wholeAt.getTime()
  return ageMs < 0 || ageMs >= WHOLE_EVERY_MS
}

async function settingsOf(
  { history, machine, remotes }: Parameters<typeof createSettingsKeeper>[0],
  signal: AbortSignal,
): Promise<MachineSettings> {
  const notifications = await history.settings.get('notifications', z.record(z.string(), z.unknown()))
  return MachineSettings.parse({
    machine: machine.machine,
    plans: await history.plans.list(),
    vaults: await history.vaults.list(),
    remotes: await remotes(signal),
    notifications: notifications ?? {},
  })
}
