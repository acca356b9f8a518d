import type { Recovered, RecoverHow } from '@holdfast/api'
import { HoldfastError, mapPath, type PathMapping, Plan, type WriterId } from '@holdfast/domain'
import type { AuditActor, History } from '@holdfast/history'
import type { Home } from '@holdfast/host'
import { addHeldRemote, type RcloneClient, readRemoteOptions } from '@holdfast/rclone'
import {
  claimWriter,
  type EngineEnv,
  listSnapshots,
  type OpenedVault,
  readHistory,
  readSettings,
} from '@holdfast/vault'
import { actOf } from '../audit.ts'
import { hashOfWay, type KitWatch } from '../kit/kit-watch.ts'
import { heldRemotes } from './found-machines.ts'
import { machineHistory } from './machine-history.ts'
import type { HeldVault } from './open-held.ts'
import { writeRecovery } from './recovery.ts'
import type { Standings } from './standings.ts'

export type BringParts = {
  readonly history: History
  readonly home: Home
  readonly client: RcloneClient
  readonly standings: Standings
  readonly kits: Pick<KitWatch, 'remember'>
  readonly now: () => Date
}

/**
 * THE LAST DAY: takes a machine's settings, remotes, plans, history and audit out of its vault into this empty home.
 * Safe to repeat until the history is stored, which is the last step. NOTHING_SELECTED for a machine that stored no
 * settings, HOME_NOT_EMPTY.
 */
export async function bringMachine(
  parts: BringParts,
  {
    held,
    opened,
    writer,
    how,
    mappings,
    by,
  }: {
    held: HeldVault
    opened: { vault: OpenedVault; env: EngineEnv }
    writer: WriterId
    how: RecoverHow
    mappings: readonly PathMapping[]
    by: AuditActor
  },
): Promise<Recovered> {
  const { history, home, standings, now } = parts
  const { vault, env } = opened
  if ((await history.plans.list()).length > 0)
    throw new HoldfastError('HOME_NOT_EMPTY', 'There are plans on this machine already.')
  const { newest } = await readSettings(vault, writer, env)
  if (newest === undefined)
    throw new HoldfastError('NOTHING_SELECTED', 'The vault holds no settings of this machine.', {
      next: 'Bring its files back with `holdfast restore`.',
    })
  const { settings } = newest
  const snapshots = await listSnapshots(vault, env, { all: true })
  const stored = await readHistory(vault, writer, env)
  const { runs, audit, newerRuns, unreadable } = machineHistory(stored, { writer, snapshots })
  const remotes = heldRemotes(settings)
  for (const { name, refused } of remotes)
    if (refused === null && !newest.secretsLeftOut)
      await addHeldRemote(parts.client, name, settings.remotes[name] ?? {})

  if (how === 'take-over') {
    const claim = { writer, installation: home.installation, machine: settings.machine, takeOver: true }
    await claimWriter(vault, claim, env)
    home.becomeMachine({ writer, machine: settings.machine })
  } else await standings.set(held.vault.id, { kind: 'reader', machine: settings.machine, since: now() })

  if (held.kit !== null) {
    // Who came by a kit has one.
    const { made, vaultFile, keys } = held.kit
    const way = hashOfWay(held.vault.place, await readRemoteOptions(parts.client, held.vault.place))
    const record = { made, vaultFile, keys: [...keys], way, outdated: null }
    await parts.kits.remember(held.vault.id, record)
  }

  const plans = settings.plans.map((plan) => planHere(plan, { held, mappings }))
  const lastSeq = Math.max(0, ...snapshots.filter((one) => one.writer === writer).map(({ seq }) => seq))
  home.remember(held.vault.id, { [writer]: lastSeq })
  await writeRecovery(
    history,
    {
      ...{ vault: held.vault.id, writer, machine: settings.machine, how, mappings: [...mappings], at: now() },
      unlocked: [],
      waiting: settings.plans.filter(({ paused }) => !paused).map(({ id }) => id),
    },
    now(),
  )
  const after = {
    machine: settings.machine,
    writer,
    how,
    plans: plans.map(({ id }) => id),
    runs: runs.length,
  }
  await history.bringBack(
    {
      ...{ plans, runs, audit, at: now(), lastSeq: { vault: held.vault.id, seq: lastSeq } },
      vaults: settings.vaults.map((one) => (one.id === held.vault.id ? held.vault : one)),
    },
    { audit: actOf(by, { at: now(), act: 'recover.bring', subject: held.vault.id, after }) },
  )
  if (Object.keys(settings.notifications).length > 0)
    await history.settings.set('notifications', settings.notifications, now())
  return {
    ...{ machine: settings.machine, how, remotes, runs: runs.length, newerRuns },
    auditEntries: audit.length,
    plans: plans.map(({ id, name, sources }) => ({ id, name, sources: sources.map(({ path }) => path) })),
    notes: [
      ...remotes.flatMap(({ refused }) => (refused === null ? [] : [`${refused} It was not brought back.`])),
      ...(newest.secretsLeftOut && remotes.length > 0
        ? [
            `The vault is plain, so it holds no sign-in: set up ${remotes.map(({ name }) => name).join(', ')} again.`,
          ]
        : []),
      ...plans
        .filter((plan) => plan.vault.id !== held.vault.id)
        .map(({ name }) => `${name} lies in another vault, which asks for its passphrase once more.`),
      ...stored.gaps.map(({ kind, from, to }) => `The ${kind} history from ${from} to ${to} is missing.`),
      ...(unreadable > 0 ? [`${unreadable} lines of the history could not be read.`] : []),
    ],
  }
}

/** Paused until its files are back; where the vault was found counts, and where its sources lie here. */
function planHere(
  plan: Plan,
  { held, mappings }: { held: HeldVault; mappings: readonly PathMapping[] },
): Plan {
  return Plan.parse({
    ...plan,
    paused: true,
    vault: plan.vault.id === held.vault.id ? held.vault : plan.vault,
    sources: plan.sources.map((source) => ({ ...source, path: mapPath(source.path, mappings) })),
    options: {
      ...plan.options,
      hooks: plan.options.hooks.map((hook) =>
        hook.kind === 'dump-sqlite' ? { ...hook, path: mapPath(hook.path, mappings) } : hook,
      ),
    },
  })
}
