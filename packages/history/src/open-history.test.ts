import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { RunId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { NOON, testEnd, testFolder, testPlan, testRun } from './history-fixture.ts'
import { openConnection } from './one-connection.ts'
import { openHistory } from './open-history.ts'

const clock = { nowMs: () => NOON.getTime() }

test('what was stored is there after closing, in one file', async () => {
  await using folder = await testFolder()
  {
    await using history = await openHistory({ file: folder.file, clock })
    await history.plans.create(testPlan())
  }
  const copy = `${folder.file}.copy`
  await writeFile(copy, await readFile(folder.file))
  await using history = await openHistory({ file: copy, clock })
  expect(await history.plans.list()).toEqual([testPlan()])
})

test('a change that was called before closing is still stored', async () => {
  await using folder = await testFolder()
  const history = await openHistory({ file: folder.file, clock })
  const created = history.plans.create(testPlan())
  await history[Symbol.asyncDispose]()
  expect(await created).toEqual(testPlan())
})

test('the connection keeps its rules after transactions', async () => {
  await using folder = await testFolder()
  await using history = await openHistory({ file: folder.file, clock })
  await history.plans.create(testPlan())
  await expect(history.plans.create(testPlan())).rejects.toThrow()
  // Foreign keys are the rule that a fresh connection would have forgotten.
  const line = { at: NOON, level: 'info' as const, text: 'x' }
  await expect(history.log.append(RunId.parse('none'), [line])).rejects.toThrow()
  const look = openConnection({ url: pathToFileURL(folder.file).href })
  expect((await look.execute('PRAGMA journal_mode')).rows).toMatchObject([{ journal_mode: 'wal' }])
  look.close()
})

test('something else than a database is refused and left as it was', async () => {
  await using folder = await testFolder()
  const text = 'This is no database.\n'.repeat(500)
  await writeFile(folder.file, text)
  await expect(openHistory({ file: folder.file, clock })).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' })
  expect(await readFile(folder.file, 'utf8')).toBe(text)
})

test('two openings of one file both write and see the same', async () => {
  await using folder = await testFolder()
  const both = await Promise.all([1, 2].map(() => openHistory({ file: folder.file, clock })))
  await using one = both[0]!
  await using other = both[1]!
  await one.plans.create(testPlan())
  const append = (history: typeof one, n: number) =>
    history.audit.append({
      at: NOON,
      actor: { kind: 'cli', id: null, name: 'ada', address: null },
      act: 'test',
      subject: String(n),
      before: null,
      after: null,
    })
  await Promise.all(Array.from({ length: 40 }, (_, n) => append(n % 2 === 0 ? one : other, n)))
  expect(await one.audit.verify()).toMatchObject({ ok: true, entries: 40 })
  expect(await other.audit.head()).toBe(await one.audit.head())
  expect(await other.plans.list()).toEqual([testPlan()])
})

test('a write waits for another program that is writing', async () => {
  await using folder = await testFolder()
  await using history = await openHistory({ file: folder.file, clock })
  const other = openConnection({ url: pathToFileURL(folder.file).href })
  await other.execute('BEGIN IMMEDIATE')
  const created = history.plans.create(testPlan())
  // Reading does not wait, and the thread stays free meanwhile.
  expect(await history.devices.list()).toEqual([])
  await other.execute('COMMIT')
  other.close()
  expect(await created).toEqual(testPlan())
})

test('a process killed in the middle of writing leaves every finished change and no half one', async () => {
  await using folder = await testFolder()
  {
    await using history = await openHistory({ file: folder.file, clock })
    await history.plans.create(testPlan())
  }
  for (const rounds of [1, 2, 3]) {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./write-until-killed.ts', import.meta.url)), folder.file],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let text = ''
    for await (const chunk of child.stdout) {
      text += String(chunk)
      if (text.split('\n').length > 10 * rounds) break
    }
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    const promised = text.split('\n').slice(0, -1)
    await using history = await openHistory({ file: folder.file, clock })
    for (const id of promised) {
      expect(await history.runs.get(RunId.parse(id))).toMatchObject({ state: 'finished' })
      expect(await history.log.tail(RunId.parse(id), 9)).toHaveLength(2)
    }
    expect(await history.audit.verify()).toMatchObject({ ok: true })
    await history.runs.settleInterrupted(NOON)
    const look = openConnection({ url: pathToFileURL(folder.file).href })
    expect((await look.execute('PRAGMA integrity_check')).rows).toMatchObject([{ integrity_check: 'ok' }])
    const half = await look.execute('SELECT 1 FROM run WHERE id NOT IN (SELECT subject FROM audit_entry)')
    expect(half.rows).toEqual([])
    look.close()
    await history.runs.insertQueued(testRun(`after-${rounds}`))
    await history.runs.finish(RunId.parse(`after-${rounds}`), testEnd())
    await history.audit.append({
      ...{ at: NOON, actor: { kind: 'agent', id: null, name: 'test', address: null } },
      ...{ act: 'run.start', subject: `after-${rounds}`, before: null, after: null },
    })
  }
})
