import { z } from 'zod'
import { Plan, Vault } from './plan.ts'

/** The options of remotes by name, in the clear, as rclone keeps them: secrets, so only ever under a seal. */
const RemoteOptions = z.record(z.string(), z.record(z.string(), z.string()))

/**
 * What a second machine needs to go on as this one. Paired devices are not in it: they pair again, because what they
 * prove themselves with is kept as a hash here.
 */
export const MachineSettings = z.object({
  machine: z.string(),
  plans: z.array(Plan),
  /** Every vault that a plan uses or used, with its place. */
  vaults: z.array(Vault),
  remotes: RemoteOptions,
  /** Whom to tell what; its own area knows the shape. */
  notifications: z.record(z.string(), z.unknown()),
})
export type MachineSettings = z.infer<typeof MachineSettings>

/** The same for a place that anybody may read: of each remote only the type, and nothing of notifications. */
export function withoutSecrets(settings: MachineSettings): MachineSettings {
  const remotes = Object.entries(settings.remotes).map(([name, { type }]) => [
    name,
    type === undefined ? {} : { type },
  ])
  return { ...settings, remotes: Object.fromEntries(remotes), notifications: {} }
}

/**
 * One text for settings that are the same: keys in order at every depth, and without the sign-ins that providers renew
 * by themselves. What is stored is stored again when this text, or its hash, has become another.
 */
export function settingsText(settings: MachineSettings): string {
  const remotes = Object.fromEntries(
    Object.entries(settings.remotes).map(([name, options]) => [name, withoutTokens(options)]),
  )
  return JSON.stringify({ ...settings, remotes }, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
}

function withoutTokens(options: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).filter(([key]) => !/(^|_)token$/.test(key)))
}
