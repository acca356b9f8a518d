import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { configKey } from './config-key.ts'
import { isSealedConfig, openConfig } from './open-config.ts'
import { sealConfig } from './seal-config.ts'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (content: string) => new TextEncoder().encode(content)
const HEADER = '# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\n'

// From rclone's own fs/config/testdata/encrypted.conf, password asdf.
const GOLDEN_TEXT =
  '[nounc]\r\ntype = local\r\nnounc = true\r\n\r\n[unc]\r\ntype = local\r\nnounc = false\r\n\r\n'
const GOLDEN_NONCE = Buffer.from('6f9524ea61377149f959bf318966275410315d48ab01a106', 'hex')
const GOLDEN_BASE64 =
  'b5Uk6mE3cUn5Wb8xiWYnVBAxXUirAaEG1PO/GIDiO9274AO+Yj790BwJA4d2y7lNkmHt4nJwIsoueFvUYmm7RDyzER8IA3XOCrjzl3OUcczZqcplk5JfBdhxMZpt1aGYWUdle1IgO/kAFne6sLD6IuxPySEb'

test("rclone's own sealed file opens, and is made again byte for byte", () => {
  expect(text(openConfig(bytes(HEADER + GOLDEN_BASE64), 'asdf'))).toBe(GOLDEN_TEXT)
  expect(text(sealConfig(GOLDEN_TEXT, 'asdf', GOLDEN_NONCE))).toBe(HEADER + GOLDEN_BASE64)
  expect(text(sealConfig(bytes(GOLDEN_TEXT), 'asdf', GOLDEN_NONCE))).toBe(HEADER + GOLDEN_BASE64)
})

test('the key is the one that rclone makes, and one for all spellings of a password', () => {
  const key = '71efa752967fc482cfd122f02bc39724e282a6f73afb46fc7f99106ae004f227'
  expect(Buffer.from(configKey('asdf')).toString('hex')).toBe(key)
  expect(configKey('\uFB00A\u030A')).toEqual(configKey('ff\u00C5'))
  expect(configKey(' asdf ')).not.toEqual(configKey('asdf'))
})

test.each([
  ['Windows line ends', `# c\r\n\r\nRCLONE_ENCRYPT_V0:\r\n${GOLDEN_BASE64}\r\n`],
  ['base64 in several lines', `${HEADER}${GOLDEN_BASE64.replaceAll(/.{40}/g, '$&\n')}\n`],
  ['other comments and spaces before the mark', `\n ; c\n\t# d\n\n  RCLONE_ENCRYPT_V0:  \n${GOLDEN_BASE64}`],
])('%s are read', (_name, sealed) => {
  expect(isSealedConfig(bytes(sealed))).toBe(true)
  expect(text(openConfig(bytes(sealed), 'asdf'))).toBe(GOLDEN_TEXT)
})

test.each([
  ['plain text', '[a]\ntype = local\n', 'CONFIG_NOT_SEALED'],
  ['an empty file', '', 'CONFIG_NOT_SEALED'],
  ['only comments', '# a\n; b\n', 'CONFIG_NOT_SEALED'],
  ['a later format', `RCLONE_ENCRYPT_V1:\n${GOLDEN_BASE64}`, 'CONFIG_NEWER'],
  ['something after the mark in its line', `RCLONE_ENCRYPT_V0: x\n${GOLDEN_BASE64}`, 'CONFIG_NEWER'],
  ['nothing after the mark', 'RCLONE_ENCRYPT_V0:', 'CONFIG_DAMAGED'],
  ['a file cut short', `${HEADER}${GOLDEN_BASE64.slice(0, 48)}`, 'CONFIG_DAMAGED'],
  ['base64 cut in the middle of a group', `${HEADER}${GOLDEN_BASE64.slice(0, 99)}`, 'CONFIG_DAMAGED'],
  ['something else than base64', `${HEADER}b5Uk6m-3cUn5${GOLDEN_BASE64.slice(12)}`, 'CONFIG_DAMAGED'],
  ['a lost end', `${HEADER}${GOLDEN_BASE64.slice(0, 96)}`, 'CONFIG_WRONG_PASSWORD'],
  ['a changed byte', `${HEADER}${GOLDEN_BASE64.replace('PO', 'PP')}`, 'CONFIG_WRONG_PASSWORD'],
])('%s is refused', (_name, sealed, code) => {
  expect(() => openConfig(bytes(sealed), 'asdf')).toThrow(
    expect.objectContaining({ name: 'ConfigError', code }),
  )
})

test('a wrong password and an unusable one are refused, and neither shows in the error', () => {
  const wrong = () => openConfig(bytes(HEADER + GOLDEN_BASE64), 'qwertz')
  expect(wrong).toThrow(expect.objectContaining({ code: 'CONFIG_WRONG_PASSWORD' }))
  expect(wrong).not.toThrow('qwertz')
  for (const password of ['', ' \t\n', '\uD800x'])
    expect(() => sealConfig('x', password, GOLDEN_NONCE)).toThrow(
      expect.objectContaining({ code: 'CONFIG_PASSWORD_INVALID' }),
    )
  expect(() => sealConfig('x', 'pw', new Uint8Array(12))).toThrow(RangeError)
})

test('an empty config and odd bytes come back', () => {
  expect(openConfig(sealConfig('', 'pw', GOLDEN_NONCE), 'pw')).toHaveLength(0)
  const odd = Uint8Array.from({ length: 1000 }, (_, i) => i % 256)
  expect(Buffer.from(openConfig(sealConfig(odd, 'pw', GOLDEN_NONCE), 'pw')).equals(odd)).toBe(true)
})

const PASSWORD = 'pass wörd \uFB00'

async function folder(): Promise<AsyncDisposable & { file: string }> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-sealed-'))
  return {
    file: join(path, 'rclone.conf'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

test('rclone reads what we seal, and says so when the password is wrong', async () => {
  await using place = await folder()
  await writeFile(place.file, sealConfig('[disk]\ntype = local\nnounc = ü\n', PASSWORD, GOLDEN_NONCE))
  const dump = (password: string) =>
    promisify(execFile)('rclone', ['--config', place.file, '--ask-password=false', 'config', 'dump'], {
      env: { PATH: process.env.PATH, RCLONE_CONFIG_PASS: password },
    })
  expect(JSON.parse((await dump(PASSWORD)).stdout)).toEqual({ disk: { type: 'local', nounc: 'ü' } })
  // rclone then tries its other ways to a password, and says what it needed it for.
  await expect(dump('wrong')).rejects.toMatchObject({
    stderr: expect.stringMatching(/decrypt configuration/i),
  })
})

test('we read what rclone seals', async () => {
  await using place = await folder()
  await writeFile(place.file, sealConfig('[disk]\ntype = local\n', PASSWORD, GOLDEN_NONCE))
  const run = spawn(
    'rclone',
    ['--config', place.file, 'config', 'create', 'second', 'alias', 'remote', '/tmp'],
    {
      env: { PATH: process.env.PATH, RCLONE_CONFIG_PASS: PASSWORD },
      stdio: 'ignore',
    },
  )
  expect(await new Promise((resolve) => run.on('close', resolve))).toBe(0)
  const sealed = await readFile(place.file)
  expect(sealed.toString('latin1')).toMatch(/^# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\n/)
  expect(text(openConfig(sealed, PASSWORD))).toBe(
    '[disk]\ntype = local\n\n[second]\ntype = alias\nremote = /tmp\n\n',
  )
})
