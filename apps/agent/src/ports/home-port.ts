import type { ApiPorts, Home, PlanCard } from '@holdfast/api'
import { HoldfastError, nextDue, protectionOf, stripOf, worstProtection } from '@holdfast/domain'
import type { History, PlanHistory } from '@holdfast/history'
import { isOlderVersion } from '@holdfast/rclone'
import type { RunDesk } from '../run/run-desk.ts'

const STRIP_DAYS = 14
const RECENT_RUNS = 5
const RCLONE_ADVISED = '1.75.0'

/** The home screen: the verdict, each plan's card, the last runs, and what to know of the installation. */
export function createHomePort(parts: {
  history: History
  desk: RunDesk
  machine: string
  version: string
  now: () => Date
  /** The version of the rclone that runs; undefined while none does. */
  rcloneVersion: () => string | undefined
}): ApiPorts['home'] {
  const { history, desk } = parts
  return async (timeZone) => {
    checkTimeZone(timeZone)
    const now = parts.now()
    const facts = await history.homeFacts({ now, stripDays: STRIP_DAYS + 1, recentRuns: RECENT_RUNS })
    const plans = facts.plans.map((plan) => cardOf(plan, { now, timeZone, desk }))
    return {
      machine: parts.machine,
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
  { plan, strip, running, lastRun, lastRuns, lastSnapshotAt, lastProof }: PlanHistory,
  { now, timeZone, desk }: { now: Date; timeZone: string; desk: RunDesk },
): PlanCard {
  const { name, schedule, createdAt } = plan
  return {
    plan,
    protection: protectionOf({ name, schedule, createdAt, lastSnapshotAt, lastRuns, lastProof }, now),
    nextDueAt: plan.paused ? undefined : nextDue(schedule, now),
    lastRun,
    running: running && desk.withProgress(running),
    lastSnapshotAt,
    lastProof,
    strip: stripOf(strip, { now, days: STRIP_DAYS, timeZone }),
  }
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

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch (cause) {
    throw new HoldfastError('INPUT_INVALID', `"${timeZone}" is not a time zone.`, { cause })
  }
}
