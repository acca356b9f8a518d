import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { SERVICE_SCOPES } from '@holdfast/domain'
import { describe, expect, test } from 'vitest'
import { serviceByHand } from './service-by-hand.ts'
import type { ServiceCommand } from './service-command.ts'
import { serviceEnvironment } from './service-environment.ts'
import { renderSystemdUnit } from './systemd-unit.ts'
import { renderEnvironmentFile } from './windows-task.ts'

const run = promisify(execFile)

const PLAIN: ServiceCommand = {
  program: '/opt/holdfast/node',
  args: ['--disable-warning=ExperimentalWarning', '/opt/holdfast/apps/agent/src/main.ts'],
  ...{ home: '/home/ada/.local/share/holdfast', userHome: '/home/ada', path: '/usr/local/bin:/usr/bin:/bin' },
  ...{ environment: { HOLDFAST_PORT: '8421' }, leftOut: [] },
}
/** Everything that a shell, systemd, XML or cron reads as something else. */
const ODD = `/home/ada/it's 100% "safe" & <cheap> $HOME \\o/`

async function folder(): Promise<AsyncDisposable & { at: (...names: string[]) => string }> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-service-'))
  return {
    at: (...names) => join(path, ...names),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

describe('the files that service systems read', () => {
  test.each(SERVICE_SCOPES)('of systemd, for the %s', async (scope) => {
    await expect(renderSystemdUnit(PLAIN, scope)).toMatchFileSnapshot(`fixtures/${scope}.service`)
  })

  test('of macOS and Windows, said to be untried, and a line for cron', async () => {
    const mac = serviceByHand({ ...PLAIN, home: ODD }, { platform: 'darwin', uid: 501 })
    await expect(mac.text).toMatchFileSnapshot('fixtures/launchd.plist')
    expect(mac).toMatchObject({
      path: '/home/ada/Library/LaunchAgents/holdfast.agent.plist',
      commands: ['launchctl bootstrap gui/501 /home/ada/Library/LaunchAgents/holdfast.agent.plist'],
      tried: false,
    })
    const windows = {
      ...PLAIN,
      ...{ program: 'C:\\Program Files\\Holdfast\\node.exe', args: ['C:\\Program Files\\Holdfast\\main.ts'] },
      ...{ home: "C:\\Users\\Ada O'Neil\\holdfast", userHome: "C:\\Users\\Ada O'Neil" },
    }
    const task = serviceByHand(windows, { platform: 'win32', uid: -1 })
    await expect(task.text).toMatchFileSnapshot('fixtures/windows-task.xml')
    expect(task.tried).toBe(false)
    const cron = serviceByHand(PLAIN, { platform: 'linux', uid: 1000 })
    await expect(`${cron.text}\n`).toMatchFileSnapshot('fixtures/crontab.txt')
  })

  test('hold whatever a path is made of, but no line end', () => {
    const unit = renderSystemdUnit({ ...PLAIN, program: `${ODD}/node`, home: ODD }, 'user')
    const words = `it's 100%% \\"safe\\" & <cheap> $HOME \\\\o/`
    expect(unit).toContain(`ExecStart="/home/ada/${words}/node"`)
    expect(unit).toContain(`Environment="HOLDFAST_HOME=/home/ada/${words}"`)
    expect(renderSystemdUnit({ ...PLAIN, args: ['$HOME'] }, 'user')).toContain('"$$HOME"\n')
    for (const home of ['/tmp/a\nExecStartPre=/bin/evil', '/tmp/a\u0000b'])
      expect(() => renderSystemdUnit({ ...PLAIN, home }, 'system')).toThrow(/control character/)
  })

  test('as a line of the crontab runs in a shell what was asked for', async () => {
    await using dir = await folder()
    const home = dir.at("it's 100% $HOME")
    await mkdir(home)
    const line = serviceByHand(
      { ...PLAIN, program: '/bin/sh', args: ['-c', 'echo "$HOLDFAST_HOME"; nice'], home },
      { platform: 'linux', uid: 0 },
    ).text
    expect(line).toMatch(/^@reboot /)
    // What cron does with it before a shell gets it.
    const command = line.replace('@reboot ', '').replaceAll('\\%', '%')
    await run('/bin/sh', ['-c', command.replace(/ >>.*$/, '')]).then(({ stdout }) =>
      expect(stdout.split('\n')[0]).toBe(home),
    )
    await expect(run('/bin/sh', ['-c', command])).resolves.toMatchObject({ stdout: '' })
  })
})

test('the environment that Node reads for a Windows task is what was written', async () => {
  await using dir = await folder()
  const odd = { "it's": "C:\\new\\Ada O'Neil", plain: 'C:\\new 100% "q" #x $HOME' }
  const environment = { HOLDFAST_A: odd["it's"], HOLDFAST_B: odd.plain }
  await writeFile(dir.at('service.env'), renderEnvironmentFile({ ...PLAIN, environment }))
  const print = 'console.log(JSON.stringify([process.env.HOLDFAST_A, process.env.HOLDFAST_B]))'
  const args = [`--env-file=${dir.at('service.env')}`, '-e', print]
  const { stdout } = await run(process.execPath, args, { env: {} })
  expect(JSON.parse(stdout)).toEqual([odd["it's"], odd.plain])
})

describe('systemd itself', () => {
  test.each(SERVICE_SCOPES)('finds nothing wrong with the unit for the %s', async (scope) => {
    await using dir = await folder()
    const [file, odd] = [dir.at('holdfast.service'), dir.at('odd.service')]
    const program = process.execPath
    await writeFile(file, renderSystemdUnit({ ...PLAIN, program }, scope))
    await writeFile(odd, renderSystemdUnit({ ...PLAIN, program, home: ODD, args: [ODD] }, scope))
    const env = { ...process.env, XDG_RUNTIME_DIR: dir.at(), HOME: dir.at() }
    const whose = scope === 'user' ? '--user' : '--system'
    for (const unit of [file, odd]) {
      const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', whose, unit], { env })
      expect(`${stdout}${stderr}`).toBe('')
    }
  })

  test('finds the machine’s service much less exposed than one that says nothing', async () => {
    await using dir = await folder()
    await writeFile(dir.at('holdfast.service'), renderSystemdUnit(PLAIN, 'system'))
    await writeFile(dir.at('bare.service'), '[Service]\nExecStart=/bin/true\n')
    const exposure = async (name: string) => {
      const args = ['security', '--offline=true', '--no-pager', '--threshold=100', dir.at(name)]
      const { stdout } = await run('systemd-analyze', args, { env: { ...process.env, LC_ALL: 'C' } })
      return Number(/Overall exposure level[^:]*: ([0-9.]+)/.exec(stripVTControlCharacters(stdout))?.[1])
    }
    expect(await exposure('bare.service')).toBeGreaterThan(9)
    expect(await exposure('holdfast.service')).toBeLessThan(7)
  })
})

describe('a restored or backed up file', () => {
  test('is out of reach of no service: nothing changes what the agent sees or may make', () => {
    for (const scope of SERVICE_SCOPES) {
      const unit = renderSystemdUnit(PLAIN, scope)
      expect(unit).not.toMatch(
        /^(Protect\w+|Private\w+|ReadOnlyPaths|InaccessiblePaths|TemporaryFileSystem|RootDirectory|DynamicUser|RestrictSUIDSGID|DeviceAllow|DevicePolicy|RestrictNamespaces|UMask)=/m,
      )
      const dropped = [...unit.matchAll(/^CapabilityBoundingSet=~(.*)$/gm)].map(([, list]) => list).join(' ')
      expect(dropped).not.toMatch(/CAP_(DAC|CHOWN|FOWNER|FSETID|MKNOD|SETFCAP|SETUID|SETGID|KILL|MAC)/)
    }
    expect(renderSystemdUnit(PLAIN, 'user')).not.toMatch(/^(NoNewPrivileges|SystemCall|Restrict|Lock)/m)
  })
})

describe('the environment of a service', () => {
  test('holds what the agent needs and no secret', () => {
    const { kept, leftOut } = serviceEnvironment({
      ...{ HOLDFAST_PORT: '9000', HOLDFAST_LAN: '1', HOLDFAST_BIND: '', TZ: 'Europe/Vienna', LANG: 'de_AT' },
      ...{ HOLDFAST_CONFIG_KEY: 'canary-1', HOLDFAST_PASSPHRASE: 'canary-2', RCLONE_CONFIG_PASS: 'canary-3' },
      HOLDFAST_RCLONE_RC_PASSWORD: 'canary-4',
      ...{ HTTPS_PROXY: 'http://ada:canary-4@proxy:3128', https_proxy: 'http://proxy:3128' },
      ...{
        AWS_SECRET_ACCESS_KEY: 'canary-5',
        RCLONE_CONFIG: '/home/ada/rclone.conf',
        SSH_AUTH_SOCK: '/tmp/s',
      },
      ...{ HOLDFAST_ORIGINS: 'https://nas:8421', HOLDFAST_NEW_THING: 'canary-6', NODE_OPTIONS: '--inspect' },
    })
    expect(kept).toEqual({
      ...{ HOLDFAST_LAN: '1', HOLDFAST_ORIGINS: 'https://nas:8421', HOLDFAST_PORT: '9000' },
      ...{ RCLONE_CONFIG: '/home/ada/rclone.conf', TZ: 'Europe/Vienna', https_proxy: 'http://proxy:3128' },
    })
    expect(leftOut).toEqual(['HOLDFAST_CONFIG_KEY', 'HOLDFAST_RCLONE_RC_PASSWORD', 'HTTPS_PROXY'])
    expect(JSON.stringify({ kept, leftOut })).not.toContain('canary')
  })
})
