// A process for open-history.test.ts: writes run after run and prints each one that is stored, until it is killed.
import { randomUUID } from 'node:crypto'
import { RunId } from '@holdfast/domain'
import { NOON, testEnd, testRun } from './history-fixture.ts'
import { openHistory } from './open-history.ts'

const [, , file = ''] = process.argv
await using history = await openHistory({ file, clock: { nowMs: () => NOON.getTime() } })
for (;;) {
  const id = RunId.parse(randomUUID())
  const audit = {
    ...{ at: NOON, actor: { kind: 'agent' as const, id: null, name: 'test', address: null } },
    ...{ act: 'run.start', subject: id, before: null, after: null },
  }
  await history.runs.insertQueued(testRun(id), { audit })
  const line = { at: NOON, level: 'info' as const, text: 'x'.repeat(2000) }
  await history.log.append(id, [line, line])
  await history.runs.finish(id, testEnd())
  process.stdout.write(`${id}\n`)
}
