import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, isRoot, openCommandLine } from './command-line.ts'

type Summary = { outcome: string; snapshot: string; skipped: { path: string; reason: string }[] }

const BIG = 4_000_000

describe('a source that changes while it is read', { timeout: 120_000 }, () => {
  it('is taken as it was at some moment: a replaced file is old or new, never a mix, and the others are whole', async () => {
    await using cli = openCommandLine()
    mkdirSync(cli.at('src'))
    writeFileSync(cli.at('src/calm'), 'calm')
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const writer = spawn('python3', ['-c', WRITER, cli.at('src')], { stdio: ['ignore', 'pipe', 'inherit'] })
    const snapshots: string[] = []
    try {
      await once(writer.stdout, 'data')
      for (let round = 0; round < 2; round += 1) {
        const run = await cli.json<Summary>(['backup', 'src', '--to', 'vault'])
        // What kept changing is flagged, what vanished was deleted: nothing of that is a failure.
        expect(run).toMatchObject({ code: 0, document: { outcome: 'complete', skipped: [] } })
        snapshots.push(run.document.snapshot)
      }
    } finally {
      const ended = once(writer, 'exit')
      writer.kill()
      await ended
    }
    for (const snapshot of snapshots) {
      const restore = ['restore', '--from', 'vault', '--snapshot', snapshot, '--to', snapshot]
      expect(await cli.json(restore)).toMatchObject({ code: 0 })
      const replaced = readFileSync(cli.at(`${snapshot}/src/replaced`))
      expect([replaced.length, new Set(replaced).size]).toEqual([BIG, 1])
      expect(readFileSync(cli.at(`${snapshot}/src/calm`), 'utf8')).toBe('calm')
      // Only ever written at its end: each restored one is a beginning of it.
      const grown = readFileSync(cli.at(`${snapshot}/src/growing`))
      expect(readFileSync(cli.at('src/growing')).subarray(0, grown.length).equals(grown)).toBe(true)
    }
    expect(await cli.json(['backup', 'src', '--to', 'vault'])).toMatchObject({ code: 0 })
    await cli.run(['restore', '--from', 'vault', '--snapshot', 'latest', '--to', 'last'])
    expect(describeTree(cli.at('last/src'))).toBe(describeTree(cli.at('src')))
    expect(await cli.json(['check', '--from', 'vault', '--read', 'all'])).toMatchObject({ code: 0 })
  })

  it('is never complete with files missing when its disk is unmounted in the middle', async () => {
    await using cli = openCommandLine()
    using disk = openDisk(cli)
    await cli.run(['vault', 'create', 'vault', '--plain'])
    execFileSync('sh', ['-c', 'head -c 60000000 /dev/urandom > a-big'], { cwd: disk.path })
    for (let i = 0; i < 20; i += 1) writeFileSync(`${disk.path}/small-${i}`, `${i}`)

    const run = cli.start(['backup', disk.path, '--to', 'vault', '--json'])
    const ended = once(run, 'close')
    const answer = run.stdout === null ? '' : text(run.stdout)
    while (!hasOpen(run.pid, `${disk.path}/a-big`) && run.exitCode === null) await wait(2)
    run.kill('SIGSTOP')
    disk.takeAway()
    run.kill('SIGCONT')
    const [code] = await ended
    const { outcome, skipped }: Summary = JSON.parse(await answer)
    expect([code, outcome]).toEqual([3, 'incomplete'])
    expect(skipped).toEqual([{ path: 'disk', reason: 'taken away or replaced while it was read' }])
    const listed = await cli.json<{ outcome: string }[]>(['snapshots', '--from', 'vault'])
    expect(listed.document).toMatchObject([{ outcome: 'incomplete' }])
  })

  it('is named when it is not there at the start', async () => {
    await using cli = openCommandLine()
    await cli.run(['vault', 'create', 'vault', '--plain'])
    expect(await cli.json(['backup', 'gone', '--to', 'vault'])).toMatchObject({
      code: 1,
      document: { error: { code: 'SOURCE_MISSING', message: `There is nothing at ${cli.at('gone')}.` } },
    })
  })

  it('loses only the file that the disk can not read, by name', async () => {
    await using cli = openCommandLine()
    using bad = openBadDisk(cli)
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const user = !isRoot
    const run = await cli.json<Summary>(['backup', 'bad', '--to', 'vault'], { user })
    expect(run).toMatchObject({ code: 3, document: { outcome: 'incomplete' } })
    expect(run.document.skipped).toEqual([{ path: 'bad/unreadable', reason: bad.reason }])
    const restore = ['restore', '--from', 'vault', '--snapshot', 'latest', '--to', 'out']
    expect(await cli.json(restore)).toMatchObject({ code: 0 })
    expect(readFileSync(cli.at('out/bad/good'), 'utf8')).toBe('good')
  })
})

/** True while the process has the file open. */
function hasOpen(pid: number | undefined, file: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === file)
  } catch {
    // A file was closed, or the process has ended, since it was listed.
    return false
  }
}

/** Grows, shrinks, replaces and deletes files below a folder until it is killed; says a word after the first round. */
const WRITER = `
import os, sys, signal
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
os.chdir(sys.argv[1])
n = 0
while not stop:
    n += 1
    with open("next", "wb") as f: f.write(bytes([n % 256]) * ${BIG})
    os.rename("next", "replaced")
    with open("growing", "ab") as f: f.write(os.urandom(200000) if n < 100 else b"")
    with open("shrinking", "wb") as f: f.write(os.urandom(2000000))
    os.truncate("shrinking", 1000 + n)
    with open("deleted", "wb") as f: f.write(os.urandom(300000))
    os.remove("deleted")
    if n == 1: print("ready", flush=True)
`

/** A disk that can be unmounted while files on it are open; a folder that is removed for who may not mount. */
function openDisk(cli: CommandLine): Disposable & { readonly path: string; takeAway(): void } {
  const path = cli.at('disk')
  mkdirSync(path)
  if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', path])
  let there = true
  const takeAway = () => {
    if (there && isRoot) execFileSync('umount', ['-l', path])
    else if (there) rmSync(path, { recursive: true })
    there = false
  }
  return { path, takeAway, [Symbol.dispose]: takeAway }
}

/**
 * A folder `bad` with a good file and one that the system can't read: a disk image that was cut short under its mount,
 * or a file without permission for who may not mount.
 */
function openBadDisk(cli: CommandLine): Disposable & { readonly reason: string } {
  const path = cli.at('bad')
  mkdirSync(path)
  if (!isRoot) {
    writeFileSync(`${path}/good`, 'good')
    writeFileSync(`${path}/unreadable`, 'x', { mode: 0o000 })
    return { reason: 'permission denied', [Symbol.dispose]: () => undefined }
  }
  const image = cli.at('image')
  writeFileSync(image, '')
  truncateSync(image, 32_000_000)
  execFileSync('mkfs.ext4', ['-q', '-O', '^has_journal', image])
  const mount = (options: string) => execFileSync('mount', ['-o', options, image, path])
  mount('loop')
  writeFileSync(`${path}/good`, 'good')
  writeFileSync(`${path}/unreadable`, Buffer.alloc(3_000_000, 'x'))
  rmSync(`${path}/lost+found`, { recursive: true })
  execFileSync('umount', [path])
  const blocks = execFileSync('debugfs', ['-R', 'blocks /unreadable', image], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const last = Math.max(...blocks.trim().split(/\s+/).map(Number))
  const blockSize = Number(
    /Block size:\s+(\d+)/.exec(
      execFileSync('dumpe2fs', ['-h', image], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    )?.[1],
  )
  mount('loop,ro')
  readFileSync(`${path}/good`)
  truncateSync(image, (last - 100) * blockSize)
  return { reason: 'input/output error', [Symbol.dispose]: () => void execFileSync('umount', ['-l', path]) }
}
