import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type GroupOptions, runInGroup } from './run-in-group.ts'

const FOREVER = new AbortController().signal
const environment = { PATH: process.env.PATH ?? '' }

async function run(words: string[], options: Partial<GroupOptions> = {}) {
  const lines: string[] = []
  const onLine = (line: string) => lines.push(line)
  const end = await runInGroup(words, { environment, timeoutMs: 20_000, signal: FOREVER, onLine, ...options })
  return { end, lines }
}

const node = (code: string) => [process.execPath, '-e', code]

it('tells how a program ended and what it wrote, line by line', async () => {
  const { end, lines } = await run(
    node('console.log("one\\n\\ntwo"); console.error("three"); process.exitCode = 7'),
  )
  expect(end).toEqual({ kind: 'exit', code: 7 })
  expect(lines.sort()).toEqual(['one', 'three', 'two'])
})

it('gives it this environment and no input', async () => {
  const code = 'process.stdin.pipe(process.stdout); console.log(Object.keys(process.env).join())'
  const { lines } = await run(node(code), { environment: { ...environment, ONLY: '1' } })
  expect(lines.sort()).toEqual(['PATH,ONLY'])
})

it('writes its output to a file where there is one', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-group-'))
  try {
    await using file = await open(join(dir, 'out'), 'w')
    const { lines } = await run(node('console.log("dump"); console.error("said")'), { stdout: file.fd })
    expect(lines).toEqual(['said'])
    expect(await readFile(join(dir, 'out'), 'utf8')).toBe('dump\n')
  } finally {
    await rm(dir, { recursive: true })
  }
})

it('passes words on as they are: no shell reads them', async () => {
  const { lines } = await run([
    ...node('console.log(process.argv.slice(1).join("|"))'),
    '$HOME; ls *',
    '`id`',
  ])
  expect(lines).toEqual(['$HOME; ls *|`id`'])
})

it.each(['timeout', 'aborted'] as const)(
  'ends the whole group by %s, also who does not listen',
  async (why) => {
    const grandchild = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6); console.log(process.pid)'
    const child = `
    require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}], { stdio: "inherit" })
    setInterval(() => {}, 1e6)`
    const stop = new AbortController()
    const pids: number[] = []
    const end = await runInGroup(node(child), {
      ...{ environment, timeoutMs: why === 'timeout' ? 1500 : 20_000, signal: stop.signal },
      onLine(line) {
        pids.push(Number(line))
        if (why === 'aborted') stop.abort()
      },
    })
    expect(end).toEqual({ kind: why })
    expect(pids).toHaveLength(1)
    await gone(pids[0] ?? 0)
  },
)

it('leaves nothing of the group behind when this process exits', async () => {
  const grandchild = 'setInterval(() => {}, 1e6); console.log(process.pid)'
  const child = `
    require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}], { stdio: "inherit" })
    setInterval(() => {}, 1e6)`
  const { href } = new URL('run-in-group.ts', import.meta.url)
  const parent = `
    const { runInGroup } = await import(${JSON.stringify(href)})
    const onLine = (line) => { console.log(line); process.exit(0) }
    const signal = new AbortController().signal
    await runInGroup(${JSON.stringify(node(child))}, { environment: {}, timeoutMs: 20_000, signal, onLine })`
  const { lines } = await run([process.execPath, '--input-type=module', '-e', parent])
  expect(lines).toEqual([expect.stringMatching(/^\d+$/)])
  await gone(Number(lines[0]))
})

it('does not wait for what a program leaves behind', async () => {
  const child = `
    const { pid } = require("child_process").spawn("sleep", ["30"], { stdio: "inherit" })
    console.log(pid); process.exit(0)`
  const before = performance.now()
  const { end, lines } = await run(node(child))
  expect(end).toEqual({ kind: 'exit', code: 0 })
  expect(performance.now() - before).toBeLessThan(15_000)
  process.kill(Number(lines[0]), 'SIGKILL')
})

it('shows what is said up to a limit, without what would move a terminal', async () => {
  const { lines } = await run(
    node(
      'console.log("\\x1b[31mred\\x07 " + "x".repeat(5000)); for (let i = 0; i < 300; i++) console.log(i)',
    ),
  )
  expect(lines).toHaveLength(201)
  expect(lines[0]).toMatch(/^red x{900,1000} …$/)
  expect(lines.at(-1)).toBe('101 more lines are left out.')
})

it('says when there is no such program', async () => {
  await expect(run(['/nowhere/program'])).rejects.toMatchObject({ code: 'ENOENT' })
})

it('starts nothing that was stopped before', async () => {
  const { end } = await run(['/nowhere/program'], { signal: AbortSignal.abort() })
  expect(end).toEqual({ kind: 'aborted' })
})

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await wait(20)
  }
}
