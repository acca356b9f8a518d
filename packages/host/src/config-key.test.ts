import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ConfigKeySettings, configKeySettings, readConfigKey, withoutOwn } from './config-key.ts'
import { findKeyring, type Keyring } from './keyring.ts'
import { runProgram } from './run-program.ts'
import { splitCommand } from './split-command.ts'

const KEY = 'x7w0Jm2Zk9qLr4Tn8Vb3Yc6Hf1Gd5Sa0Pe2Uo4Ii7'
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin'
let dir = ''

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-config-key-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function script(name: string, text: string): Promise<string> {
  const file = join(dir, name)
  await writeFile(file, `#!/bin/sh\n${text}\n`)
  await chmod(file, 0o755)
  return file
}

function said(
  environment: Record<string, string>,
  keyring: () => Promise<Keyring | undefined> = async () => undefined,
): ConfigKeySettings {
  return configKeySettings({ PATH: SYSTEM_PATH, ...environment }, keyring)
}

describe('a command without a shell', () => {
  test.each([
    ['pass show  holdfast', ['pass', 'show', 'holdfast']],
    ['"/opt/my tools/key" --of \'a b\'c', ['/opt/my tools/key', '--of', 'a bc']],
    ['["echo", "$HOME `x`; y", ""]', ['echo', '$HOME `x`; y', '']],
    ['echo ""', ['echo', '']],
    ['', undefined],
    [' \n', undefined],
    ['echo "open', undefined],
    ['["echo", 1]', undefined],
    ['[]', undefined],
    ['["echo"', undefined],
  ])('%s', (text, words) => {
    expect(splitCommand(text)).toEqual(words)
  })
})

test('the key comes from the environment, and a short one is refused without being told', async () => {
  expect(await readConfigKey('environment', dir, said({ HOLDFAST_CONFIG_KEY: KEY }))).toBe(KEY)
  expect(await readConfigKey('environment', dir, said({}))).toBeUndefined()
  const short = readConfigKey('environment', dir, said({ HOLDFAST_CONFIG_KEY: 'my dog Rex' }))
  await expect(short).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: expect.not.stringContaining('Rex'),
  })
  expect(() => said({ HOLDFAST_CONFIG_KEY_FROM: 'somewhere' })).toThrow(
    expect.objectContaining({ code: 'INPUT_INVALID' }),
  )
})

test('a command prints the key: no shell reads it, and none of our variables reaches it', async () => {
  const file = await script(
    'print key',
    `printf '%s\\r\\n' "$1${'$'}{HOLDFAST_PASSPHRASE}${'$'}{RCLONE_CONFIG_PASS}"`,
  )
  const command = JSON.stringify([file, `${KEY}$(id)`])
  const environment = {
    HOLDFAST_CONFIG_KEY_COMMAND: command,
    HOLDFAST_PASSPHRASE: 'p',
    RCLONE_CONFIG_PASS: 'q',
  }
  expect(await readConfigKey('command', dir, said(environment))).toBe(`${KEY}$(id)`)
  expect(withoutOwn({ PATH: 'x', HOLDFAST_CONFIG_KEY: 'y', RCLONE_CONFIG_PASS: 'z', A: undefined })).toEqual({
    PATH: 'x',
  })
})

test('a command that fails is told without what it printed', async () => {
  const file = await script('fails', `echo ${KEY}; echo ${KEY} >&2; exit 3`)
  for (const [command, how] of [
    [file, 'exit code 3'],
    [join(dir, 'nothing'), 'does not start'],
    ['"', 'is not a command'],
  ]) {
    const reading = readConfigKey('command', dir, said({ HOLDFAST_CONFIG_KEY_COMMAND: command ?? '' }))
    await expect(reading).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(how ?? ''),
    })
    await expect(reading).rejects.toMatchObject({ message: expect.not.stringContaining(KEY) })
  }
})

test('a program that does not end is killed, also when a child of it keeps its output open', async () => {
  const file = await script('hangs', 'sleep 9 & sleep 9')
  const start = performance.now()
  const end = await runProgram([file], { environment: { PATH: SYSTEM_PATH }, timeoutMs: 300 })
  expect(end.exitCode).toBeNull()
  expect(performance.now() - start).toBeLessThan(8000)
})

describe('the keyring', () => {
  /** A `secret-tool` that keeps its secrets in a folder, by all attributes but the label. */
  const tool = () =>
    script(
      'secret-tool',
      `echo "$@" >> '${dir}/arguments'
       [ -e '${dir}/broken' ] && { echo 'Cannot autolaunch' >&2; exit 1; }
       verb=$1; shift; case $1 in --label=*) shift;; esac
       file='${dir}/'$(echo "$*" | tr -c 'a-z0-9\\n' _)
       case $verb in
         store) cat > "$file";;
         lookup) [ -e "$file" ] && cat "$file" || exit 1;;
         clear) rm -f "$file";;
       esac`,
    )
  const linux = (environment: Record<string, string>) =>
    findKeyring({
      platform: 'linux',
      path: `${dir}:${SYSTEM_PATH}`,
      environment: { PATH: SYSTEM_PATH, ...environment },
    })

  test('keeps a key for each home, gives it back, and no argument ever holds it', async () => {
    await tool()
    const keyring = await linux({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/x' })
    expect(await keyring?.get('/home/a')).toBeUndefined()
    await keyring?.set('/home/a', KEY)
    expect(await keyring?.get('/home/a')).toBe(KEY)
    expect(await keyring?.get('/home/b')).toBeUndefined()
    expect(
      await readConfigKey(
        'keyring',
        '/home/a',
        said({}, async () => keyring),
      ),
    ).toBe(KEY)
    await keyring?.remove('/home/a')
    expect(await keyring?.get('/home/a')).toBeUndefined()
    expect(await readFile(join(dir, 'arguments'), 'utf8')).not.toContain(KEY)
  })

  test('that does not answer is no keyring without a key', async () => {
    await tool()
    await writeFile(join(dir, 'broken'), '')
    try {
      const keyring = await linux({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/x' })
      await expect(keyring?.get('/home/a')).rejects.toMatchObject({ code: 'LOCKED' })
      await expect(keyring?.set('/home/a', KEY)).rejects.toMatchObject({ code: 'LOCKED' })
    } finally {
      await rm(join(dir, 'broken'))
    }
  })

  test('is not there without a session bus, without its program, and on a system that has none', async () => {
    await tool()
    expect(await linux({})).toBeUndefined()
    const environment = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/x' }
    expect(await findKeyring({ platform: 'linux', path: '/nowhere', environment })).toBeUndefined()
    expect(await findKeyring({ platform: 'win32', path: dir, environment })).toBeUndefined()
  })

  test('of macOS is given the key on standard input', async () => {
    await script(
      'security',
      `case $1 in
         -i) sed -n 's/.*-a "\\([^"]*\\)" -w "\\([^"]*\\)"$/\\2/p' > '${dir}/mac';;
         find-generic-password) [ -e '${dir}/mac' ] && cat '${dir}/mac' || exit 44;;
         delete-generic-password) rm -f '${dir}/mac';;
       esac`,
    )
    const keyring = await findKeyring({ platform: 'darwin', path: dir, environment: { PATH: SYSTEM_PATH } })
    expect(await keyring?.get('/Users/a')).toBeUndefined()
    await keyring?.set('/Users/a', KEY)
    expect(await keyring?.get('/Users/a')).toBe(KEY)
    await keyring?.remove('/Users/a')
    expect(await keyring?.get('/Users/a')).toBeUndefined()
  })
})
