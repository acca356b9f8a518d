import { createECDH, randomBytes } from 'node:crypto'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHttpReceiver, startMailServer, testCertificate } from '@holdfast/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { startDemoAgent } from './demo-agent.ts'

const RUN_MS = 90_000

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

/** The other sides of every channel, and an agent that knows them. */
async function openWorld() {
  await using stack = new AsyncDisposableStack()
  const certificate = testCertificate()
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-ca-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  const ca = join(dir, 'ca.pem')
  await writeFile(ca, certificate.cert)
  const push = stack.use(await startHttpReceiver(certificate))
  const hook = stack.use(await startHttpReceiver())
  const mail = stack.use(await startMailServer(certificate))
  const env = { HOLDFAST_PUSH_HOSTS: push.host, HOLDFAST_CA_FILE: ca }
  const agent = stack.use(await startDemoAgent({ demo: true, env }))
  const owned = stack.move()
  return { push, hook, mail, agent, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Chromium's own push service is not here: the subscription names ours, and all else is real. */
async function subscribeTo(page: Page, endpoint: string): Promise<void> {
  const p256dh = createECDH('prime256v1').generateKeys('base64url')
  const json = { endpoint, keys: { p256dh, auth: randomBytes(16).toString('base64url') } }
  await page.addInitScript((subscription) => {
    PushManager.prototype.getSubscription = async () => null
    PushManager.prototype.subscribe = async () =>
      Object.assign(Object.create(PushSubscription.prototype), { toJSON: () => subscription })
  }, json)
}

async function addMail(page: Page, port: number): Promise<void> {
  await page.getByRole('button', { name: 'Add Mail' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText('Give it a name.').waitFor()
  await dialog.getByLabel('Name').fill('Ann’s mail')
  await dialog.getByLabel('To', { exact: true }).first().fill('ann@example.org')
  await dialog.getByLabel('Mail server').fill('localhost')
  await dialog.getByLabel('Port', { exact: true }).fill(String(port))
  await dialog.getByLabel('User', { exact: true }).fill('ann')
  await dialog.getByLabel('Password', { exact: true }).fill('canary')
  await dialog.getByLabel('From', { exact: true }).first().fill('backup@example.org')
  await dialog.getByRole('checkbox', { name: /on this machine/ }).click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
}

test('on a phone: a failure is told by push, mail and webhook and stands on the home screen, and its end once', async () => {
  await using world = await openWorld()
  const { push, hook, mail, agent } = world
  const page = await openPaired(browser, agent.pairLink, { ...PHONE, permissions: ['notifications'] })
  await subscribeTo(page, `${push.url}/send/1`)
  await page.getByText('is safe').first().waitFor({ timeout: RUN_MS })
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('link', { name: /^Notifications/ }).click()
  await page.waitForURL((url) => url.pathname === '/settings/notifications/')
  await page.reload()

  await page.getByRole('switch', { name: 'Push to this device' }).click()
  await page.getByRole('button', { name: /Send a test/ }).click()
  await page.getByText('It was taken.').waitFor()
  await addMail(page, mail.port)
  await page.getByRole('button', { name: 'Add Chat' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('What it is').selectOption('json')
  await dialog.getByLabel('Name').fill('Watch')
  await dialog.getByLabel('Address').fill(hook.url)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Open Watch' }).click()
  await dialog.getByRole('button', { name: /Send a test/ }).click()
  await dialog.getByText(/It was not taken.*its network/).waitFor()
  await dialog.getByRole('checkbox', { name: /on this machine/ }).click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })

  const vault = join(agent.home, 'demo', 'vault')
  await rename(vault, `${vault}-gone`)
  await page.getByRole('link', { name: 'Home' }).click()
  await page.getByRole('button', { name: 'Back up now' }).click()
  await Promise.all([push.until(2), hook.until(1)])
  while (mail.mails.length < 1) await new Promise((resolve) => setTimeout(resolve, 50))
  await page.getByRole('link', { name: 'Home' }).click()
  await page.getByRole('heading', { name: 'Incidents' }).waitFor()
  expect(JSON.parse(String(hook.received[0]?.body))).toMatchObject({ kind: 'failure' })

  await rename(`${vault}-gone`, vault)
  await page.getByRole('button', { name: 'Back up now' }).click()
  await Promise.all([push.until(3), hook.until(2)])
  await page.getByRole('link', { name: 'Home' }).click()
  await page.getByText(/recovered after/).waitFor({ timeout: RUN_MS })
  expect([push.received.length, hook.received.length]).toEqual([3, 2])
})

test('a push that arrives is shown with its icon, and a tap opens its page; one that can’t be read shows something too', async () => {
  await using world = await openWorld()
  const page = await openPaired(browser, world.agent.pairLink, { ...PHONE, permissions: ['notifications'] })
  await page.evaluate(() => navigator.serviceWorker.ready)
  // From its second opening on the worker has the page, and may send it elsewhere.
  await page.reload()
  const session = await page.context().newCDPSession(page)
  const registration = Promise.withResolvers<string>()
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const [first] = registrations
    if (first !== undefined) registration.resolve(first.registrationId)
  })
  const complaints: string[] = []
  session.on('ServiceWorker.workerErrorReported', ({ errorMessage }) => {
    complaints.push(errorMessage.errorMessage)
  })
  await session.send('ServiceWorker.enable')
  await session.send('BackgroundService.startObserving', { service: 'pushMessaging' })
  await session.send('BackgroundService.setRecording', { service: 'pushMessaging', shouldRecord: true })
  const registrationId = await registration.promise
  const origin = world.agent.address
  /** Asked while one is being shown, Chromium takes it for one that is gone: so only after the worker is done. */
  const deliver = async (data: string) => {
    const done = new Promise<void>((resolve) => {
      session.on('BackgroundService.backgroundServiceEventReceived', ({ backgroundServiceEvent }) => {
        if (backgroundServiceEvent.eventName === 'Push event completed') resolve()
      })
    })
    await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data })
    await done
    return await page.evaluate(async () => {
      const { getNotifications } = ServiceWorkerRegistration.prototype
      const ready = await navigator.serviceWorker.ready
      return (await getNotifications.call(ready)).map(({ title, body, tag }) => ({ title, body, tag }))
    })
  }
  const shown = { title: 'Papers is failing', body: 'desk: It failed twice.', tag: 't' }
  const notification = { ...shown, app_badge: '1', data: { path: '/ops/' } }
  expect(await deliver(JSON.stringify({ web_push: 8030, notification }))).toEqual([shown])
  const unread = { title: 'News about your backups', body: 'Open Holdfast to see.', tag: 'unknown' }
  expect(await deliver('not json')).toEqual(expect.arrayContaining([shown, unread]))
  expect(complaints).toEqual([])

  // Nobody can tap here: the worker is told of it as the browser tells it.
  await page
    .context()
    .serviceWorkers()[0]
    ?.evaluate(async () => {
      const worker = globalThis as unknown as WorkerScope
      const notification = (await worker.registration.getNotifications()).find(({ tag }) => tag === 't')
      worker.dispatchEvent(new worker.NotificationEvent('notificationclick', { notification }))
    })
  await page.waitForURL((url) => url.pathname === '/ops/')
})

/** What a service worker has and a page has not. */
type WorkerScope = {
  readonly registration: ServiceWorkerRegistration
  readonly dispatchEvent: (event: Event) => boolean
  readonly NotificationEvent: new (type: string, about: { notification: Notification | undefined }) => Event
}
