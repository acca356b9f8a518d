import { assertNever, formatBytes, formatDuration, type Progress, type Run } from '@holdfast/domain'

/** What a run is or came to, in a few words. */
export function runState(run: Run): string {
  switch (run.state) {
    case 'queued':
      return 'queued'
    case 'running':
      return `running (${run.progress.phase})`
    case 'finished':
      return run.outcome
    default:
      return assertNever(run)
  }
}

/** The counters of a running plan on one line. */
export function progressText({
  phase,
  filesDone,
  filesTotal,
  bytesDone,
  bytesTotal,
  etaSeconds,
}: Progress): string {
  const files = filesTotal === null ? `${filesDone} files` : `${filesDone} of ${filesTotal} files`
  const bytes =
    bytesTotal === null ? formatBytes(bytesDone) : `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`
  const left = etaSeconds === null ? '' : `, ${formatDuration(etaSeconds * 1000)} left`
  return `${phase}: ${files}, ${bytes}${left}`
}

/** How a run ended, as lines; empty while it has not. */
export function endLines(run: Run): string[] {
  if (run.state !== 'finished') return []
  const took = formatDuration(run.finishedAt.getTime() - run.startedAt.getTime())
  const { summary, reason } = run
  return [
    `The run is ${run.outcome} after ${took}.`,
    ...(reason === null ? [] : [`  ${reason.message} ${reason.next}`]),
    ...(summary === null
      ? []
      : [
          `  Snapshot ${summary.snapshot}: ${summary.filesNew} new, ${summary.filesChanged} changed, ` +
            `${summary.filesUnchanged} unchanged, ${formatBytes(summary.bytesStored)} stored`,
          ...summary.skipped.map(({ path, reason: why }) => `  Not read: ${path}: ${why}`),
        ]),
  ]
}
