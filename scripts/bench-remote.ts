// `npm run bench:remote`: 20,000 small files to a real WebDAV server behind a line with 40 ms round trip (and with none),
// through Holdfast and through restic's rclone backend. Seconds of wall clock; ratios are what to look at.
import { execFile } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { startWebdavServer } from '@holdfast/testkit'

const run = promisify(execFile)
const HOLDFAST = resolve(import.meta.dirname, '..', 'apps', 'cli', 'bin', 'holdfast.mjs')
const PASSPHRASE = 'a passphrase for measuring'

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: '20000' },
    'trip-ms': { type: 'string', default: '0,40' },
    rounds: { type: 'string', default: '3' },
  },
})

const scratch = mkdtempSync(join(tmpdir(), 'holdfast-remote-'))
try {
  const tree = join(scratch, 'tree')
  for (let i = 0; i < Number(options.files); i += 1) {
    const folder = join(tree, `${Math.floor(i / 200)}`)
    if (i % 200 === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${i}.txt`), `${`line ${i * 7919} of a small file\n`.repeat(1 + (i % 97))}`)
  }
  console.log(`${options.files} files, ${options.rounds} rounds, medians\n`)
  console.log(
    '| round trip | step | holdfast | restic | holdfast / restic |\n| --- | --- | --- | --- | --- |',
  )
  for (const tripMs of options['trip-ms'].split(',').map(Number)) await measure(tree, tripMs)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

async function measure(tree: string, tripMs: number): Promise<void> {
  await using dav = await startWebdavServer()
  await using line = await delayingLine(dav.port, tripMs / 2)
  const config = join(scratch, `rclone-${tripMs}.conf`)
  writeFileSync(config, `[dav]\ntype = webdav\nvendor = other\nurl = http://127.0.0.1:${line.port}/\n`, {
    mode: 0o600,
  })
  const times = new Map<string, number[]>()
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const tools = [holdfast(config, tripMs, round), restic(config, tripMs, round)]
    for (const tool of tools) await tool.create()
    const order = round % 2 === 0 ? tools : tools.toReversed()
    for (const step of ['first', 'nothing changed', 'nothing changed, cold'] as const)
      for (const tool of order) {
        if (step === 'nothing changed, cold') tool.forget()
        const begun = performance.now()
        await tool.backup(tree)
        const key = `${step} ${tool.name}`
        times.set(key, [...(times.get(key) ?? []), (performance.now() - begun) / 1000])
      }
    appendFileSync(join(tree, '0', '0.txt'), `round ${round}\n`)
  }
  for (const step of ['first', 'nothing changed', 'nothing changed, cold']) {
    const [ours, theirs] = [median(times.get(`${step} holdfast`)), median(times.get(`${step} restic`))]
    const cells = [
      `${tripMs} ms`,
      step,
      `${ours.toFixed(2)} s`,
      `${theirs.toFixed(2)} s`,
      (ours / theirs).toFixed(2),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

type RemoteTool = {
  readonly name: string
  /** Takes away what it remembers of its vault. */
  forget(): void
  create(): Promise<unknown>
  backup(tree: string): Promise<unknown>
}

function holdfast(config: string, tripMs: number, round: number): RemoteTool {
  const home = join(scratch, `home-${tripMs}-${round}`)
  mkdirSync(home)
  const env = { ...process.env, HOLDFAST_HOME: home, HOLDFAST_PASSPHRASE: PASSPHRASE, RCLONE_CONFIG: config }
  const place = `dav:holdfast-${round}`
  const call = (args: string[]) => run(process.execPath, [HOLDFAST, ...args], { env, maxBuffer: 1 << 30 })
  return {
    name: 'holdfast',
    forget: () => {
      // What is compiled of the program is no memory of a vault.
      for (const name of readdirSync(join(home, 'cache')))
        if (name !== 'code') rmSync(join(home, 'cache', name), { recursive: true })
    },
    create: () => call(['vault', 'create', place]),
    backup: (tree) => call(['backup', tree, '--to', place, '--json']),
  }
}

function restic(config: string, tripMs: number, round: number): RemoteTool {
  const cache = join(scratch, `restic-${tripMs}-${round}`)
  const env = {
    ...process.env,
    ...{ RESTIC_REPOSITORY: `rclone:dav:restic-${round}`, RESTIC_PASSWORD: PASSPHRASE },
    ...{ RESTIC_CACHE_DIR: cache, RCLONE_CONFIG: config },
  }
  const call = (args: string[]) => run('restic', args, { env, maxBuffer: 1 << 30 })
  return {
    name: 'restic',
    forget: () => rmSync(cache, { recursive: true, force: true }),
    create: () => call(['init', '--quiet']),
    backup: (tree) => call(['backup', '--quiet', tree]),
  }
}

/** A loopback port that leads to another one, each byte `delayMs` later, in order and at full width. */
async function delayingLine(
  serverPort: number,
  delayMs: number,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(serverPort, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true)
      sockets.add(from)
      from.on('data', (bytes) => setTimeout(() => to.writable && to.write(bytes), delayMs))
      from.on('end', () => setTimeout(() => to.end(), delayMs))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        setTimeout(() => to.destroy(), delayMs)
      })
    }
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function median(values: readonly number[] = []): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
