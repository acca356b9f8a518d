import { assertNever, formatBytes, type Progress } from '@holdfast/domain'
import { endLines, progressText } from '../agent/run-text.ts'
import { localTime } from '../local-time.ts'
import { chosen, shownRun, type TopState } from './top-state.ts'

/** What the chosen plan does or did last, as at most `rows` lines; the first is the headline. */
export function runLines(state: TopState, { columns, rows }: { columns: number; rows: number }): string[] {
  const card = chosen(state)
  const run = shownRun(state)
  if (card === undefined)
    return ['There is no plan yet.', 'Make one: holdfast plan add NAME PATH… --to DEST'].slice(0, rows)
  const { name } = card.plan
  if (run === undefined) return [`${name} has not run yet.`, 'Press r to run it now.'].slice(0, rows)
  switch (run.state) {
    case 'queued':
      return [`${name} waits for its turn.`]
    case 'running':
      return progressLines(name, run.progress, columns).slice(0, rows)
    case 'finished':
      return [`${name}, last run ${localTime(run.finishedAt)}`, ...endLines(run)].slice(0, rows)
    default:
      return assertNever(run)
  }
}

function progressLines(name: string, progress: Progress, columns: number): string[] {
  const { bytesPerSecond, bytesStored, filesNew, filesChanged, filesUnchanged, inFlight } = progress
  const share = shareDone(progress)
  return [
    `${name} runs now`,
    ...(share === undefined ? [] : [bar(share, Math.min(columns - 10, 50))]),
    progressText(progress),
    `${formatBytes(bytesPerSecond)}/s, ${formatBytes(bytesStored)} stored; ` +
      `${filesNew} new, ${filesChanged} changed, ${filesUnchanged} unchanged`,
    ...inFlight.map((path) => `  ${path}`),
  ]
}

/** From 0 to 1; by bytes, or by files where there are only empty ones. Undefined while the total is not known. */
export function shareDone({ bytesDone, bytesTotal, filesDone, filesTotal }: Progress): number | undefined {
  if (bytesTotal === null || filesTotal === null) return undefined
  const [done, total] = bytesTotal > 0 ? [bytesDone, bytesTotal] : [filesDone, filesTotal]
  return total === 0 ? undefined : Math.min(1, done / total)
}

function bar(share: number, width: number): string {
  const filled = Math.floor(share * width)
  return `[${'#'.repeat(filled)}${'.'.repeat(Math.max(0, width - filled))}] ${Math.floor(share * 100)} %`
}
