import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { startWebdavServer, type TestServer } from '@holdfast/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeTree, openCommandLine } from './command-line.ts'
import { writeRemotes } from './remote-config.ts'
import { startAgent } from './start-agent.ts'

type Summary = {
  ok: boolean
  copied: { objects: number; snapshots: number }
  deleted: { snapshots: number }
  heldBack: { code: string } | null
}

let webdav: TestServer
beforeAll(async () => {
  webdav = await startWebdavServer()
})
afterAll(async () => {
  await webdav[Symbol.asyncDispose]()
})

describe('holdfast vault copy', { timeout: 120_000 }, () => {
  it('makes a second copy that restores without the first, and follows it', async () => {
    await using cli = openCommandLine()
    writeRemotes(cli.at('remotes.conf'), { dav: webdav.remote })
    const key = ['--passphrase-file', 'passphrase', '--rclone-config', 'remotes.conf']
    const [from, to] = ['first', 'dav:second/copy']
    const copy = ['vault', 'copy', '--from', from, '--to', to, ...key]
    mkdirSync(cli.at('src'))
    writeFileSync(cli.at('src/a'), 'a'.repeat(200_000))
    await cli.run(['vault', 'create', from, ...key])
    await cli.run(['backup', 'src', '--to', from, ...key])

    const first = await cli.json<Summary>([...copy, '--no-check'])
    expect(first).toMatchObject({ code: 0, document: { ok: true, copied: { snapshots: 1 } } })

    writeFileSync(cli.at('src/b'), 'new')
    await cli.run(['backup', 'src', '--to', from, ...key])
    await cli.run(['prune', '--from', from, '--keep-last', '1', '--grace', '0', ...key])
    const second = await cli.json<Summary>(copy)
    expect(second.document).toMatchObject({ ok: true, copied: { snapshots: 1 }, deleted: { snapshots: 1 } })
    expect(second.code).toBe(0)

    // A copy that is behind is whole all the same; the last run then burns with the first vault.
    await cli.run(['backup', 'src', '--to', from, ...key])
    rmSync(cli.at('first'), { recursive: true })
    expect(await cli.json(['check', '--from', to, '--read', 'all', ...key])).toMatchObject({
      code: 0,
      document: { ok: true, damaged: [], garbage: [] },
    })
    await cli.run(['restore', '--from', to, '--snapshot', 'latest', '--to', 'out', ...key])
    expect(describeTree(cli.at('out/src'))).toBe(describeTree(cli.at('src')))
    // What is gone for good is not taken for an empty vault.
    expect(await cli.run(copy)).toMatchObject({ code: 1 })
  })

  it('is kept by a plan, which takes its place and gives it up', async () => {
    await using cli = openCommandLine()
    await using _agent = await startAgent(cli)
    mkdirSync(cli.at('src'))
    writeFileSync(cli.at('src/a'), 'a')
    type Plan = { options: { copies: { path: string }[] } }
    const add = ['plan', 'add', 'Papers', 'src', '--to', 'vault', '--plain', '--manual']
    const made = await cli.json<Plan>([...add, '--copy-to', 'second'])
    expect(made.document.options.copies).toEqual([{ kind: 'folder', path: cli.at('second') }])
    const shown = await cli.run(['plan', 'edit', 'Papers', '--copy-to', 'third'])
    expect(shown.stdout).toContain(`copy   ${cli.at('third')}`)
    expect(await cli.run(['plan', 'edit', 'Papers', '--copy-to', 'vault/v1'])).toMatchObject({ code: 2 })
    const none = await cli.json<Plan>(['plan', 'edit', 'Papers', '--no-copies'])
    expect(none.document.options.copies).toEqual([])
    const other = await cli.json<Plan>(['plan', 'edit', 'Papers', '--name', 'Letters'])
    expect(other.document.options.copies).toEqual([])
  })

  it('refuses the vault itself, other files and another vault', async () => {
    await using cli = openCommandLine()
    await cli.run(['vault', 'create', 'one', '--plain'])
    await cli.run(['vault', 'create', 'other', '--plain'])
    mkdirSync(cli.at('photos'))
    writeFileSync(cli.at('photos/me.jpg'), 'me')
    const to = (place: string) => cli.run(['vault', 'copy', '--from', 'one', '--to', place])
    expect((await to('one')).code).toBe(2)
    expect((await to('one/v1')).code).toBe(2)
    expect((await to('photos')).stderr).toContain('me.jpg')
    expect((await to('other')).stderr).toContain('Another vault')
    expect(await to('copy')).toMatchObject({ code: 0 })
    expect((await to('copy')).stdout).toContain('was up to date')
  })
})
