import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CommandLine, openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'
import { openTop } from './terminal.ts'

const LAUNCHER = fileURLToPath(new URL('../bin/holdfast.mjs', import.meta.url))

/** The machine with its agent, and somebody's computer elsewhere with a home of its own and no agent. */
let machine: CommandLine
let laptop: CommandLine
let agent: AsyncDisposable
let origin: string
let fingerprint: string
const elsewhere = () => ({ env: { HOLDFAST_AGENT: origin } })

beforeAll(async () => {
  machine = openCommandLine()
  laptop = openCommandLine()
  mkdirSync(machine.at('docs'))
  writeFileSync(machine.at('docs/letter'), 'dear reader')
  const ports = { HOLDFAST_LAN: '1', HOLDFAST_LAN_PORT: '0', HOLDFAST_LAN_HELP_PORT: '0' }
  agent = await startAgent(machine, ports)
  const { document } = await machine.json<{ serving: { origin: string; fingerprint: string } }>(['lan'])
  // Its own name resolves on a home network only; the certificate is good for this one too.
  origin = `https://localhost:${new URL(document.serving.origin).port}`
  fingerprint = document.serving.fingerprint
})
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]()
  await machine?.[Symbol.asyncDispose]()
  await laptop?.[Symbol.asyncDispose]()
})

async function codeOf(role: string): Promise<string> {
  const { document } = await machine.json<{ code: string }>(['device', 'pair-code', '--role', role])
  return document.code
}

it('is not allowed before it is paired, and says how', async () => {
  const answer = await laptop.json(['status'], elsewhere())
  expect(answer).toMatchObject({ code: 6, document: { error: { code: 'NOT_PAIRED' } } })
  expect(answer.stdout).toContain(`holdfast pair ${origin} CODE`)
})

it('sends no code before the fingerprint was compared, nor to another certificate, nor in the clear', async () => {
  const code = await codeOf('owner')
  const unseen = await laptop.json(['pair', origin, code])
  expect(unseen).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
  expect(unseen.stdout).toContain('--fingerprint')
  const other = 'AB:'.repeat(31).concat('AB')
  const wrong = await laptop.json(['pair', origin, code, '--fingerprint', other])
  expect(wrong).toMatchObject({ code: 6, document: { error: { code: 'NOT_ALLOWED' } } })
  expect(wrong.stdout).toContain(fingerprint)
  expect(await laptop.json(['pair', 'http://nas.local:8421', code])).toMatchObject({ code: 2 })
  expect(await laptop.json(['pair', 'https://127.0.0.1:1', code])).toMatchObject({
    code: 5,
    document: { error: { code: 'AGENT_UNREACHABLE' } },
  })

  const link = `${origin}/pair/#${code}`
  const paired = await laptop.json(['pair', link, '--name', 'Laptop', '--fingerprint', fingerprint])
  expect(paired).toMatchObject({
    code: 0,
    document: { agent: origin, device: { name: 'Laptop', role: 'owner' } },
  })
  const again = await laptop.json(['pair', link, '--fingerprint', fingerprint])
  expect(again).toMatchObject({ code: 1, document: { error: { code: 'CODE_EXPIRED' } } })
})

it('keeps what lets it in sealed, for its user alone', () => {
  const file = laptop.at('home/agents.conf')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).toMatch(/^# Encrypted rclone configuration File/)
  expect(readFileSync(file, 'latin1')).not.toContain('holdfast-session')
})

it('makes, runs, watches, changes and reports as on the machine itself', async () => {
  const pass = ['--passphrase-file', 'passphrase']
  const paths = [machine.at('docs'), '--to', machine.at('vault')]
  const added = await laptop.json(['plan', 'add', 'Docs', ...paths, '--manual', ...pass], elsewhere())
  expect(added).toMatchObject({ code: 0, document: { name: 'Docs' } })
  // --agent says the same as the environment.
  const ran = await laptop.json<{ id: string }>(['--agent', origin, 'run', 'Docs', '--follow'])
  expect(ran).toMatchObject({ code: 0, document: { outcome: 'complete', summary: { filesNew: 1 } } })
  const reading = [
    ...[['status'], ['ops', ran.document.id], ['audit', 'verify'], ['remote', 'list']],
    ...[
      ['kit', 'status'],
      ['drill', '--plan', 'Docs'],
    ],
  ]
  const offered = await laptop.run(['complete', '--', 'run', 'D'], elsewhere())
  expect(offered.stdout).toMatch(/^Docs\t/m)
  const ended = await Promise.all(reading.map(async (args) => (await laptop.json(args, elsewhere())).code))
  expect(ended).toEqual(reading.map(() => 0))
  const pdf = await laptop.json(['report', '--pdf', 'report.pdf'], elsewhere())
  expect(pdf.code).toBe(0)
  expect(readFileSync(laptop.at('report.pdf'), 'latin1').startsWith('%PDF')).toBe(true)
  expect((await laptop.json(['plan', 'pause', 'Docs'], elsewhere())).document).toMatchObject({ paused: true })
  const late = await laptop.json(['cancel', ran.document.id], elsewhere())
  expect(late).toMatchObject({ code: 1, document: { error: { code: 'RUN_NOT_RUNNING' } } })
}, 180_000)

it('leaves to the machine’s own console what is only done there, and takes no path for its own', async () => {
  for (const args of [
    ['hook', 'add', 'greet', '--', 'echo', 'hi'],
    ['recover', '--from', '/nowhere'],
    ['lan', 'off'],
    ['auth', 'reset', '--yes'],
  ])
    expect(await laptop.json(args, elsewhere())).toMatchObject({
      code: 6,
      document: { error: { code: 'NOT_ALLOWED', message: expect.stringContaining('on the machine itself') } },
    })
  const mixed = await laptop.json(['--agent', origin, 'snapshots', '--from', machine.at('vault')])
  expect(mixed).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
  const relative = await laptop.json(['plan', 'add', 'X', 'docs', '--to', '/v', '--plain'], elsewhere())
  expect(relative).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
})

it('waits for an owner where the code came from a device, and is let in by the number that it shows', async () => {
  await using guest = openCommandLine()
  const issued = await laptop.json<{ code: string }>(
    ['device', 'pair-code', '--role', 'operator'],
    elsewhere(),
  )
  const { code } = issued.document
  const paired = guest.json(['pair', origin, code, '--name', 'Tablet', '--fingerprint', fingerprint])
  type Waiting = { number: string; name: string }[]
  let [waiting] = (await machine.json<Waiting>(['device', 'approve'])).document
  while (waiting === undefined) [waiting] = (await machine.json<Waiting>(['device', 'approve'])).document
  expect(waiting).toMatchObject({ name: 'Tablet', number: expect.stringMatching(/^\d{4}$/) })
  const other = waiting.number === '0000' ? '1111' : '0000'
  expect(await laptop.json(['device', 'approve', other], elsewhere())).toMatchObject({
    code: 2,
    document: { error: { code: 'INPUT_INVALID' } },
  })
  const approve = ['device', 'approve', waiting.number, '--role', 'viewer']
  expect(await laptop.json(approve, elsewhere())).toMatchObject({ code: 0, document: { role: 'viewer' } })
  const answer = await paired
  expect(answer).toMatchObject({ code: 0, document: { device: { name: 'Tablet', role: 'viewer' } } })
  expect(answer.stderr).toContain(waiting.number)
  expect(await guest.json(['status'], elsewhere())).toMatchObject({ code: 0 })
})

it('has a name there that can be changed, a role that holds, and is out at once when it is revoked', async () => {
  await using guest = openCommandLine()
  await guest.json(['pair', origin, await codeOf('viewer'), '--name', 'Guest', '--fingerprint', fingerprint])
  expect(await guest.json(['status'], elsewhere())).toMatchObject({ code: 0 })
  expect(await guest.json(['run', 'Docs'], elsewhere())).toMatchObject({
    code: 6,
    document: { error: { code: 'NOT_ALLOWED' } },
  })
  using screen = openTop(guest, elsewhere())
  await screen.shows(/> Docs/)
  screen.press('r')
  await screen.shows(/This needs the role operator/)
  expect(await laptop.json(['devices', 'rename', 'Guest', 'Visitor'], elsewhere())).toMatchObject({ code: 0 })
  const list = await machine.run(['device', 'list'])
  expect(list.stdout).toMatch(/Laptop +owner/)
  expect(list.stdout).toMatch(/Visitor +viewer/)
  expect(await laptop.json(['device', 'revoke', 'Visitor'], elsewhere())).toMatchObject({ code: 0 })
  expect(await guest.json(['status'], elsewhere())).toMatchObject({
    code: 6,
    document: { error: { code: 'NOT_PAIRED' } },
  })
  // The live stream of a device ends with its pairing.
  await screen.shows(/exit 6/)
  const nobody = await machine.json(['device', 'revoke', 'Visitor'])
  expect(nobody).toMatchObject({ code: 2, document: { error: { code: 'INPUT_INVALID' } } })
})

it('asks a person at a terminal whether the fingerprint agrees, and sends nothing without a yes', async () => {
  await using guest = openCommandLine()
  const code = await codeOf('viewer')
  const typed = (answer: string) =>
    // A terminal of its own, because the question is asked at one only.
    spawnSync(
      'script',
      ['-qec', `'${process.execPath}' '${LAUNCHER}' pair '${origin}' '${code}'`, '/dev/null'],
      {
        ...{ input: answer, encoding: 'utf8', timeout: 30_000 },
        env: { PATH: process.env.PATH ?? '', HOME: guest.dir, HOLDFAST_HOME: guest.at('home'), TERM: 'dumb' },
      },
    )
  const no = typed('n\n')
  expect([no.status, no.stdout]).toEqual([130, expect.stringContaining(fingerprint)])
  expect(existsSync(guest.at('home/agents.conf'))).toBe(false)
  expect(typed('y\n')).toMatchObject({ status: 0, stdout: expect.stringContaining('as viewer') })
  expect(await guest.json(['status'], elsewhere())).toMatchObject({ code: 0 })
})

it('makes its own browsers trust that authority, says what it could not do, and takes it back', async () => {
  // Nobody's system is changed by a test: the program that does that is not on this path.
  const env = { ...elsewhere().env, PATH: '/usr/bin:/bin' }
  const trusted = await laptop.json<{ steps: object[] }>(['trust', '--install'], { env })
  expect(trusted).toMatchObject({ code: 0, document: { fingerprint } })
  expect(trusted.document.steps).toMatchObject([
    { done: false, problem: expect.anything() },
    { store: 'Chromium and Chrome', place: laptop.at('.pki/nssdb'), done: true, problem: null },
  ])
  const gone = await laptop.json<{ steps: object[] }>(['trust', '--remove'], { env })
  expect(gone).toMatchObject({ code: 0, document: { steps: [{ done: true }] } })
})

it('has its own agent watch the machine, once the fingerprint was compared', async () => {
  await using _own = await startAgent(laptop, {})
  const code = await codeOf('viewer')
  const unseen = await laptop.json(['machine', 'add', origin, code])
  expect(unseen).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
  const silent = ['--fingerprint', fingerprint, '--silent-after', '5']
  const added = await laptop.json<{ id: string; name: string }>(['machine', 'add', origin, code, ...silent])
  expect(added).toMatchObject({ code: 0, document: { origin, silentAfterHours: 5, problem: null } })
  const { id, name } = added.document
  expect(await laptop.json(['machine', 'ask', origin])).toMatchObject({ code: 0, document: { id } })
  expect(await laptop.json(['machine', 'silence', id, '48'])).toMatchObject({
    code: 0,
    document: { silentAfterHours: 48 },
  })
  expect((await laptop.json(['machine'])).stdout).toContain(name)
  expect(await laptop.json(['machine', 'find'])).toMatchObject({ code: 0, document: expect.any(Array) })
  expect((await laptop.json(['machine', 'remove', 'nobody'])).stdout).toContain('holdfast machine list')
  expect(await laptop.json(['machine', 'remove', id])).toMatchObject({ code: 0, document: { removed: id } })
  expect((await laptop.json(['machine', 'list'])).document).toEqual([])
})

it('shuts everybody out from the machine’s own console, and lets a new owner in', async () => {
  expect(await machine.json(['auth', 'reset'])).toMatchObject({
    code: 2,
    document: { error: { code: 'USAGE' } },
  })
  const reset = await machine.json<{ revoked: string[]; code: string }>(['auth', 'reset', '--yes'])
  expect(reset.document.revoked.length).toBeGreaterThan(0)
  expect(await laptop.json(['status'], elsewhere())).toMatchObject({ code: 6 })
  const { code } = reset.document
  const again = await laptop.json(['pair', origin, code, '--name', 'Laptop', '--fingerprint', fingerprint])
  expect(again).toMatchObject({ code: 0, document: { device: { role: 'owner' } } })
  expect(await laptop.json(['plan', 'list'], elsewhere())).toMatchObject({ document: [{ name: 'Docs' }] })
})

it('refuses an agent that suddenly shows another certificate', async () => {
  await using other = openCommandLine()
  const ports = { HOLDFAST_LAN: '1', HOLDFAST_LAN_PORT: new URL(origin).port, HOLDFAST_LAN_HELP_PORT: '0' }
  await agent[Symbol.asyncDispose]()
  await using _impostor = await startAgent(other, ports)
  expect(await laptop.json(['status'], elsewhere())).toMatchObject({
    code: 6,
    document: { error: { code: 'NOT_ALLOWED', message: expect.stringContaining('another certificate') } },
  })
  agent = { [Symbol.asyncDispose]: async () => undefined }
})
