import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { obscure } from '@holdfast/rclone'
import { openBreakableLine, startSftpServer, startWebdavServer, type TestServer } from '@holdfast/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, isRoot, openCommandLine } from './command-line.ts'
import { writeRemotes } from './remote-config.ts'

type Summary = {
  outcome: string
  snapshot: string
  filesNew: number
  filesChanged: number
  bytesRead: number
}
type Listed = { id: string; files: number; outcome: string }[]

const KEY = ['--passphrase-file', 'passphrase', '--rclone-config', 'remotes.conf']
const NOTE = 'The remote "'

let sftp: TestServer
let webdav: TestServer
beforeAll(async () => {
  ;[sftp, webdav] = await Promise.all([startSftpServer(), startWebdavServer()])
})
afterAll(async () => {
  await sftp[Symbol.asyncDispose]()
  await webdav[Symbol.asyncDispose]()
})

// Each walk starts the program nine times.
describe('holdfast on a remote', { timeout: 180_000 }, () => {
  it.each([
    ['OpenSSH', `disk:%/encrypted/sub`, []],
    ['nginx WebDAV', 'dav:encrypted/sub', []],
    ["a crypt remote of the user's own over OpenSSH", 'secret:encrypted', []],
    ["a crypt remote of the user's own over OpenSSH, plain", 'secret:plain', ['--plain']],
  ])('makes the whole walk on %s', async (_name, place, plain) => {
    await using cli = openCommandLine()
    writeUserRemotes(cli)
    const dest = place.replace('%', sftp.root)
    const on = ['--from', dest, ...KEY]
    makeTree(cli.at('src'))

    const made = await cli.json(['vault', 'create', dest, ...plain, ...KEY])
    expect(made).toMatchObject({ code: 0, document: { encrypted: plain.length === 0 } })
    const first = await cli.json<Summary>(['backup', 'src', '--to', dest, ...KEY])
    expect(first).toMatchObject({ code: 0, document: { outcome: 'complete', filesNew: 6 } })
    expect(first.stderr).toContain(NOTE)
    const before = describeTree(cli.at('src'), { owners: isRoot })

    writeFileSync(cli.at('src/sub/b'), 'another b')
    writeFileSync(cli.at('src/new'), 'new')
    rmSync(cli.at('src/a'))
    const second = await cli.json<Summary>(['backup', 'src', '--to', dest, ...KEY])
    expect(second).toMatchObject({ code: 0, document: { filesNew: 1, filesChanged: 1 } })
    const after = describeTree(cli.at('src'), { owners: isRoot })

    const listed = await cli.json<Listed>(['snapshots', ...on])
    expect(listed.document.map(({ id }) => id)).toEqual([second.document.snapshot, first.document.snapshot])
    const entries = await cli.json<{ path: string }[]>(['ls', 'src', '--recursive', ...on])
    expect(entries.document.map(({ path }) => path)).toContain('src/new')
    expect(entries.document.map(({ path }) => path)).not.toContain('src/a')

    for (const [snapshot, tree] of [
      [first.document.snapshot, before],
      ['latest', after],
    ] as const) {
      const back = await cli.json(['restore', '--snapshot', snapshot, '--to', `out-${snapshot}`, ...on])
      expect(back).toMatchObject({ code: 0, document: { files: 6, verified: true, skipped: [] } })
      expect(describeTree(cli.at(`out-${snapshot}/src`), { owners: isRoot })).toBe(tree)
    }
    const checked = await cli.json(['check', '--read', 'all', ...on])
    expect(checked).toMatchObject({ code: 0, document: { ok: true, damaged: [], garbage: [] } })
  })

  it.each(['OpenSSH', 'WebDAV'])(
    'fails clearly when %s goes away in the middle, and goes on when it is back',
    async (kind) => {
      await using cli = openCommandLine()
      const server = kind === 'OpenSSH' ? sftp : webdav
      await using line = await openBreakableLine(server.port)
      writeRemotes(cli.at('remotes.conf'), { gone: throughLine(server, line.port) })
      const dest = `gone:${kind === 'OpenSSH' ? `${sftp.root}/` : ''}broken`
      const on = ['--from', dest, ...KEY]
      mkdirSync(cli.at('src'))
      writeFileSync(cli.at('src/first'), 'first')
      await cli.run(['vault', 'create', dest, '--plain', ...KEY])
      const first = await cli.json<Summary>(['backup', 'src', '--to', dest, ...KEY])
      expect(first.code).toBe(0)

      execFileSync('sh', ['-c', 'head -c 20000000 /dev/urandom > big'], { cwd: cli.at('src') })
      const cut = line.cutAfter(6_000_000)
      const failed = await cli.json(['backup', 'src', '--to', dest, ...KEY])
      await cut
      expect(failed).toMatchObject({ code: 1, document: { error: { code: 'REMOTE_UNREACHABLE' } } })

      await line.mend()
      const listed = await cli.json<Listed>(['snapshots', ...on])
      expect(listed.document.map(({ id }) => id)).toEqual([first.document.snapshot])
      expect(await cli.json(['check', '--read', 'all', ...on])).toMatchObject({
        code: 0,
        document: { ok: true },
      })
      const next = await cli.json(['backup', 'src', '--to', dest, ...KEY])
      expect(next).toMatchObject({ code: 0, document: { outcome: 'complete', filesNew: 1 } })
      const back = await cli.json(['restore', '--snapshot', 'latest', '--to', 'out', ...on])
      expect(back).toMatchObject({ code: 0, document: { files: 2, verified: true } })
      expect(describeTree(cli.at('out/src'))).toBe(describeTree(cli.at('src')))
      expect(readdirSync(cli.at('home/spool'))).toEqual([])
    },
  )
})

function writeUserRemotes(cli: CommandLine): void {
  const random = new Uint8Array(16)
  writeRemotes(cli.at('remotes.conf'), {
    disk: sftp.remote,
    dav: webdav.remote,
    secret: {
      type: 'crypt',
      remote: `disk:${join(sftp.root, 'secret')}`,
      password: obscure('their own', random),
      password2: obscure('their salt', random),
    },
  })
}

/** The line has another port than the server, and known hosts are known by their port. */
function throughLine(server: TestServer, port: number): Record<string, string> {
  const { known_hosts_file: _, ...remote } = server.remote
  if (remote.url !== undefined) return { ...remote, url: `http://127.0.0.1:${port}/` }
  return { ...remote, port: String(port) }
}

function makeTree(dir: string): void {
  mkdirSync(join(dir, 'sub/empty folder'), { recursive: true })
  writeFileSync(join(dir, 'a'), 'hello')
  writeFileSync(join(dir, 'sub/b'), 'b')
  writeFileSync(join(dir, 'sub/empty'), '')
  writeFileSync(join(dir, 'sub/line\nbreak "ü"'), 'odd')
  writeFileSync(Buffer.concat([Buffer.from(join(dir, 'sub/')), Buffer.from([0xff, 0x20])]), 'not UTF-8')
  execFileSync('sh', ['-c', 'head -c 3000000 /dev/urandom > sub/big'], { cwd: dir })
  symlinkSync('nowhere', join(dir, 'sub/link'))
  chmodSync(join(dir, 'a'), 0o640)
}
