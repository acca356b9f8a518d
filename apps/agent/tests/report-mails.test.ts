import { join } from 'node:path'
import { type ChannelTarget, DAY_MS } from '@holdfast/domain'
import { startHttpReceiver, startMailServer, testCertificate } from '@holdfast/testkit'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { ownerOf, startTestAgent, temporaryFolder } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

const certificate = testCertificate()
const mailTarget = (port: number): Extract<ChannelTarget, { kind: 'mail' }> => ({
  ...{ kind: 'mail', host: 'localhost', port, security: 'starttls', user: 'ann', password: 'canary' },
  ...{ from: 'backup@example.org', to: ['ann@example.org'], allowPrivate: true },
})
/** Noon everywhere enough: a day that is a Sunday in every zone that tests run in. */
const SUNDAY = Date.UTC(2026, 10, 22, 12)

/** An agent whose clock is ours, with one good run, and a mail server. */
async function openAll() {
  await using stack = new AsyncDisposableStack()
  const mail = stack.use(await startMailServer(certificate))
  const folder = stack.use(await temporaryFolder())
  const home = join(folder.path, 'home')
  let at = SUNDAY
  const clock = { nowMs: () => at, nowNs: () => BigInt(at) * 1_000_000n }
  const start = () =>
    startTestAgent({
      home,
      config: { outbound: { pushHosts: [], ca: certificate.cert } },
      overrides: { clock },
    })
  let it = await start()
  stack.defer(() => it[Symbol.asyncDispose]())
  const source = join(folder.path, 'source')
  await writeTree(source, { 'a.txt': 'hello' })
  const vault = join(folder.path, 'vault')
  const plan = await makePlan(ownerOf(it.agent), { source, vault, passphrase: null, name: 'Papers <1>' })
  await using events = await followEvents(it.agent)
  const { id } = await ownerOf(it.agent).run.start.mutate({ planId: plan.id })
  await until(
    events,
    (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
  )
  const owned = stack.move()
  return {
    mail,
    api: () => ownerOf(it.agent),
    later: (ms: number) => {
      at += ms
    },
    async again() {
      await it[Symbol.asyncDispose]()
      it = await start()
    },
    /** Looks for what is due, as the bell and the minute do. */
    look: async () => {
      const [first] = await ownerOf(it.agent).know.channels.query()
      if (first === undefined) throw new Error('there is a channel')
      const { id, name, enabled, kinds, quiet, reports } = first
      await ownerOf(it.agent).know.rules.mutate({
        ...{ id, name, enabled, quiet, reports, kinds: [...kinds] },
      })
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

test('the week comes by mail once, also after a long sleep and a restart, and a month brings its PDF', async () => {
  await using all = await openAll()
  const { mail, api, later, look } = all
  const reports = { weekly: { weekday: 2, time: '08:00' }, monthly: { day: 3, time: '08:00' } }
  await api().know.save.mutate({
    ...{ name: 'Ann', enabled: true, kinds: ['digest'], quiet: null, reports, target: mailTarget(mail.port) },
  })
  await look()
  expect(mail.mails).toEqual([])

  // Tuesday has come.
  later(3 * DAY_MS)
  await Promise.all([look(), look()])
  while (mail.mails.length < 1) await new Promise((resolve) => setTimeout(resolve, 20))
  await all.again()
  await look()
  expect(mail.mails).toHaveLength(1)
  const week = await simpleParser(mail.mails[0] ?? '')
  expect(week.subject).toMatch(/^17 to 23 November 2026: all is well \(/)
  expect(week.text).toContain('The one backup went well.')
  expect(week.text).toContain('Papers <1> (protected)')
  expect(week.html).toContain('Papers &lt;1&gt;')
  expect(week.attachments).toEqual([])

  // Three Tuesdays and a third of the month were slept through.
  later(21 * DAY_MS)
  await look()
  while (mail.mails.length < 3) await new Promise((resolve) => setTimeout(resolve, 20))
  await look()
  expect(mail.mails).toHaveLength(3)
  const parsed = await Promise.all(mail.mails.slice(1).map((bytes) => simpleParser(bytes)))
  expect(parsed.map(({ subject }) => subject)).toEqual([
    expect.stringContaining('8 to 14 December 2026: '),
    expect.stringContaining('November 2026: '),
  ])
  const [pdf] = parsed[1]?.attachments ?? []
  expect(pdf).toMatchObject({ filename: 'holdfast-november-2026.pdf', contentType: 'application/pdf' })
  expect(pdf?.content.subarray(0, 5).toString()).toBe('%PDF-')
  expect(pdf?.content.subarray(-6).toString()).toContain('%%EOF')
})

test('“Send now” answers what the other side said, to a mail server and to a chat', async () => {
  await using all = await openAll()
  const { mail, api } = all
  await using hook = await startHttpReceiver()
  const rules = { enabled: true, kinds: ['digest' as const], quiet: null }
  const { id } = await api().know.save.mutate({ ...rules, name: 'Ann', target: mailTarget(mail.port) })
  expect(await api().know.sendReport.mutate({ id, period: 'month' })).toMatchObject({
    ...{ kind: 'sent', answer: expect.stringMatching(/^250/) },
  })
  const sent = await simpleParser(mail.mails[0] ?? '')
  expect(sent.attachments[0]?.content.subarray(0, 5).toString()).toBe('%PDF-')
  const wrong = { ...mailTarget(mail.port), password: 'canary-2' }
  await api().know.save.mutate({ ...rules, id, name: 'Ann', target: wrong })
  const refused = await api().know.sendReport.mutate({ id, period: 'week' })
  expect(refused).toMatchObject({ kind: 'refused', answer: expect.stringMatching(/^535/) })
  const target = { kind: 'webhook', format: 'json', url: hook.url, secret: '', allowPrivate: true } as const
  const chat = await api().know.save.mutate({ ...rules, name: 'Chat', target })
  await api().know.sendReport.mutate({ id: chat.id, period: 'week' })
  expect(JSON.parse(String(hook.received[0]?.body))).toMatchObject({
    ...{ kind: 'digest', url: '/reports/', text: expect.stringContaining('No backup was due') },
  })
  const last = await api().audit.list.query({ limit: 1 })
  expect(JSON.stringify(last)).toContain('channel.report')
})
