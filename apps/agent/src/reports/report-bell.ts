import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import Bree from 'bree'

/** Rings when the next report is due. */
export type ReportBell = AsyncDisposable & {
  /** Sets it anew; undefined for never. A moment in the past is no bell. */
  set(dueAt: Date | undefined): Promise<void>
}

const NAME = 'reports'
const JOB_FILE = fileURLToPath(new URL('./report-job.ts', import.meta.url))

/** Bree with the one job of the reports: what makes them is the agent, the job only tells that it is time. */
export function createReportBell(parts: {
  readonly onRing: () => void
  readonly now: () => Date
  readonly onError: (error: unknown) => void
}): ReportBell {
  const { now, onError } = parts
  let closing = false
  let dueAt: Date | undefined
  const bree = new Bree({
    ...{ root: false, doRootCheck: false, logger: false, timeout: false },
    ...{ acceptedExtensions: ['.ts'], defaultExtension: 'ts' },
    worker: { env: {}, execArgv: [] },
    errorHandler: onError,
    workerMessageHandler: () => parts.onRing(),
  })
  // Bree sets no bell while the thread is still there.
  bree.on('worker deleted', () => void arm().catch(onError))

  async function arm(): Promise<void> {
    if (closing || bree.workers.has(NAME)) return
    bree.removeSafeTimer('timeouts', NAME)
    if (dueAt === undefined || dueAt <= now()) return
    const job = bree.config.jobs.find(({ name }) => name === NAME)
    if (job === undefined) await bree.add({ name: NAME, path: JOB_FILE, date: dueAt })
    else job.date = dueAt
    await bree.start(NAME)
  }

  return {
    async set(next) {
      if (next?.getTime() === dueAt?.getTime()) return
      dueAt = next
      await arm()
    },
    async [Symbol.asyncDispose]() {
      closing = true
      bree.removeSafeTimer('timeouts', NAME)
      await Promise.all([...bree.workers.values()].map((worker) => once(worker, 'exit')))
    },
  }
}
