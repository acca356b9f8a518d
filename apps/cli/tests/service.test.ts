import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { startUserSystemd } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

const LAUNCHER = fileURLToPath(new URL('../bin/holdfast.mjs', import.meta.url))
const BOOTED = existsSync('/run/systemd/system')

describe('a machine that systemd does not run', () => {
  it.skipIf(BOOTED)('is told what starts Holdfast there, and nothing is written', async () => {
    await using cli = openCommandLine()
    const status = await cli.json<{ byHand: { text: string } }>(['service', 'status'])
    expect(status).toMatchObject({ code: 1, document: { kind: 'unsupported', agentRuns: false } })
    expect(status.document.byHand.text).toMatch(/^@reboot .*main\.ts >>/)
    expect((await cli.run(['service'])).stdout).toContain('A line for your crontab:\n@reboot ')
    expect(await cli.json(['service', 'install', '--user'])).toMatchObject({
      code: 1,
      document: { error: { code: 'SERVICE_UNSUPPORTED' } },
    })
    expect(existsSync(cli.at('.config'))).toBe(false)
  })
})

it('what can’t be is refused by its own code', async () => {
  await using cli = openCommandLine()
  expect(await cli.json(['service', 'install', '--user', '--system'])).toMatchObject({
    ...{ code: 2, document: { error: { code: 'USAGE' } } },
  })
  const elsewhere = ['--agent', 'https://nas.local:8443', 'service']
  for (const args of [
    ['status', '--system'],
    ['uninstall', '--stop'],
  ])
    expect(await cli.json([...elsewhere, ...args])).toMatchObject({
      ...{ code: 6, document: { error: { code: 'NOT_ALLOWED' } } },
    })
  expect(await cli.json(['service', 'status'], { env: { HOLDFAST_SERVICE: 'perhaps' } })).toMatchObject({
    ...{ code: 2, document: { error: { code: 'INPUT_INVALID' } } },
  })
  expect(await cli.json(['service', 'install', '--system'], { user: true })).toMatchObject({
    ...{ code: 6, document: { error: { code: 'NOT_ALLOWED' } } },
  })
  expect(await cli.json(['service', 'status'], { env: { HOLDFAST_SERVICE: 'off' } })).toMatchObject({
    ...{ code: 1, document: { error: { code: 'SERVICE_UNSUPPORTED' } } },
  })
})

it('with a real systemd it is installed with and without an agent that runs, and taken away', async (context) => {
  await using systemd = await startUserSystemd()
  if (systemd === undefined) return context.skip('no user manager of systemd can be started here')
  await using cli = openCommandLine()
  // The command line looks where systemd's manager does: in its namespace.
  const env = { ...systemd.environment, HOLDFAST_HOME: cli.at('home'), HOLDFAST_PORT: '0' }
  const service = async (...args: string[]) => {
    const [program = '', ...before] = systemd.inside
    const words = [...before, process.execPath, LAUNCHER, 'service', ...args, '--user', '--json']
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    return { code, document: JSON.parse(stdout) }
  }
  const unit = join(systemd.home, '.config', 'systemd', 'user', 'holdfast.service')

  expect(await service('status')).toMatchObject({ code: 1, document: { kind: 'systemd', enabled: false } })
  {
    await using _byHand = await startAgent(cli, { HOME: systemd.home, HOLDFAST_SERVICE: 'off' })
    expect(await service('install')).toMatchObject({
      ...{ code: 0, document: { enabled: true, running: false, agentRuns: true } },
    })
  }
  expect(await service('install')).toMatchObject({ code: 0, document: { enabled: true, running: true } })
  expect(readFileSync(unit, 'utf8')).toContain(`Environment="HOLDFAST_HOME=${cli.at('home')}"`)
  expect(await service('status')).toMatchObject({ code: 0, document: { running: true } })
  expect(await service('uninstall', '--stop')).toMatchObject({ code: 0, document: { installed: false } })
  expect(existsSync(unit)).toBe(false)
})
