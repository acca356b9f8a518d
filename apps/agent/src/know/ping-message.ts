import { formatBytes, formatDuration, type Message, type Run } from '@holdfast/domain'

/** What a watcher is told of a run; undefined for what is no start and no end of work. Pure. */
export function pingMessage(
  run: Run,
  facts: { readonly id: string; readonly at: Date; readonly machine: string },
): Message | undefined {
  const message = (ping: string, text: string): Message => ({
    ...{ ...facts, kind: 'notice', severity: 'info', title: `Run of ${run.planId}`, text, next: null },
    ...{ url: `/ops/?run=${run.id}`, tag: `run-${run.id}`, data: { ping, run: run.id, plan: run.planId } },
  })
  switch (run.state) {
    case 'queued':
      return undefined
    case 'running':
      return message('start', 'started')
    case 'finished': {
      const { outcome, summary, reason, startedAt, finishedAt } = run
      if (outcome === 'skipped' || outcome === 'cancelled') return undefined
      const lasted = formatDuration(finishedAt.getTime() - startedAt.getTime())
      const stored = summary === null ? '' : `, ${formatBytes(summary.bytesStored)} stored`
      const why = reason === null ? '' : `: ${reason.code} ${reason.message}`
      return message(outcome === 'complete' ? 'success' : 'fail', `${outcome} after ${lasted}${stored}${why}`)
    }
    default:
      return run satisfies never
  }
}
