import type { LogLevel, LogLine, RunId } from '@holdfast/domain'
import type { RunLog } from '@holdfast/history'

const FLUSH_MS = 200
const LINES_AT_MOST = 5000

/**
 * A run's log: lines go to the database in batches, and each to the screens once it is there. Who hears of the log and
 * then asks for it misses none.
 */
export type RunLogWriter = {
  write(level: LogLevel, text: string): void
  /** Resolves when everything written so far is stored and told. */
  end(): Promise<void>
}

/** Stores at most 5,000 lines of one run, warnings of unreadable files included; the rest is counted. */
export function createRunLogWriter(parts: {
  runId: RunId
  log: RunLog
  now: () => Date
  publish: (line: LogLine) => void
  onError: (error: unknown) => void
}): RunLogWriter {
  let waiting: LogLine[] = []
  let written = 0
  let timer: NodeJS.Timeout | undefined
  let storing: Promise<void> = Promise.resolve()

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const lines = waiting
    waiting = []
    if (lines.length > 0)
      storing = storing
        .then(() => parts.log.append(parts.runId, lines))
        .catch(parts.onError)
        .then(() => lines.forEach(parts.publish))
  }
  const add = (level: LogLevel, text: string) => {
    waiting.push({ at: parts.now(), level, text })
    timer ??= setTimeout(flush, FLUSH_MS)
  }
  return {
    write(level, text) {
      written += 1
      if (written <= LINES_AT_MOST) add(level, text)
    },
    async end() {
      if (written > LINES_AT_MOST) add('info', `${written - LINES_AT_MOST} more lines are left out.`)
      flush()
      await storing
    },
  }
}
