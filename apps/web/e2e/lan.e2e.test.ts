import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { expectAccessible } from './axe.ts'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'

/** Any free ports: another agent may serve the network beside the test. */
const PORTS = { HOLDFAST_LAN_PORT: '0', HOLDFAST_LAN_HELP_PORT: '0' }
/** Nobody answers for .local names where tests run; the name in the certificate and in the address stays what it is. */
const NAMES = '--host-resolver-rules=MAP *.local 127.0.0.1'

/** A question to the agent as this machine's command line asks it. */
async function ask(agent: DemoAgent, path: string, input?: object): Promise<unknown> {
  const file = JSON.parse(await readFile(join(agent.home, 'agent.json'), 'utf8'))
  const { address, token } = z.object({ address: z.string(), token: z.string() }).parse(file)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const init = input === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(input) }
  const answer: unknown = await (await fetch(`${address}/api/trpc/${path}`, init)).json()
  return z.object({ result: z.object({ data: z.unknown().optional() }) }).parse(answer).result.data
}

const Status = z.object({
  serving: z.object({ origin: z.string(), onboarding: z.string(), fingerprint: z.string() }),
})

/** A folder of its own for a browser, with an empty store of certificates. */
async function openBrowserHome(): Promise<AsyncDisposable & { path: string; store: string }> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-nss-'))
  const store = join(path, '.pki', 'nssdb')
  await mkdir(store, { recursive: true })
  execFileSync('certutil', ['-d', `sql:${store}`, '-N', '--empty-password'])
  return { path, store, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function downloadOf(page: Page, platform: string, link: string): Promise<string> {
  await page.locator('details', { hasText: platform }).locator('summary').click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: link }).and(page.locator(':visible')).click(),
  ])
  return await download.path()
}

test('a device that trusts the authority has service worker, push, pairing and live news over HTTP/2', async () => {
  await using home = await openBrowserHome()
  await using agent = await startDemoAgent({ demo: false, env: { ...PORTS, HOLDFAST_LAN: '1' } })
  const { serving } = Status.parse(await ask(agent, 'lan.get'))
  expect(agent.pairLink.startsWith(`${serving.origin}/pair/#`)).toBe(true)

  {
    await using stranger = await launchChromium({ home: home.path, args: [NAMES] })
    const context = await stranger.newContext({ ...PHONE, acceptDownloads: true })
    const refused = await context.newPage()
    await expect(refused.goto(agent.pairLink)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID')
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${new URL(serving.onboarding).port}/`)
    expect(await page.locator('#fingerprint').textContent()).toBe(serving.fingerprint)
    for (const platform of ['iPhone and iPad', 'Android', 'Windows', 'macOS', 'Linux'])
      await page.locator('summary', { hasText: platform }).waitFor()
    await expectAccessible(page, 'the page of certificates')
    const profile = await readFile(await downloadOf(page, 'iPhone and iPad', 'open the profile'), 'utf8')
    expect(profile).toContain('com.apple.security.root')
    await page.locator('details', { hasText: 'iPhone and iPad' }).locator('summary').click()
    const certificate = await downloadOf(page, 'Linux', 'Download the certificate')
    expect(new X509Certificate(await readFile(certificate)).fingerprint256).toBe(serving.fingerprint)
    const trust = ['-d', `sql:${home.store}`, '-A', '-t', 'C,,', '-n', 'Holdfast', '-i', certificate]
    execFileSync('certutil', trust)
  }

  await using browser = await launchChromium({ home: home.path, args: [NAMES] })
  const context = await browser.newContext(PHONE)
  const page = await context.newPage()
  await page.goto(agent.pairLink)
  const found = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    const [navigation] = performance.getEntriesByType('navigation')
    return {
      secure: isSecureContext,
      scope: registration.scope,
      push: 'PushManager' in window && registration.pushManager !== undefined,
      protocol: navigation instanceof PerformanceNavigationTiming ? navigation.nextHopProtocol : '',
    }
  })
  expect(found).toEqual({ secure: true, scope: `${serving.origin}/`, push: true, protocol: 'h2' })

  const live = page.waitForResponse((response) => response.url().includes('live.events'))
  await page.getByRole('button', { name: /pair/i }).click()
  await page.waitForURL(`${serving.origin}/`)
  expect((await live).status()).toBe(200)
  const [session] = await context.cookies()
  expect(session).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Strict' })
  expect(session?.name.startsWith('__Host-')).toBe(true)

  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByText(serving.origin, { exact: true }).waitFor()
  await page.getByText('It is turned on and off in a browser on the machine itself.').waitFor()
  expect(await page.getByRole('switch', { name: 'On the home network' }).isDisabled()).toBe(true)

  // The live stream hears at once that the device is one no more.
  const [device] = z.array(z.object({ id: z.string() })).parse(await ask(agent, 'device.list'))
  await ask(agent, 'device.revoke', { id: device?.id })
  await page.getByRole('heading', { name: 'Pair this device.' }).waitFor({ timeout: 20_000 })
})

test.each([
  ['a phone', PHONE],
  ['a desktop', DESKTOP],
])(
  'the owner serves the network from the settings, and shows another device in, on %s',
  async (_name, size) => {
    await using agent = await startDemoAgent({ demo: false, env: PORTS })
    await using browser = await launchChromium()
    const page = await openPaired(browser, agent.pairLink, size)
    await page.goto(`${agent.address}/settings/`)
    const turned = page.getByRole('switch', { name: 'On the home network' })
    await page.getByText('Only this machine reaches Holdfast.').waitFor()
    await turned.click()
    await page.getByText(/^https:\/\/.*\.local:\d+$/).waitFor()
    const { serving } = Status.parse(await ask(agent, 'lan.get'))
    await page.getByText(serving.fingerprint).waitFor()
    await page.getByText('It is renewed by itself on').waitFor()
    await expectAccessible(page, 'the settings with the network')

    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Open on another device' }).click()
    await dialog.getByRole('img', { name: serving.onboarding }).waitFor()
    await dialog.getByText('Android', { exact: true }).click()
    await dialog.getByText('CA certificate, and choose the file').waitFor()
    await expectAccessible(page, 'how another device opens it')
    await dialog.getByRole('button', { name: 'Close' }).click()

    await page.getByRole('button', { name: 'Add a device' }).click()
    await dialog.getByLabel('What it may do').selectOption('viewer')
    await dialog.getByRole('button', { name: 'Show a code' }).click()
    await dialog.getByRole('img', { name: 'QR code that opens the page to pair' }).waitFor()
    const code = (await dialog.getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/).textContent()) ?? ''
    await expectAccessible(page, 'a code for another device')
    const other = await (await browser.newContext(PHONE)).newPage()
    await other.goto(`${agent.address}/pair/#${code}`)
    await other.getByRole('button', { name: 'Pair', exact: true }).click()
    const number = (await other.getByText(/^\d{4}$/).textContent()) ?? ''
    await expectAccessible(other, 'a device that waits to be let in')
    await dialog.getByText(number, { exact: true }).waitFor()
    await expectAccessible(page, 'a device to be let in')
    await dialog.getByRole('button', { name: /^Let .* in$/ }).click()
    await other.waitForURL((url) => url.pathname === '/')
    await other.goto(`${agent.address}/settings/`)
    await other.getByText('It may look.').waitFor()
    expect(await other.getByRole('button', { name: 'Add a device' }).count()).toBe(0)
    await dialog.getByRole('button', { name: 'Close' }).click()

    const guest = page.locator('li', { hasText: 'may look' }).filter({ hasNotText: 'this device' })
    await guest.getByRole('button', { name: /^Rename/ }).click()
    await dialog.getByLabel('Name').fill('Guest')
    await dialog.getByRole('button', { name: 'Save the name' }).click()
    await page.getByRole('button', { name: 'Remove Guest' }).waitFor()

    await turned.click()
    await page.getByText('Only this machine reaches Holdfast.').waitFor()
    await expect(fetch(`http://127.0.0.1:${new URL(serving.onboarding).port}/`)).rejects.toThrow()
  },
)
