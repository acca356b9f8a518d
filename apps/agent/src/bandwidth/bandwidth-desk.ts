import type { BandwidthPort, BandwidthStatus } from '@holdfast/api'
import { Bandwidth, type BandwidthLimit, HoldfastError, limitAt, SECOND_MS } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import type { RcloneClient, SupervisedRclone } from '@holdfast/rclone'
import { z } from 'zod'
import { actOf, auditActor } from '../audit.ts'

const KEY = 'bandwidth'
const LOOK_MS = 10 * SECOND_MS
const RcloneLimit = z.object({ bytesPerSecond: z.number() })

export type BandwidthDesk = AsyncDisposable & {
  readonly port: BandwidthPort
  /** Tells rclone the limit that holds now: after rclone was started, and after a run began or ended. */
  apply(): Promise<void>
}

/**
 * Keeps rclone at the limit of this moment: looks at the clock every few seconds, because sleep moves it. Rejected
 * looks are told to `onError` and made again.
 */
export function createBandwidthDesk(parts: {
  history: History
  rclone: Pick<SupervisedRclone, 'current'>
  now: () => Date
  /** The zone of a machine whose timetable was never set. */
  timeZone: string
  /** Somebody else's rclone: its limit is theirs, and none is set here. */
  borrowed: boolean
  publish: () => void
  onError: (error: unknown) => void
}): BandwidthDesk {
  const { history, rclone, now } = parts
  /** The client that was told, and what: a new rclone knows of nothing. */
  let told: { readonly client: RcloneClient; readonly limit: BandwidthLimit } | undefined
  let turn: Promise<void> = Promise.resolve()

  const read = async (): Promise<Bandwidth> =>
    (await history.settings.get(KEY, Bandwidth)) ?? { timetable: [], timeZone: parts.timeZone, now: null }
  const runsGoOn = async () => (await history.runs.listUnfinished()).length > 0

  async function applyOnce(): Promise<void> {
    if (parts.borrowed) return
    const bandwidth = await endNow(await read())
    const limit = limitAt(bandwidth, now(), await runsGoOn())
    const client = rclone.current()?.client
    if (client === undefined || (told?.client === client && told.limit === limit)) return
    await client.call('core/bwlimit', { rate: limit === null ? 'off' : `${limit}B` }, RcloneLimit)
    told = { client, limit }
    parts.publish()
  }

  /** Forgets a limit for now whose time is over, so that it does not come back with the next run. */
  async function endNow(bandwidth: Bandwidth): Promise<Bandwidth> {
    if (bandwidth.now === null) return bandwidth
    const { until } = bandwidth.now
    if (until === null ? await runsGoOn() : now() < until) return bandwidth
    const ended = { ...bandwidth, now: null }
    await history.settings.set(KEY, ended, now())
    return ended
  }

  /** One after the other: what was asked for last is what holds. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work)
    turn = done.then(
      () => undefined,
      () => undefined,
    )
    return done
  }

  async function status(): Promise<BandwidthStatus> {
    const bandwidth = await read()
    const client = rclone.current()?.client
    const answer = client && (await client.call('core/bwlimit', {}, RcloneLimit))
    const applied = answer && (answer.bytesPerSecond < 0 ? null : answer.bytesPerSecond)
    return { ...bandwidth, bytesPerSecond: limitAt(bandwidth, now(), await runsGoOn()), applied }
  }

  const change = (
    act: string,
    actor: Parameters<typeof auditActor>[0],
    next: (before: Bandwidth) => Bandwidth,
  ) =>
    inTurn(async () => {
      if (parts.borrowed)
        throw new HoldfastError(
          'REMOTE_REFUSED',
          'This rclone is only borrowed; its limit is not ours to set.',
          {
            next: 'Limit it where it runs.',
          },
        )
      const before = await read()
      const after = next(before)
      await history.settings.set(KEY, after, now())
      const what = { at: now(), act, subject: 'bandwidth', before, after }
      await history.audit.append(actOf(auditActor(actor), what))
      await applyOnce()
      parts.publish()
      return await status()
    })

  const apply = () => inTurn(applyOnce)
  const look = setInterval(() => void apply().catch(parts.onError), LOOK_MS)

  return {
    port: {
      status: () => inTurn(status),
      setTimetable: async (timetable, timeZone, actor) => {
        checkTimeZone(timeZone)
        return change('bandwidth.timetable', actor, (before) => ({ ...before, timetable, timeZone }))
      },
      setNow: async (limit, actor) => {
        if (limit?.until === null && !(await runsGoOn()))
          throw new HoldfastError('INPUT_INVALID', 'Nothing runs now: say until when.', {
            fields: { until: ['Nothing runs now: say until when.'] },
          })
        return change('bandwidth.now', actor, (before) => ({ ...before, now: limit }))
      },
    },
    apply,
    async [Symbol.asyncDispose]() {
      clearInterval(look)
      await turn
    },
  }
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch (cause) {
    const sentence = `"${timeZone}" is not a time zone.`
    throw new HoldfastError('INPUT_INVALID', sentence, { cause, fields: { timeZone: [sentence] } })
  }
}
