import type { ApiPorts, Home, PlanCard } from '@holdfast/api'
import {
  type CopyStatus,
  formatPlace,
  HoldfastError,
  type KitFacts,
  nextDue,
  protectionOf,
  roomProblem,
  type Standing,
  type StripRun,
  stripOf,
  type VaultId,
  worstProtection,
} from '@holdfast/domain'
import type { History, PlanHistory } from '@holdfast/history'
import { isOlderVersion } from '@holdfast/rclone'
import type { CopyDesk } from '../copies/copy-desk.ts'
import type { KitWatch } from '../kit/kit-watch.ts'
import type { Standings } from '../recover/standings.ts'
import type { SignInWatch } from '../remotes/sign-in-watch.ts'
import type { RunDesk } from '../run/run-desk.ts'
import type { Schedules } from '../schedule/schedules.ts'
import type { RoomWatch } from '../vaults/room-watch.ts'

const STRIP_DAYS = 14
const RECENT_RUNS = 5
const RCLONE_ADVISED = '1.75.0'

/** The home screen: the verdict, each plan's card, the last runs, and what to know of the installation. */
export function createHomePort(parts: {
  history: History
  desk: RunDesk
  copies: Pick<CopyDesk, 'statusOf'>
  kits: Pick<KitWatch, 'record'>
  standings: Pick<Standings, 'of'>
  machine: () => string
  version: string
  now: () => Date
  /** The version of the rclone that runs; undefined while none does. */
  rcloneVersion: () => string | undefined
  signIns: Pick<SignInWatch, 'troubleAt'>
  schedules: Pick<Schedules, 'waitsFor' | 'onSince'>
  rooms: Pick<RoomWatch, 'room'>
  /** Whether a restart of the machine starts the agent again. */
  startsWithMachine: () => Promise<boolean | undefined>
}): ApiPorts['home'] {
  const { history, desk, signIns } = parts
  return async (timeZone) => {
    checkTimeZone(timeZone)
    const now = parts.now()
    const facts = await history.homeFacts({ now, stripDays: STRIP_DAYS + 1, recentRuns: RECENT_RUNS })
    const startsWithMachine = await parts.startsWithMachine()
    const roomOf = async (vault: VaultId) => {
      const room = await parts.rooms.room(vault)
      return room && roomProblem(room, runsInto(vault, facts.plans))
    }
    const plans = await Promise.all(
      facts.plans.map(async (known) => {
        const copies = await parts.copies.statusOf(known.plan)
        const { vault } = known.plan
        const standing = await parts.standings.of(vault.id)
        const record = await parts.kits.record(vault.id)
        // Who has the place of a plain vault has all that a kit could tell.
        const kit = vault.encrypted
          ? { savedAt: record?.made, outdated: record?.outdated ?? null }
          : undefined
        return cardOf(known, {
          ...{ now, timeZone, desk, signIns, copies, standing, kit, schedules: parts.schedules },
          ...{ startsWithMachine, room: await roomOf(known.plan.vault.id) },
        })
      }),
    )
    return {
      machine: parts.machine(),
      agentVersion: parts.version,
      now,
      verdict: worstProtection(plans.map((card) => card.protection)),
      plans,
      recentRuns: facts.recentRuns.map(desk.withProgress),
      notices: notices(parts.rcloneVersion()),
    }
  }
}

function cardOf(
  { plan, strip, running, lastRun, lastRuns, lastSnapshotAt, lastProof, lastDrill }: PlanHistory,
  {
    now,
    timeZone,
    desk,
    signIns,
    copies,
    standing,
    kit,
    schedules,
    startsWithMachine,
    room,
  }: {
    now: Date
    timeZone: string
    desk: RunDesk
    signIns: Pick<SignInWatch, 'troubleAt'>
    copies: readonly CopyStatus[]
    standing: Standing | undefined
    kit: KitFacts | undefined
    schedules: Pick<Schedules, 'waitsFor' | 'onSince'>
    startsWithMachine: boolean | undefined
    room: string | undefined
  },
): PlanCard {
  const { name, schedule, createdAt } = plan
  const made = copies.map(({ place, record }) => ({
    place: formatPlace(place),
    completeAt: record?.completeAt ?? undefined,
  }))
  const signIn = signIns.troubleAt(plan.vault.place)
  return {
    plan,
    protection: protectionOf(
      {
        ...{
          name,
          schedule,
          createdAt,
          lastSnapshotAt,
          lastRuns,
          lastProof,
          signIn,
          copies: made,
          standing,
          kit,
          startsWithMachine,
          room,
        },
        onSince: schedules.onSince(),
      },
      now,
    ),
    nextDueAt: plan.paused || standing !== undefined ? undefined : nextDue(schedule, now),
    waitsFor: plan.paused ? undefined : schedules.waitsFor(plan.id),
    lastRun,
    running: running && desk.withProgress(running),
    lastSnapshotAt,
    lastProof,
    lastDrill,
    signIn,
    copies,
    strip: stripOf(strip, { now, days: STRIP_DAYS, timeZone }),
  }
}

/** The runs of all plans that go into a vault, oldest first: those that left something there. */
function runsInto(vault: VaultId, plans: readonly PlanHistory[]): StripRun[] {
  return plans
    .filter(({ plan }) => plan.vault.id === vault)
    .flatMap(({ strip }) => strip)
    .filter(({ outcome }) => outcome === 'complete' || outcome === 'incomplete')
    .toSorted((a, b) => a.finishedAt.getTime() - b.finishedAt.getTime())
}

function notices(rclone: string | undefined): Home['notices'] {
  if (rclone === undefined)
    return [
      {
        code: 'RCLONE_NOT_RUNNING',
        sentence: 'rclone is not running, so nothing can be backed up or restored.',
        next: 'It is started again by itself. If this stays, run `holdfast doctor`.',
      },
    ]
  if (!isOlderVersion(rclone, RCLONE_ADVISED)) return []
  return [
    {
      code: 'RCLONE_BELOW_ADVISED',
      sentence: `rclone ${rclone} works, but versions below ${RCLONE_ADVISED} have known security holes.`,
      next: 'Update rclone from rclone.org when you can.',
    },
  ]
}

/** Those that were asked for and exist: the system takes its time to tell. */
const timeZones = new Set<string>()

function checkTimeZone(timeZone: string): void {
  if (timeZones.has(timeZone)) return
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    timeZones.add(timeZone)
  } catch (cause) {
    throw new HoldfastError('INPUT_INVALID', `"${timeZone}" is not a time zone.`, { cause })
  }
}
