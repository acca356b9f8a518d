import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'

/** What the agent serves: a copy of the export, so that a newer one can take its place. */
let web: string
let agent: DemoAgent
let browser: Browser
beforeAll(async () => {
  web = await mkdtemp(join(tmpdir(), 'holdfast-web-'))
  await cp(join(import.meta.dirname, '..', 'out'), web, { recursive: true })
  agent = await startDemoAgent({ demo: false, env: { HOLDFAST_WEB_DIR: web } })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await agent[Symbol.asyncDispose]()
  await rm(web, { recursive: true, force: true })
})

test('a new version reloads only the tab that asks for it; what is typed in another one stays', async () => {
  const asking = await openPaired(browser, agent.pairLink, PHONE)
  await asking.evaluate('navigator.serviceWorker.ready.then(() => true)')
  await asking.goto(agent.address)
  const typing = await asking.context().newPage()
  await typing.goto(`${agent.address}/setup/`)
  await typing.getByLabel('Name of this plan').fill('Half a na')
  for (const page of [asking, typing]) {
    expect(await page.evaluate('navigator.serviceWorker.controller !== null')).toBe(true)
    await page.evaluate('window.isOld = true')
  }
  await appendFile(join(web, 'sw.js'), '\n// Newer.\n')
  await agent.restart()
  await asking.evaluate(
    'navigator.serviceWorker.getRegistration().then((found) => found.update()).then(() => true)',
  )
  for (const page of [asking, typing]) await toastOf(page).waitFor()

  const anew = asking.waitForEvent('load')
  await toastOf(asking).getByRole('button', { name: 'Reload' }).click()
  await anew
  await asking.getByRole('heading', { level: 1 }).waitFor()
  expect(await asking.evaluate('window.isOld')).toBe(undefined)
  expect(await toastOf(asking).count()).toBe(0)

  // The new worker is everybody's now; the other tab stands as it stood, and still says so.
  expect(await typing.evaluate('window.isOld')).toBe(true)
  expect(await typing.getByLabel('Name of this plan').inputValue()).toBe('Half a na')
  const later = typing.waitForEvent('load')
  await toastOf(typing).getByRole('button', { name: 'Reload' }).click()
  await later
  await typing.getByLabel('Name of this plan').waitFor()
  expect(await toastOf(typing).count()).toBe(0)
})

test('nothing keeps the app from being installed', async () => {
  const page = await browser.contexts()[0]?.newPage()
  if (page === undefined) throw new Error('No browser was paired.')
  await page.goto(agent.address)
  await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
  const devtools = await page.context().newCDPSession(page)
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
  // The test's own windows are private ones.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([])
  const { errors } = await devtools.send('Page.getAppManifest')
  expect(errors).toEqual([])
})

function toastOf(page: Page) {
  return page.getByRole('status').filter({ hasText: 'A new version is ready' }).locator('> *')
}
