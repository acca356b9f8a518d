import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type CommandLine, isRoot, openCommandLine } from './command-line.ts'

const FORGE = new URL('../../../packages/vault/src/fuzz/test-forge.ts', import.meta.url)
const Tries = z.record(z.string(), z.object({ snapshot: z.string(), path: z.string() }))

type Answer = {
  files?: number
  skipped?: { path: string; reason: string }[]
  error?: { code: string; message: string }
}

/** A vault whose keys the forger has, as everybody has those of a plain one. */
function forgeHostile(cli: CommandLine): z.infer<typeof Tries> {
  mkdirSync(cli.at('outside'))
  const script = `const { forgeHostileVault } = await import(${JSON.stringify(FORGE.href)})
    console.log(JSON.stringify(await forgeHostileVault(...process.argv.slice(1))))`
  const args = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', script]
  const answer = execFileSync(process.execPath, [...args, cli.at('vault'), cli.at('outside')], {
    encoding: 'utf8',
  })
  return Tries.parse(JSON.parse(answer))
}

describe('a vault made to do harm', () => {
  let cli: CommandLine
  let tries: z.infer<typeof Tries>
  beforeAll(() => {
    cli = openCommandLine()
    tries = forgeHostile(cli)
  })
  afterAll(() => cli[Symbol.asyncDispose]())

  it.each([
    ['leads out of the target by dots', 'dots'],
    ['names an absolute path', 'absolute'],
    ['writes through a link that it made', 'through'],
    ['makes a device', 'device'],
    ['claims thousands of terabytes', 'terabytes'],
    ['lies about the length of a piece', 'lengths'],
    ['unpacks to far more than it says', 'bomb'],
  ])('that %s writes nothing outside, and the restore says so', { timeout: 60_000 }, async (_title, name) => {
    const { snapshot = '', path = '' } = tries[name] ?? {}
    const [out, again] = [`out-${name}`, `again-${name}`]
    const before = [...readdirSync(cli.dir), 'home', out, again]
    const restore = ['restore', '--from', 'vault', '--snapshot', snapshot]
    const answer = await cli.json<Answer>([...restore, '--to', `${out}/deep`])
    expect([1, 3]).toContain(answer.code)
    const said = answer.document.error?.message ?? answer.document.skipped?.map((one) => one.path).join(' ')
    expect(said).toContain(path)
    expect(answer.document.files ?? 0).toBe(0)
    const human = await cli.run([...restore, '--to', `${again}/deep`])
    expect(human.code).toBe(answer.code)
    expect(`${human.stdout}${human.stderr}`).toContain(path)

    expect(readdirSync(cli.at('outside'))).toEqual([])
    expect(before).toEqual(expect.arrayContaining(readdirSync(cli.dir)))
    expect(bytesBelow(cli.at(out)) + bytesBelow(cli.at(again))).toBeLessThan(1_000_000)
    const devices = ['.', '(', '-type', 'b', '-o', '-type', 'c', ')']
    expect(execFileSync('find', devices, { cwd: cli.dir, encoding: 'utf8' })).toBe('')
  })

  it('still gives back what is good in it', { timeout: 60_000 }, async () => {
    const good = ['restore', '--from', 'vault', '--snapshot', '0123abcd-1', '--to', 'good']
    expect(await cli.json(good)).toMatchObject({
      code: 0,
      document: { files: 1, verified: true, skipped: [] },
    })
  })
})

it('root gives no setuid program of an unknown vault to itself', { timeout: 60_000 }, async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('docs'))
  writeFileSync(cli.at('docs/shell'), 'x')
  chmodSync(cli.at('docs/shell'), 0o6755)
  await cli.json(['vault', 'create', 'vault', '--plain'])
  await cli.json(['backup', 'docs', '--to', 'vault'])
  const env = { HOLDFAST_HOME: cli.at('stranger') }
  expect(
    await cli.json(['restore', '--from', 'vault', '--snapshot', 'latest', '--to', 'out'], { env }),
  ).toMatchObject({
    code: 0,
  })
  expect(statSync(cli.at('out/docs/shell')).mode & 0o7777).toBe(isRoot ? 0o755 : 0o6755)
})

it('who is not root gets the files, and is told whose they were', { timeout: 60_000 }, async (context) => {
  if (!isRoot) return context.skip('needs root to make files of others')
  await using cli = openCommandLine()
  mkdirSync(cli.at('docs'))
  writeFileSync(cli.at('docs/of-daemon'), 'a')
  writeFileSync(cli.at('docs/of-nobody'), 'b')
  chownSync(cli.at('docs/of-daemon'), 1, 1)
  chownSync(cli.at('docs/of-nobody'), 65534, 65534)
  await cli.json(['vault', 'create', 'vault', '--plain'])
  await cli.json(['backup', 'docs', '--to', 'vault'])
  execFileSync('chmod', ['-R', 'a+rX', cli.at('vault')])
  const restore = ['restore', '--from', cli.at('vault'), '--snapshot', 'latest', '--to', cli.at('shared/out')]
  const answer = await cli.json<Answer>(restore, { user: true })
  expect(answer).toMatchObject({
    code: 0,
    document: { files: 2, ownersLeftOut: [{ uid: 0 }, { uid: 1, gid: 1 }] },
  })
  expect(answer.stderr).toContain('1:1')
  expect(statSync(cli.at('shared/out/docs/of-daemon')).uid).toBe(65534)
})

function bytesBelow(dir: string): number {
  if (!existsSync(dir)) return 0
  return Number(execFileSync('du', ['-sB1', dir], { encoding: 'utf8' }).split('\t')[0])
}
