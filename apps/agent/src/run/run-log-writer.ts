import type { LogLevel, LogLine, RunId } from '@holdfast/domain'
import type { RunLog } from '@holdfast/history'

const FLUSH_MS = 500
const LINES_AT_MOST = 5000

/** A run's log: each line goes to the screens at once and to the database in batches. */
export type RunLogWriter = {
  write(level: LogLevel, text: string): void
  /** Resolves when everything written so far is stored. */
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
      storing = storing.then(() => parts.log.append(parts.runId, lines)).catch(parts.onError)
  }
  const add = (level: LogLevel, text: string) => {
    const line = { at: parts.now(), level, text }
    waiting.push(line)
    parts.publish(line)
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
