import type { Vault } from '@holdfast/domain'
import { type EngineEnv, type KitContents, kitWriters, type OpenedVault } from '@holdfast/vault'

export type Remotes = Readonly<Record<string, Readonly<Record<string, string>>>>

/** What the kit of a vault holds: how to reach it, and the machines in it. Sign-ins, which end, are left out. */
export async function kitContents(
  { place }: Vault,
  remotes: Remotes,
  { opened, env }: { opened: OpenedVault; env: EngineEnv },
): Promise<KitContents> {
  return { place, remotes: withoutSignIns(remotes), writers: await kitWriters(opened, env), settings: null }
}

/** An empty token says that somebody has to sign in again. */
function withoutSignIns(remotes: Remotes): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.entries(remotes).map(([name, section]) => [
      name,
      (section.token ?? '') === '' ? { ...section } : { ...section, token: '' },
    ]),
  )
}

/** What a second machine will miss, each a sentence. */
export function notesOnRemotes(remotes: Remotes, { encrypted }: { encrypted: boolean }): string[] {
  const names = Object.keys(remotes)
  if (!encrypted)
    return names.length === 0
      ? []
      : [`The vault is plain, so the kit does not hold how to sign in to ${names.join(', ')}.`]
  return Object.entries(remotes).flatMap(([name, section]) => [
    ...((section.token ?? '') === '' ? [] : [`“${name}” asks you to sign in again on the second machine.`]),
    ...Object.entries(section)
      .filter(([key, value]) => key.endsWith('_file') && value !== '')
      .map(([key, value]) => `“${name}” needs the file ${value} (${key}), which is not in the kit.`),
  ])
}
