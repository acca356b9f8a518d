import { join } from 'node:path'
import { appRouter, type Role } from '@holdfast/api'
import { MINUTE_MS, PlanId, SnapshotId } from '@holdfast/domain'
import { systemClock } from '@holdfast/host'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  clientOf,
  ownerOf,
  pairDevice,
  startTestAgent,
  type TestAgent,
  temporaryFolder,
} from './_test-agent.ts'
import { makePlan, writeTree } from './_test-plan.ts'

/**
 * Which acts want a fresh confirmation, written down a second time. `sometimes` by what they are told, shown below. A
 * mutation that is not named here fails the test.
 */
const RULES: Readonly<Record<'always' | 'sometimes' | 'never', readonly string[]>> = {
  always: [
    // Destroy.
    ...['plan.remove', 'plan.acceptChange', 'remote.remove', 'restore.rewind', 'restore.again'],
    // Reveal.
    ...['kit.make', 'kit.page', 'kit.sheet'],
    // Let in.
    ...['device.issueCode', 'device.approve', 'device.setPin'],
    // Quieten.
    'know.save',
  ],
  sometimes: ['plan.update', 'restore.start', 'recover.restore', 'know.rules', 'know.remove'],
  never: [
    ...['device.pair', 'device.collect', 'device.confirm', 'device.issueConfirmCode', 'device.deny'],
    // Whoever lost a phone shuts it out at once.
    ...['device.rename', 'device.revoke', 'run.start', 'run.cancel', 'drill.start', 'bandwidth.setNow'],
    ...['bandwidth.setTimetable', 'plan.create', 'plan.duplicate', 'plan.setPaused', 'plan.copyNow'],
    ...['restore.cancel', 'restore.download', 'hook.setPassword', 'setup.tryPassphrase', 'kit.saved'],
    ...['know.pushHere', 'know.noPushHere', 'know.test', 'know.sendReport'],
    ...['remote.start', 'remote.answer', 'remote.save', 'remote.cancel', 'remote.signIn.start'],
    ...['remote.signIn.cancel', 'remote.signIn.paste', 'remote.makeFolder', 'remote.test'],
    ...['metrics.makeToken', 'metrics.removeToken', 'service.install', 'service.uninstall', 'lan.set'],
    ...['machine.add', 'machine.collect', 'machine.ask', 'machine.setSilence', 'machine.remove'],
    // On a new machine, whose device was paired a moment ago; they want the vault's passphrase.
    ...['recover.open', 'recover.bring', 'recover.resume', 'recover.takeOver'],
    ...['recover.unlock', 'audit.export', 'report.export', 'setup.inspectPlace'],
  ],
}

const PROCEDURES = Object.entries(
  appRouter._def.procedures as unknown as Record<
    string,
    { _def: { type: string; meta?: { stepUp?: 'always' | 'sometimes' } } }
  >,
)
const MUTATIONS = PROCEDURES.filter(([, { _def }]) => _def.type === 'mutation')

let it: TestAgent
let shiftMs = 0
const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + shiftMs }

beforeAll(async () => {
  it = await startTestAgent({ overrides: { clock } })
})
afterAll(() => it?.[Symbol.asyncDispose]())

const later = (minutes: number) => {
  shiftMs += minutes * MINUTE_MS
}
async function newDevice(role: Role = 'owner') {
  const { code } = await ownerOf(it.agent).device.issueCode.mutate({ role })
  const paired = await pairDevice(it, role, code)
  const headers = { cookie: paired.cookie, 'x-holdfast-device': paired.secret }
  return { ...paired, headers, api: clientOf(it.agent, headers) }
}
const codeOf = (error: unknown) =>
  error instanceof Error && 'data' in error ? (error.data as { code: string }).code : `${error}`
const failureOf = async (act: Promise<unknown>) =>
  await act.then(
    () => 'done',
    (error: unknown) => codeOf(error),
  )

describe('every act of the API', () => {
  test('has its rule, and no rule is for one that is gone', () => {
    expect(Object.values(RULES).flat().toSorted()).toEqual(MUTATIONS.map(([path]) => path).toSorted())
    for (const [path, { _def }] of MUTATIONS)
      expect([path, _def.meta?.stepUp ?? 'never']).toEqual([
        path,
        RULES.always.includes(path) ? 'always' : RULES.sometimes.includes(path) ? 'sometimes' : 'never',
      ])
  })

  test('is refused to a device whose person confirmed too long ago, where its rule says always, and only there', async () => {
    const { headers } = await newDevice()
    const answers = async () => {
      const refused: string[] = []
      for (const [path] of MUTATIONS) {
        // An input that nothing takes: nothing is done.
        const answer = await it.send(`/api/trpc/${path}`, {
          ...{ method: 'POST', body: '{"no":1}' },
          headers: { ...headers, 'content-type': 'application/json' },
        })
        if ((await answer.text()).includes('STEP_UP_NEEDED')) refused.push(path)
      }
      return refused.toSorted()
    }
    later(6)
    expect(await answers()).toEqual(RULES.always.toSorted())
    const { code } = await ownerOf(it.agent).device.issueConfirmCode.mutate()
    await clientOf(it.agent, headers).device.confirm.mutate({ by: 'code', code })
    expect(await answers()).toEqual([])
  })
})

describe('a person confirms', () => {
  test('for five minutes by having paired the device, and not longer', async () => {
    const { api } = await newDevice()
    later(4)
    expect(await failureOf(api.device.issueCode.mutate({ role: 'viewer' }))).toBe('done')
    later(1)
    expect(await failureOf(api.device.issueCode.mutate({ role: 'viewer' }))).toBe('STEP_UP_NEEDED')
  })

  test('with the PIN of the device, which no other device takes', async () => {
    const [mine, other] = [await newDevice(), await newDevice()]
    expect(await failureOf(mine.api.device.setPin.mutate({ pin: '123456' }))).toBe('INPUT_INVALID')
    await mine.api.device.setPin.mutate({ pin: '493817' })
    later(6)
    expect(await mine.api.device.stepUp.query()).toEqual({ hasPin: true, confirmedUntil: null })
    expect(await failureOf(mine.api.device.setPin.mutate({ pin: '593817' }))).toBe('STEP_UP_NEEDED')
    expect(await failureOf(other.api.device.confirm.mutate({ by: 'pin', pin: '493817' }))).toBe(
      'INPUT_INVALID',
    )
    const said = await mine.api.device.confirm.mutate({ by: 'pin', pin: '493817' })
    expect(said.confirmedUntil).not.toBeNull()
    expect(await failureOf(mine.api.device.issueCode.mutate({ role: 'viewer' }))).toBe('done')
  })

  test('not by guessing: after five wrong PINs nothing is heard for a minute, then five, fifteen and sixty', async () => {
    const { api } = await newDevice()
    await api.device.setPin.mutate({ pin: '493817' })
    const owner = ownerOf(it.agent)
    await owner.know.save.mutate({
      ...{ name: 'Nobody answers', enabled: true, kinds: ['notice'], quiet: null },
      target: { kind: 'webhook', format: 'json', url: 'http://127.0.0.1:9/', secret: '', allowPrivate: true },
    })
    const guess = (pin = '000000') => failureOf(api.device.confirm.mutate({ by: 'pin', pin }))
    for (let i = 0; i < 4; i += 1) expect(await guess()).toBe('CODE_WRONG')
    for (const minutes of [1, 5, 15, 60, 60]) {
      expect(await guess()).toBe('TOO_MANY_TRIES')
      expect(await guess('493817')).toBe('TOO_MANY_TRIES')
      later(minutes)
    }
    expect(await guess('493817')).toBe('done')
    for (let i = 0; i < 4; i += 1) expect(await guess()).toBe('CODE_WRONG')
    const entries = await owner.audit.list.query({ limit: 50 })
    expect(entries.filter(({ act }) => act === 'device.locked')).toHaveLength(5)
    // Others hear of the first.
    expect(await owner.know.deliveries.query({ limit: 10 })).toHaveLength(1)
  })

  test('with the same PIN, and no more tries, after the agent was started again', async () => {
    await using folder = await temporaryFolder()
    const home = join(folder.path, 'home')
    const first = await startTestAgent({ home })
    const paired = await pairDevice(first)
    const headers = { cookie: paired.cookie, 'x-holdfast-device': paired.secret }
    const confirm = (agent: TestAgent, pin: string) =>
      failureOf(clientOf(agent.agent, headers).device.confirm.mutate({ by: 'pin', pin }))
    await clientOf(first.agent, headers).device.setPin.mutate({ pin: '493817' })
    for (let i = 0; i < 3; i += 1) expect(await confirm(first, '000000')).toBe('CODE_WRONG')
    await first[Symbol.asyncDispose]()
    await using again = await startTestAgent({ home })
    expect(await clientOf(again.agent, headers).device.stepUp.query()).toEqual({
      ...{ hasPin: true, confirmedUntil: null },
    })
    expect(await confirm(again, '000000')).toBe('CODE_WRONG')
    expect(await confirm(again, '493817')).toBe('done')
  })

  test('not by many guesses at the same time', async () => {
    const { api } = await newDevice()
    await api.device.setPin.mutate({ pin: '493817' })
    const pins = Array.from({ length: 12 }, (_, i) => (i === 11 ? '493817' : `00000${i % 10}`))
    const answers = await Promise.all(
      pins.map((pin) => failureOf(api.device.confirm.mutate({ by: 'pin', pin }))),
    )
    expect(answers.filter((answer) => answer === 'CODE_WRONG')).toHaveLength(4)
    expect(answers).not.toContain('done')
  })

  test('with a code of the machine’s console, once; no device is shown one', async () => {
    const { api } = await newDevice()
    later(6)
    expect(await failureOf(api.device.issueConfirmCode.mutate())).toBe('NOT_ALLOWED')
    const { code } = await ownerOf(it.agent).device.issueConfirmCode.mutate()
    expect(await failureOf(api.device.confirm.mutate({ by: 'code', code: 'AAAA-AAAA' }))).toBe('CODE_WRONG')
    expect(await failureOf(api.device.confirm.mutate({ by: 'code', code }))).toBe('done')
    const again = await api.device.confirm.mutate({ by: 'code', code }).catch((error: unknown) => error)
    expect(again).toMatchObject({
      data: { code: 'CODE_EXPIRED', next: expect.stringContaining('`holdfast device confirm`') },
    })
  })

  test('and a code that lets a device in confirms nothing', async () => {
    const { api } = await newDevice()
    later(6)
    const { code } = await ownerOf(it.agent).device.issueCode.mutate({ role: 'owner' })
    expect(await failureOf(api.device.confirm.mutate({ by: 'code', code }))).toBe('CODE_EXPIRED')
  })
})

describe('what depends on what is asked', () => {
  test('a restore over files that are there wants it, one beside them does not', async () => {
    const { api } = await newDevice('restorer')
    later(6)
    const moment = { planId: PlanId.parse('none'), snapshot: SnapshotId.parse('abcdef01-1') }
    const restore = (conflict: 'keep-both' | 'skip' | 'overwrite' | 'newer') =>
      failureOf(api.restore.start.mutate({ ...moment, paths: [], targetDir: '/nowhere', conflict }))
    expect([await restore('overwrite'), await restore('newer')]).toEqual(['STEP_UP_NEEDED', 'STEP_UP_NEEDED'])
    expect([await restore('keep-both'), await restore('skip')]).not.toContain('STEP_UP_NEEDED')
  })

  test('so does a recovery over files that are there', async () => {
    const { api } = await newDevice()
    later(6)
    const restore = (conflict: 'keep-both' | 'overwrite' | 'newer') =>
      failureOf(
        api.recover.restore.mutate({ planIds: [PlanId.parse('none')], targetDir: '/nowhere', conflict }),
      )
    expect([await restore('overwrite'), await restore('newer')]).toEqual(['STEP_UP_NEEDED', 'STEP_UP_NEEDED'])
    expect(await restore('keep-both')).not.toBe('STEP_UP_NEEDED')
  })

  test('a plan that keeps less or leaves a source out wants it, another name does not', async () => {
    await using folder = await temporaryFolder()
    const source = join(folder.path, 'docs')
    await writeTree(source, { 'a.txt': 'hello' })
    const made = { name: 'Docs', source, vault: join(folder.path, 'vault'), passphrase: null }
    const { id } = await makePlan(ownerOf(it.agent), made)
    const { api } = await newDevice()
    later(6)
    const update = (change: Parameters<typeof api.plan.update.mutate>[0]['change']) =>
      failureOf(api.plan.update.mutate({ id, change }))
    expect(await update({ options: { keep: { last: 1 } } })).toBe('STEP_UP_NEEDED')
    expect(await update({ sources: [{ path: folder.path, excludes: [] }] })).toBe('STEP_UP_NEEDED')
    expect(await update({ name: 'Papers', sources: [{ path: source, excludes: ['*.tmp'] }] })).toBe('done')
  })

  test('quietening a channel wants it, unless it is the push of the device itself', async () => {
    const { api } = await newDevice()
    const rules = { name: 'Chat', enabled: false, kinds: ['failure' as const], quiet: null }
    const target = { kind: 'webhook', format: 'json', url: 'https://hooks.example/1' } as const
    const other = await ownerOf(it.agent).know.save.mutate({
      ...{ ...rules, enabled: true },
      target: { ...target, secret: '', allowPrivate: false },
    })
    const own = await api.know.pushHere.mutate({
      endpoint: 'https://fcm.googleapis.com/fcm/send/1',
      ...{ p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) },
    })
    later(6)
    expect(await failureOf(api.know.rules.mutate({ ...rules, id: other.id }))).toBe('STEP_UP_NEEDED')
    expect(await failureOf(api.know.remove.mutate({ id: other.id }))).toBe('STEP_UP_NEEDED')
    expect(await failureOf(api.know.rules.mutate({ ...rules, id: own.id }))).toBe('done')
    expect(await failureOf(api.know.remove.mutate({ id: own.id }))).toBe('done')
  })
})
