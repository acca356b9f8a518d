// The client of `npm run bench:load`, a process of its own: live streams of some devices, and status queries at a steady
// rate. Told by its parent's message; answers with one.
import { Agent, get, type IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

export type LoadOrder = {
  readonly port: number
  readonly cookies: readonly string[]
  readonly perSecond: number
}
/** Milliseconds from when a query was due to the end of its answer, in the order of their ends. */
export type LoadReport = {
  readonly tookMs: readonly number[]
  readonly failed: number
  readonly events: number
  readonly cpuSeconds: number
}

const STATUS = `/api/trpc/home?input=${encodeURIComponent(JSON.stringify({ timeZone: 'UTC' }))}`
const STREAM = `/api/trpc/live.events?input=${encodeURIComponent('{}')}`

process.once('message', (order: LoadOrder) => {
  const stopped = new AbortController()
  process.once('message', () => stopped.abort())
  void putLoad(order, stopped.signal).then((report) => process.send?.(report, () => process.exit(0)))
})

async function putLoad({ port, cookies, perSecond }: LoadOrder, signal: AbortSignal): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true })
  const ask = (path: string, cookie: string, hear: (answer: IncomingMessage) => void, fail: () => void) =>
    get({ ...{ host: '127.0.0.1', port, path, agent }, headers: { cookie } }, hear).on('error', fail)
  const tookMs: number[] = []
  let [failed, events, asked] = [0, 0, 0]
  const streams = cookies.map((cookie) =>
    ask(
      STREAM,
      cookie,
      (answer) => {
        if (answer.statusCode !== 200) failed += 1
        answer
          .setEncoding('utf8')
          .on('data', (text: string) => (events += text.match(/^data:/gm)?.length ?? 0))
        answer.on('error', () => undefined)
      },
      () => (failed += 1),
    ),
  )
  const begun = performance.now()
  const before = process.cpuUsage()
  // A query that is late counts from when it was due: a slow agent must not slow the count down.
  for (; !signal.aborted; await wait(2)) {
    while (asked / perSecond < (performance.now() - begun) / 1000) {
      const due = begun + (asked / perSecond) * 1000
      asked += 1
      ask(
        STATUS,
        cookies[asked % cookies.length] ?? '',
        (answer) => {
          if (answer.statusCode !== 200) failed += 1
          answer.resume().on('end', () => tookMs.push(performance.now() - due))
        },
        () => (failed += 1),
      )
    }
  }
  await wait(1000)
  for (const stream of streams) stream.destroy()
  const { user, system } = process.cpuUsage(before)
  return { tookMs, failed, events, cpuSeconds: (user + system) / 1e6 }
}
