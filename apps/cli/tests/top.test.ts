import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { type CommandLine, openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'
import { openTop } from './terminal.ts'

const ESC = String.fromCharCode(27)
const FOREGROUND = new RegExp(`${ESC}\\[(\\d+;)*3[0-7]m`)
const LIMITS = { timeout: 240_000 }

test(
  'the terminal screen shows plans, starts and cancels a run after a question, and shows its log',
  LIMITS,
  async () => {
    await using cli = openCommandLine()
    await using _agent = await startAgent(cli)
    await makePlans(cli, 64_000_000)
    await cli.run(['bandwidth', 'now', '200kB', '--for', '1h'])
    using terminal = openTop(cli, {})

    const first = await terminal.shows(/> Documents/)
    expect(first).toMatch(/\? Documents has not been backed up yet\./)
    expect(first).toMatch(/ {2}Pictures +\? unknown +never/)

    terminal.press('j')
    await terminal.shows(/> Pictures/)
    terminal.press('Up')
    await terminal.shows(/> Documents/)
    terminal.press('c')
    await terminal.shows(/Documents does not run now\./)

    terminal.press('r')
    await terminal.shows(/\[[#.]+\] \d+ %\n.* of 1 files?, .*\n.*\/s, .*stored/)
    expect(await terminal.shows(/^ {2}\S*large\.bin/m)).toMatch(/info +Opening the vault/)
    // Started elsewhere, seen here.
    expect((await cli.run(['run', 'Pictures'])).code).toBe(0)
    await terminal.shows(/Pictures .*(queued|running|%)/)

    terminal.press('c')
    await terminal.shows(/Cancel the run of Documents\? .* y\/n/)
    terminal.press('n')
    await terminal.shows(/Nothing was cancelled\./)
    terminal.press('c')
    await terminal.shows(/y\/n/)
    terminal.press('y')
    await terminal.shows(/The run of Documents has stopped\./)
    await terminal.shows(/The run is cancelled after/)

    terminal.press('l')
    await terminal.shows(/Log, lines 1 to \d+ of \d+/)
    terminal.press('?')
    await terminal.shows(/choose a plan/)
    terminal.press('q')
    const after = await terminal.shows(/exit 0/)
    expect(after).toMatch(/^before/m)
    expect(after).not.toMatch(/Documents/)
  },
)

test('the screen says when the agent is gone, and goes on with the next one', LIMITS, async () => {
  await using cli = openCommandLine()
  const agent = await startAgent(cli)
  await makePlans(cli)
  using terminal = openTop(cli, { columns: 80, rows: 24 })
  expect(await terminal.shows(/> Documents/)).toMatch(/live$/m)

  await agent[Symbol.asyncDispose]()
  rmSync(cli.at('home/agent.json'), { force: true })
  await terminal.shows(/connection lost, trying again/)

  await using _next = await startAgent(cli)
  await terminal.shows(/live$/m)
  terminal.press('r')
  await terminal.shows(/✓ Documents is safe\.|✓ protected/)
  expect(terminal.screen({ styles: true })).toMatch(FOREGROUND)
  terminal.press('q')
  await terminal.shows(/exit 0/)
})

test(
  'the screen follows the size of the terminal, paints nothing with NO_COLOR, and leaves it as it was',
  LIMITS,
  async () => {
    await using cli = openCommandLine()
    await using _agent = await startAgent(cli)
    await makePlans(cli)
    expect((await cli.run(['run', 'Documents', '--follow'])).code).toBe(0)

    using terminal = openTop(cli, { env: { NO_COLOR: '1' } })
    await terminal.shows(/✓ protected/)
    expect(terminal.screen({ styles: true })).not.toMatch(FOREGROUND)
    terminal.resize(60, 20)
    await terminal.shows(/^ {2}plan +state +last +now/m)
    terminal.resize(40, 13)
    expect(await terminal.shows(/^ {2}plan +state +now/m)).toMatch(/q quit/)
    terminal.resize(30, 8)
    await terminal.shows(/This terminal is 30×8/)
    terminal.resize(80, 24)
    await terminal.shows(/^ {2}plan +state +last +next +now/m)
    expect(terminal.screen().split('\n').length).toBeLessThanOrEqual(25)

    terminal.press('C-c')
    await terminal.shows(/exit 0/)
    expect(terminal.settings()).toMatch(/(^|\s)icanon/)

    terminal.start()
    await terminal.shows(/✓ protected/)
    process.kill(terminal.pid(), 'SIGTERM')
    await terminal.shows(/exit 130/)
    expect(terminal.screen()).not.toMatch(/protected/)
    expect(terminal.settings()).toMatch(/(^|\s)icanon/)
  },
)

test('a crash leaves the terminal as it was', LIMITS, async () => {
  await using cli = openCommandLine()
  await using _agent = await startAgent(cli)
  const crash = cli.at('crash.mjs')
  writeFileSync(
    crash,
    `if (/cli.src.main/.test(process.argv[1] ?? '') || ${process.versions.node.split('.')[0]} >= 24)
       setTimeout(() => { throw new Error('made to crash') }, 4000).unref()`,
  )
  using terminal = openTop(cli, { env: { NODE_OPTIONS: `--import=${pathToFileURL(crash)}` } })
  await terminal.shows(/There is no plan yet\./)
  await terminal.shows(/exit [1-9]/)
  expect(terminal.screen()).not.toMatch(/There is no plan yet/)
  expect(terminal.settings()).toMatch(/(^|\s)icanon/)
})

test('without a terminal top says so, and --once prints one frame', LIMITS, async () => {
  await using cli = openCommandLine()
  expect(await cli.run(['top', '--once'])).toMatchObject({ code: 5 })
  await using _agent = await startAgent(cli)
  const refused = await cli.run(['top'])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(/needs a terminal.*\n.*--once/)

  await makePlans(cli)
  expect((await cli.run(['run', 'Pictures', '--follow'])).code).toBe(0)
  const frame = await cli.run(['top', '--once'])
  expect(frame.code).toBe(0)
  expect(frame.stdout).toMatch(/> Documents +\? unknown +never/)
  expect(frame.stdout).toMatch(/ {2}Pictures +✓ protected/)
  expect(frame.stdout).not.toContain(ESC)
  const { document } = await cli.json<{ home: { plans: unknown[] } }>(['top', '--once'])
  expect(document.home.plans).toHaveLength(2)
})

/** Two plans on one vault that is not encrypted, so that nothing waits for a passphrase. */
async function makePlans(cli: CommandLine, largeBytes = 10_000): Promise<void> {
  const plans = [
    ['Documents', largeBytes],
    ['Pictures', 10_000],
  ] as const
  for (const [name, bytes] of plans) {
    mkdirSync(cli.at(name))
    writeFileSync(join(cli.at(name), 'large.bin'), randomBytes(bytes))
    const added = await cli.run(['plan', 'add', name, cli.at(name), '--to', cli.at('vault'), '--plain'])
    expect(added).toMatchObject({ code: 0 })
  }
}
