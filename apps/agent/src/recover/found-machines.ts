import type { FoundMachine, HeldRemote } from '@holdfast/api'
import type { MachineSettings, Vault, WriterId } from '@holdfast/domain'
import { heldRemoteProblem } from '@holdfast/rclone'
import {
  type EngineEnv,
  listSnapshots,
  type OpenedVault,
  readSettings,
  type SnapshotInfo,
  writersIn,
} from '@holdfast/vault'
import type { HeldVault } from './open-held.ts'

/** The machines in a vault, the one with the newest snapshot first; and what the kit knows that the vault does not show. */
export async function foundMachines(
  { vault, env }: { vault: OpenedVault; env: EngineEnv },
  { held, installation }: { held: HeldVault; installation: string },
): Promise<{ machines: FoundMachine[]; notes: string[] }> {
  const snapshots = await listSnapshots(vault, env, { all: true })
  const machines: FoundMachine[] = []
  for (const { writer, current } of await writersIn(vault, env)) {
    const own = snapshots.filter((snapshot) => snapshot.writer === writer)
    const { newest } = await readSettings(vault, writer, env)
    const [last] = own.filter(({ state }) => state === 'kept')
    machines.push({
      writer,
      machine: newest?.settings.machine ?? current?.body.machine ?? own[0]?.machine ?? writer,
      snapshots: own.filter(({ state, kind }) => state === 'kept' && kind === 'run').length,
      newest:
        last === undefined ? null : { id: last.id, at: last.time, files: last.files, bytes: last.bytes },
      claimed:
        current === undefined
          ? null
          : {
              machine: current.body.machine,
              since: new Date(current.body.time),
              byThisOne: current.body.installation === installation,
            },
      settingsAt: newest?.time ?? null,
      plans: newest === undefined ? [] : plansOf(newest.settings, held.vault),
      remotes: newest === undefined ? [] : heldRemotes(newest.settings),
    })
  }
  const at = ({ newest }: FoundMachine) => newest?.at.getTime() ?? 0
  return { machines: machines.sort((a, b) => at(b) - at(a)), notes: notesOn(snapshots, held) }
}

/** The remotes of settings, each with why it would not be made. */
export function heldRemotes({ remotes }: MachineSettings): HeldRemote[] {
  return Object.entries(remotes).map(([name, section]) => ({
    ...{ name, type: section.type ?? '' },
    refused: heldRemoteProblem(name, section) ?? null,
  }))
}

function plansOf({ plans }: MachineSettings, { id }: Vault): FoundMachine['plans'] {
  return plans.map((plan) => ({
    ...{ id: plan.id, name: plan.name, here: plan.vault.id === id },
    sources: plan.sources.map(({ path }) => path),
  }))
}

function notesOn(snapshots: readonly SnapshotInfo[], { kitWriters }: HeldVault): string[] {
  const highest = new Map<WriterId, number>()
  for (const { writer, seq } of snapshots) highest.set(writer, Math.max(highest.get(writer) ?? 0, seq))
  return kitWriters.flatMap(({ writer, seq, machine }) => {
    const now = highest.get(writer) ?? 0
    if (now >= seq) return []
    return [
      `The kit knows of backup ${seq} of ${machine}; the vault shows only ${now}. Somebody may have put back an older state of it.`,
    ]
  })
}
