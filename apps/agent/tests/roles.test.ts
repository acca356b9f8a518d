import { appRouter, ROLES, type Role } from '@holdfast/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerOf, pairDevice, startTestAgent, type TestAgent } from './_test-agent.ts'

/**
 * Who may call what, written down a second time: the least role, `anybody` for what answers before pairing. A procedure
 * that is not named here fails the test.
 */
const RULES: Readonly<Record<'anybody' | Role, readonly string[]>> = {
  anybody: ['device.me', 'device.pair', 'device.collect'],
  viewer: [
    ...[
      'home',
      'live.events',
      'device.list',
      'device.stepUp',
      'device.confirm',
      'device.setPin',
      'plan.list',
      'snapshot.list',
      'drill.get',
      'kit.list',
    ],
    ...['run.get', 'run.list', 'run.log', 'run.transfers', 'restore.list', 'report.get', 'report.export'],
    ...['bandwidth.status', 'lan.get', 'lan.qr', 'service.status', 'machine.list'],
    // A channel of the device's own; another one's needs an owner, which know.test.ts shows.
    ...['know.incidents', 'know.channels', 'know.deliveries', 'know.vapidKey', 'know.pushHere'],
    ...['know.noPushHere', 'know.rules', 'know.remove', 'know.test', 'know.sendReport'],
  ],
  operator: [
    ...['run.start', 'run.cancel', 'drill.start', 'plan.setPaused', 'plan.copyNow', 'bandwidth.setNow'],
    ...['audit.list', 'audit.verify', 'audit.export', 'machine.ask'],
  ],
  // Whoever sees names and contents of files.
  restorer: [
    ...['snapshot.browse', 'find.search', 'find.versions', 'find.diff', 'find.runChanges', 'find.deleted'],
    ...['find.preview', 'restore.start', 'restore.previewRewind', 'restore.rewind', 'restore.again'],
    ...['restore.get', 'restore.cancel', 'restore.download'],
  ],
  owner: [
    ...[
      'device.issueCode',
      'device.issueConfirmCode',
      'device.waiting',
      'device.approve',
      'device.deny',
      'device.rename',
      'device.revoke',
      'lan.set',
      'know.save',
    ],
    ...['plan.create', 'plan.update', 'plan.duplicate', 'plan.remove', 'plan.acceptChange'],
    ...['plan.previewRetention', 'hook.commands', 'hook.passwords', 'hook.setPassword'],
    ...['setup.folders', 'setup.suggestions', 'setup.remotes', 'setup.inspectPlace', 'setup.tryPassphrase'],
    ...['remote.providers', 'remote.provider', 'remote.list', 'remote.details', 'remote.start'],
    ...['remote.conversation', 'remote.answer', 'remote.save', 'remote.cancel', 'remote.signIn.start'],
    ...['remote.signIn.cancel', 'remote.signIn.paste', 'remote.folders', 'remote.makeFolder'],
    ...['remote.test', 'remote.remove', 'source.presets', 'source.count', 'source.previewExcludes'],
    ...['metrics.status', 'metrics.makeToken', 'metrics.removeToken', 'service.install', 'service.uninstall'],
    ...[
      'machine.nearby',
      'machine.look',
      'machine.add',
      'machine.collect',
      'machine.setSilence',
      'machine.remove',
    ],
    ...['kit.make', 'kit.page', 'kit.sheet', 'kit.saved', 'bandwidth.setTimetable'],
    ...['recover.state', 'recover.open', 'recover.bring', 'recover.data', 'recover.restore'],
    ...['recover.resume', 'recover.takeOver', 'recover.unlock'],
  ],
}

const PROCEDURES = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>,
).map(([path, { _def }]) => ({ path, type: _def.type }))

let it: TestAgent
const cookies = new Map<Role, string>()

beforeAll(async () => {
  it = await startTestAgent()
  for (const role of ROLES) {
    const { code } = await ownerOf(it.agent).device.issueCode.mutate({ role })
    cookies.set(role, (await pairDevice(it, role, code)).cookie)
  }
})
afterAll(() => it[Symbol.asyncDispose]())

/**
 * What a device of a role is answered over HTTP. A mutation comes without the device's secret, so that nothing is done:
 * the role is looked at first. Of a stream the beginning is enough.
 */
async function answerTo(path: string, type: string, role: Role | undefined): Promise<string> {
  const cookie = role === undefined ? {} : { cookie: cookies.get(role) ?? '' }
  const stop = new AbortController()
  const response = await it.send(`/api/trpc/${path}`, {
    ...{ signal: stop.signal, headers: { ...cookie, 'content-type': 'application/json' } },
    ...(type === 'mutation' ? { method: 'POST', body: '{}' } : {}),
  })
  if (type !== 'subscription') return `${response.status} ${await response.text()}`
  const reader = response.body?.pipeThrough(new TextDecoderStream() as ReadableWritablePair).getReader()
  let text = ''
  for (let i = 0; i < 2; i += 1) {
    const part: { done: boolean; value?: string } | undefined = await reader?.read()
    if (part === undefined || part.done) break
    text += part.value
    if (/data: ./.test(text.replace('event: connected', ''))) break
  }
  stop.abort()
  return text
}

describe('every procedure of the API', () => {
  test('has its rule, and no rule is for one that is gone', () => {
    const known = Object.values(RULES).flat()
    expect(PROCEDURES.map(({ path }) => path).toSorted()).toEqual(known.toSorted())
    expect(new Set(known).size).toBe(known.length)
  })

  test.each(ROLES)('answers a device that is a %s as its rule says', async (role) => {
    for (const { path, type } of PROCEDURES) {
      if (RULES.anybody.includes(path)) continue
      const least = ROLES.find((one) => RULES[one].includes(path)) ?? 'owner'
      const answer = await answerTo(path, type, role)
      const refused = answer.includes(`This needs the role ${least}; this device is ${role}.`)
      expect([path, refused, answer.includes('NOT_PAIRED')]).toEqual([
        ...[path, ROLES.indexOf(role) < ROLES.indexOf(least), false],
      ])
      if (refused) expect(answer).toContain('NOT_ALLOWED')
      // Nobody does anything with a cookie alone: another page of this host could send it.
      else if (type === 'mutation')
        expect([path, answer]).toEqual([path, expect.stringContaining('did not show the secret')])
    }
  })

  test('does nothing when a mutation is asked for by a link', async () => {
    const cookie = cookies.get('owner') ?? ''
    for (const { path, type } of PROCEDURES.filter((procedure) => procedure.type === 'mutation')) {
      const answer = await it.send(`/api/trpc/${path}?input={}`, { headers: { cookie } })
      expect([path, type, answer.status]).toEqual([path, type, 405])
    }
  })
})
