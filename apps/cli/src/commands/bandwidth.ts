import {
  Bandwidth,
  BandwidthLimit,
  formatBytes,
  formatTimetable,
  HoldfastError,
  parseDuration,
  parseLimit,
  parseTimetable,
} from '@holdfast/domain'
import { systemClock } from '@holdfast/host'
import { type AgentClient, callAgent } from '../agent/agent-client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Call } from '../program.ts'

/** `holdfast bandwidth [show]`. */
export function bandwidthShow(call: Call): Promise<ExitCode> {
  return answered(call, (agent, signal) => agent.bandwidth.status.query(undefined, { signal }))
}

/** `holdfast bandwidth set [LIMIT] [--at TIME,LIMIT]…`. USAGE for what is no timetable. */
export function bandwidthSet(
  call: Call,
  limit: string | undefined,
  options: { at: string[]; timeZone?: string },
): Promise<ExitCode> {
  const text = [...(limit === undefined ? [] : [limit]), ...options.at].join(' ')
  const timetable = parseTimetable(text)
  if (timetable === undefined)
    throw new HoldfastError('USAGE', `"${text}" says no limits.`, {
      next: 'Give one limit, like 1M, or times of day, like --at 08:00,512k --at 19:00,off.',
    })
  const timeZone = options.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone
  return answered(call, (agent, signal) =>
    agent.bandwidth.setTimetable.mutate({ timetable, timeZone }, { signal }),
  )
}

/** `holdfast bandwidth now LIMIT [--for TIME]`. USAGE for what is no limit or no time. */
export function bandwidthNow(call: Call, text: string, options: { for?: string }): Promise<ExitCode> {
  const bytesPerSecond = BandwidthLimit.safeParse(parseLimit(text)).data
  if (bytesPerSecond === undefined)
    throw new HoldfastError('USAGE', `"${text}" is no limit: at least 1k, like 512k or 1.5M, or off.`)
  // Nobody means fifteen months by 15m here.
  const forMs = options.for === undefined ? undefined : parseDuration(options.for.replace(/(\d)m$/, '$1min'))
  if (options.for !== undefined && (forMs === undefined || forMs === 0))
    throw new HoldfastError('USAGE', `"${options.for}" is no length of time: 90min, 2h.`)
  const until = forMs === undefined ? null : new Date(systemClock.nowMs() + forMs).toISOString()
  return answered(call, (agent, signal) =>
    agent.bandwidth.setNow.mutate({ now: { bytesPerSecond, until } }, { signal }),
  )
}

/** `holdfast bandwidth clear [--now]`. */
export function bandwidthClear(call: Call, options: { now?: boolean }): Promise<ExitCode> {
  return answered(call, async (agent, signal) => {
    const status = await agent.bandwidth.setNow.mutate({ now: null }, { signal })
    if (options.now === true) return status
    const { timeZone } = Bandwidth.parse(status)
    return agent.bandwidth.setTimetable.mutate({ timetable: [], timeZone }, { signal })
  })
}

async function answered(
  { settings, output }: Call,
  work: (agent: AgentClient, signal: AbortSignal) => Promise<unknown>,
): Promise<ExitCode> {
  const answer = await callAgent(settings, (agent) => work(agent, settings.signal))
  const { timetable, timeZone, now, bytesPerSecond } = Status.parse(answer)
  const rule =
    timetable.length === 0
      ? 'No limits by time of day.'
      : `By time of day: ${formatTimetable(timetable)} (${timeZone}).`
  const end = now?.until == null ? 'until the runs that go on end' : `until ${localTime(now.until)}`
  output.answer(answer, [
    bytesPerSecond === null ? 'Nothing is limited now.' : `Limited to ${formatBytes(bytesPerSecond)}/s now.`,
    rule,
    ...(now === null ? [] : [`The limit for now stands ${end}.`]),
  ])
  return EXIT.ok
}

const Status = Bandwidth.extend({ bytesPerSecond: BandwidthLimit })
