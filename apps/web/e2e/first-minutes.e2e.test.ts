import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'
import { keepOnly } from './keep-only.ts'

const RUN_MS = 90_000

describe('the demo on a phone', () => {
  let agent: DemoAgent
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    agent = await startDemoAgent()
    browser = await launchChromium()
    page = await openPaired(browser, agent.pairLink, PHONE)
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterAll(async () => {
    await browser.close()
    await agent[Symbol.asyncDispose]()
  })

  test('after its first run the home screen says that everything is safe, since when, and that it is proven', async () => {
    const sentence = page.getByRole('heading', { level: 1 })
    await sentence.filter({ hasText: 'Everything is safe.' }).waitFor({ timeout: RUN_MS })
    await page.getByText(/Last backup (just now|\d+ minutes? ago)\. Proven restorable/).waitFor()
  })

  test('fits the phone: nothing is wider than the screen', async () => {
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  })

  test('installs as an app', async () => {
    const devtools = await page.context().newCDPSession(page)
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
    // A test's browser profile is a private one, in which nothing can be installed.
    expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([])
  })

  test('"Back up now" shows the run live, to the end', async () => {
    // Enough to be seen on its way.
    await writeFile(join(agent.home, 'demo', 'source', 'new.bin'), randomBytes(192 * 1024 * 1024))
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.waitForURL((url) => url.pathname === '/ops/')
    await page.getByRole('progressbar', { name: 'Backup of Demo' }).waitFor()
    await page.getByRole('button', { name: 'Stop' }).waitFor()
    await page.getByRole('heading', { name: 'Demo is backed up.' }).waitFor({ timeout: RUN_MS })
    await page.getByText('1 new, 0 changed').waitFor()
  })

  test('a restore of the newest snapshot brings every file back bit for bit', async () => {
    const target = join(agent.home, 'restored')
    await page.getByRole('link', { name: 'Restore' }).click()
    await page.getByRole('button', { name: /^Restore everything/ }).click()
    await page.getByLabel('Folder on this machine').fill(target)
    await page.getByRole('button', { name: 'Start the restore' }).click()
    await page.getByRole('heading', { name: /^Restored/ }).waitFor({ timeout: RUN_MS })
    const [source, restored] = [join(agent.home, 'demo', 'source'), join(target, 'source')]
    expect(execFileSync('diff', ['--recursive', source, restored], { encoding: 'utf8' })).toBe('')
  })

  test('with the agent gone, the page still opens and tells what was known, and when', async () => {
    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor()
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
    await agent.stop()
    await page.reload()
    await page.getByRole('heading', { name: 'Everything was safe.' }).waitFor({ timeout: RUN_MS })
    await page.getByText('This is what was known at').waitFor()
  })

  test('no page threw an error on the way', () => {
    expect(complaints).toEqual([])
  })
})

describe('the first set-up', () => {
  test('goes from nothing to a first backup that ended with a restored file, without a terminal', async () => {
    await using agent = await startDemoAgent({ demo: false })
    await using browser = await launchChromium()
    const page = await openPaired(browser, agent.pairLink, PHONE)
    await page.getByRole('link', { name: 'Set up the first backup' }).click()

    await page.getByRole('heading', { name: 'What should be safe?' }).waitFor()
    await page.getByRole('checkbox', { name: /^Documents/ }).waitFor()
    await keepOnly(page, 'Your files')
    await page.getByLabel('Name of this plan').fill('Papers')
    await page.getByRole('button', { name: 'Continue' }).click()

    await page.getByLabel('Folder for the vault').fill(join(agent.person, 'disk', 'vault'))
    await page.getByRole('button', { name: 'Continue' }).click()

    await page.getByRole('button', { name: 'Make one for me' }).click()
    const passphrase = await page.getByLabel('Passphrase', { exact: true }).inputValue()
    await page.getByRole('checkbox').click()
    await page.getByRole('button', { name: 'Continue' }).click()

    await page.getByRole('heading', { name: 'When should it run?' }).waitFor()
    await page.getByRole('button', { name: 'Start the first backup' }).click()
    await page.getByRole('heading', { name: 'Papers is backed up.' }).waitFor({ timeout: RUN_MS })
    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor()
    expect(filesHolding(passphrase, agent.home)).toEqual([])
  })
})

/** Files below a folder in which a secret stands in the clear. */
function filesHolding(secret: string, folder: string): string[] {
  expect(secret.length).toBeGreaterThan(10)
  const found = spawnSync('grep', ['-rlF', '--', secret, folder], { encoding: 'utf8' })
  return found.stdout.split('\n').filter((line) => line !== '')
}

describe('a browser that is not paired', () => {
  test('is shown the pairing page and nothing else', async () => {
    await using agent = await startDemoAgent({ demo: false })
    await using browser = await launchChromium()
    const page = await browser.newPage(PHONE)
    await page.goto(agent.address)
    await page.getByRole('heading', { name: 'Pair this device.' }).waitFor()
    const answer = await page.request.get(`${agent.address}/api/trpc/plan.list`)
    expect(answer.status()).toBe(401)
    expect(await answer.text()).toContain('NOT_PAIRED')
  })
})
