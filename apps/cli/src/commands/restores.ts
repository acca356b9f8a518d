import { formatBytes, Restore } from '@holdfast/domain'
import { callAgent } from '../agent/agent-client.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

/** `holdfast restores`: those that the agent did, newest first. */
export async function restores(
  { settings, output }: Call,
  options: { limit: number; again?: string; cancel?: string },
): Promise<ExitCode> {
  const { signal } = settings
  const { again, cancel } = options
  if (again !== undefined) {
    const answer = await callAgent(settings, (agent) => agent.restore.again.mutate({ id: again }, { signal }))
    output.answer(answer, [`Goes on as restore ${answer.id}.`])
    return EXIT.ok
  }
  if (cancel !== undefined) {
    const answer = await callAgent(settings, (agent) =>
      agent.restore.cancel.mutate({ id: cancel }, { signal }),
    )
    output.answer(answer, [`Restore ${answer.id} has stopped.`])
    return EXIT.ok
  }
  const limit = Math.min(options.limit, 200)
  const answer = await callAgent(settings, (agent) => agent.restore.list.query({ limit }, { signal }))
  const rows = Restore.array()
    .parse(answer)
    .map((restore) => [
      restore.id,
      localTime(restore.startedAt),
      restore.planId,
      restore.snapshot,
      restore.state,
      String(restore.filesDone),
      formatBytes(restore.bytesDone),
      restore.rewind === null ? restore.targetDir : 'in place',
    ])
  const header = ['restore', 'time', 'plan', 'snapshot', 'state', 'files', 'bytes', 'into']
  output.answer(answer, rows.length === 0 ? ['Nothing was restored yet.'] : tableOf(header, rows, [5, 6]))
  return EXIT.ok
}
