import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { type CommandLine, openCommandLine } from './command-line.ts'

const CLEAR = '[disk]\ntype = local\nnounc = ü\n\n[nas]\ntype = alias\nremote = disk:/srv\n'

function rcloneShow(file: string, password: string): Promise<{ stdout: string }> {
  return promisify(execFile)('rclone', ['--config', file, '--ask-password=false', 'config', 'show'], {
    env: { PATH: process.env.PATH, RCLONE_CONFIG_PASS: password },
  })
}

function withConfig(cli: CommandLine): string {
  writeFileSync(cli.at('rclone.conf'), CLEAR, { mode: 0o640 })
  chmodSync(cli.at('rclone.conf'), 0o640)
  writeFileSync(cli.at('pw'), 'first pass wörd\n')
  writeFileSync(cli.at('pw2'), 'second\n')
  return cli.at('rclone.conf')
}

test('what `config seal` seals rclone reads, and `config open` gives back byte for byte', async () => {
  await using cli = openCommandLine()
  const file = withConfig(cli)
  expect(await cli.run(['config', 'seal', 'rclone.conf', '--password-file', 'pw'])).toMatchObject({ code: 0 })
  expect(readFileSync(file, 'latin1')).toMatch(
    /^# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\n/,
  )
  expect(statSync(file).mode & 0o777).toBe(0o640)
  expect(readdirSync(cli.dir).sort()).toEqual(['passphrase', 'pw', 'pw2', 'rclone.conf', 'shared'])
  expect((await rcloneShow(file, 'first pass wörd')).stdout).toContain('nounc = ü')

  const opened = await cli.run(['config', 'open', 'rclone.conf'], {
    env: { RCLONE_CONFIG_PASS: 'first pass wörd' },
  })
  expect(opened).toMatchObject({ code: 0, stdout: CLEAR })
  const key = { HOLDFAST_CONFIG_KEY: 'first pass wörd' }
  expect((await cli.json<object>(['config', 'open', 'rclone.conf'], { env: key })).document).toEqual({
    file: 'rclone.conf',
    text: CLEAR,
  })
})

test('`config open` reads what rclone sealed, into a file that is never written over unasked', async () => {
  await using cli = openCommandLine()
  const file = withConfig(cli)
  await cli.run(['config', 'seal', 'rclone.conf', '--password-file', 'pw'])
  // rclone seals the whole file anew when it changes it.
  await promisify(execFile)(
    'rclone',
    ['--config', file, 'config', 'create', 'third', 'alias', 'remote', '/x'],
    {
      env: { PATH: process.env.PATH, RCLONE_CONFIG_PASS: 'first pass wörd' },
    },
  )
  const open = ['config', 'open', 'rclone.conf', '--password-file', 'pw', '--out', 'clear.conf']
  expect(await cli.run(open)).toMatchObject({ code: 0 })
  expect(readFileSync(cli.at('clear.conf'), 'utf8')).toContain('[third]\ntype = alias\nremote = /x\n')
  expect(statSync(cli.at('clear.conf')).mode & 0o777).toBe(0o600)
  writeFileSync(cli.at('clear.conf'), 'mine')
  expect(await cli.run(open)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('TARGET_NOT_WRITABLE'),
  })
  expect(readFileSync(cli.at('clear.conf'), 'utf8')).toBe('mine')
  expect(await cli.run([...open, '--force'])).toMatchObject({ code: 0 })
  expect(readFileSync(cli.at('clear.conf'), 'utf8')).toContain('[disk]')
})

test('`config rotate` takes the old password and leaves only the new one', async () => {
  await using cli = openCommandLine()
  const file = withConfig(cli)
  await cli.run(['config', 'seal', 'rclone.conf', '--password-file', 'pw'])
  const rotate = ['config', 'rotate', 'rclone.conf', '--password-file', 'pw', '--new-password-file', 'pw2']
  expect(await cli.run(rotate)).toMatchObject({ code: 0 })
  expect((await rcloneShow(file, 'second')).stdout).toContain('[nas]')
  await expect(rcloneShow(file, 'first pass wörd')).rejects.toThrow()
  const before = readFileSync(file)
  expect(await cli.run(rotate)).toMatchObject({ code: 4, stderr: expect.stringContaining('Code: LOCKED') })
  expect(readFileSync(file)).toEqual(before)
})

test.each([
  ['no configuration', 'hello world\n', 'CONFIG_DAMAGED', 1],
  ['bytes that are no text', '\0\u0001\u0002', 'CONFIG_DAMAGED', 1],
  ['one that is sealed already', undefined, 'INPUT_INVALID', 2],
])('%s is refused and left as it is', async (_what, content, code, exit) => {
  await using cli = openCommandLine()
  const file = withConfig(cli)
  if (content === undefined) await cli.run(['config', 'seal', 'rclone.conf', '--password-file', 'pw'])
  else writeFileSync(file, content)
  const before = readFileSync(file)
  const answer = await cli.run(['config', 'seal', 'rclone.conf', '--password-file', 'pw'])
  expect(answer).toMatchObject({ code: exit, stderr: expect.stringContaining(`Code: ${code}`) })
  expect(readFileSync(file)).toEqual(before)
})

test('a missing password, a missing file and a file that is not sealed are told apart', async () => {
  await using cli = openCommandLine()
  withConfig(cli)
  expect(await cli.run(['config', 'seal', 'rclone.conf'])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('Give --password-file'),
  })
  expect(await cli.run(['config', 'open', 'nothing.conf', '--password-file', 'pw'])).toMatchObject({
    code: 2,
  })
  expect(await cli.run(['config', 'open', 'rclone.conf', '--password-file', 'pw'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is not sealed'),
  })
})

test("Holdfast's own configuration is not sealed with another key behind the agent's back", async () => {
  await using cli = openCommandLine()
  withConfig(cli)
  mkdirSync(cli.at('home'))
  writeFileSync(cli.at('home/rclone.conf'), CLEAR)
  const answer = await cli.run(['config', 'seal', 'home/rclone.conf', '--password-file', 'pw'])
  expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining('HOLDFAST_CONFIG_KEY_FROM') })
  expect(readFileSync(cli.at('home/rclone.conf'), 'utf8')).toBe(CLEAR)
})
