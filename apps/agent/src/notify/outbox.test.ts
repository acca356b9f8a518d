import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Channel, DAY_MS, type Message, USUAL_REPORT_TIMES } from '@holdfast/domain'
import { openHistory } from '@holdfast/history'
import { describe, expect, test } from 'vitest'
import { attemptOf, createOutbox } from './outbox.ts'
import type { SendAnswer } from './sender.ts'

const NOON = new Date('2026-11-22T12:00:00Z')
const MESSAGE: Message = {
  ...{ id: 'm', at: NOON, kind: 'failure', severity: 'failing', machine: 'desk', title: 'Papers is failing' },
  ...{ text: 'It failed twice.', next: null, url: '/', tag: 't', data: {} },
}

function webhook(id: string): Channel {
  return {
    ...{
      id,
      name: id,
      enabled: true,
      kinds: ['failure'],
      quiet: null,
      reports: USUAL_REPORT_TIMES,
      createdAt: NOON,
    },
    target: {
      kind: 'webhook',
      format: 'json',
      url: `https://${id}.example/`,
      secret: '',
      allowPrivate: false,
    },
  }
}

/** An outbox over a real history; `answers` says what each channel's other side does. */
async function openOutbox(answers: Record<string, SendAnswer[]>) {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-outbox-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  let now = NOON
  const clock = { nowMs: () => now.getTime() }
  const history = stack.use(await openHistory({ file: join(dir, 'holdfast.db'), clock }))
  const sent: string[] = []
  const gone: string[] = []
  const channels = Object.keys(answers).map(webhook)
  const other = () => Promise.reject(new Error('no such sender'))
  const outbox = stack.use(
    createOutbox({
      ...{ history, channels: () => channels, now: () => now, onError: (error) => sent.push(String(error)) },
      senders: {
        ...{ push: other, mail: other, ping: other },
        async webhook({ url }, message) {
          const id = new URL(url).hostname.split('.')[0] ?? ''
          sent.push(`${id} ${message.id}`)
          return answers[id]?.shift() ?? { kind: 'sent', answer: '200' }
        },
      },
      async onGone({ id }) {
        gone.push(id)
      },
    }),
  )
  const owned = stack.move()
  return {
    ...{ history, outbox, sent, gone },
    add: (...ids: string[]) =>
      history.deliveries.add(
        ids.map((channelId) => ({ message: MESSAGE, channelId, createdAt: NOON, dueAt: NOON })),
      ),
    wait(ms: number) {
      now = new Date(now.getTime() + ms)
    },
    /** Until everything that is due was tried. */
    async settled() {
      outbox.wake()
      while ((await history.deliveries.listDue(now, 1)).length > 0)
        await new Promise((resolve) => setTimeout(resolve, 5))
    },
    states: async () =>
      (await history.deliveries.list({ limit: 20 })).map((one) => `${one.channelId} ${one.state}`),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

describe('the outbox', () => {
  test('sends what waits to each channel, and what fails again later, as often as it takes', async () => {
    await using it = await openOutbox({ good: [], slow: [{ kind: 'later', answer: '503' }] })
    await it.add('good', 'slow')
    await it.settled()
    expect(await it.states()).toEqual(['slow waiting', 'good sent'])
    it.wait(30_000)
    await it.settled()
    expect(await it.states()).toEqual(['slow sent', 'good sent'])
    expect(it.sent.sort()).toEqual(['good m', 'slow m', 'slow m'])
  })

  test('removes a target that is gone, and gives up what waits for it', async () => {
    await using it = await openOutbox({ old: [{ kind: 'gone', answer: '410 Gone' }] })
    await it.add('old', 'unknown')
    await it.settled()
    expect(it.gone).toEqual(['old'])
    expect(await it.states()).toEqual(['unknown given-up', 'old given-up'])
  })

  test('waits longer each time, as long as the other side asks for, and gives up after three days', () => {
    const facts = { attempts: 0, createdAt: NOON, dueAt: NOON }
    const later = { kind: 'later', answer: '429' } as const
    expect(attemptOf(facts, later, NOON).dueAt).toEqual(new Date(NOON.getTime() + 30_000))
    expect(attemptOf({ ...facts, attempts: 9 }, later, NOON).dueAt).toEqual(
      new Date(NOON.getTime() + DAY_MS / 4),
    )
    expect(attemptOf(facts, { ...later, afterMs: 3_600_000 }, NOON).dueAt).toEqual(
      new Date(NOON.getTime() + 3_600_000),
    )
    const old = new Date(NOON.getTime() + 3 * DAY_MS)
    expect(attemptOf({ ...facts, attempts: 9 }, later, old)).toMatchObject({
      state: 'given-up',
      finishedAt: old,
    })
  })
})
