import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startOauthServer, startWebdavServer } from '@holdfast/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { startDemoAgent } from './demo-agent.ts'
import { keepOnly } from './keep-only.ts'

const RUN_MS = 90_000
const LOGIN = { user: 'ada', password: 'sea-lantern' }

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

/** Fills the form of a WebDAV remote and sends it. */
async function fillWebdav(page: Page, url: string, password: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill('cloud')
  await page.getByLabel('Address (URL)').fill(url)
  await page.getByLabel('User name').fill(LOGIN.user)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Connect' }).click()
}

describe.each([
  ['a phone', PHONE],
  ['a desktop', DESKTOP],
])('from an empty agent, on %s', (_name, size) => {
  test('a WebDAV remote is made by its form, tried, and holds the first backup', async () => {
    await using dav = await startWebdavServer({ login: LOGIN })
    await mkdir(join(dav.root, 'family'))
    await using agent = await startDemoAgent({ demo: false })
    const page = await openPaired(browser, agent.pairLink, size)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.getByRole('link', { name: 'Set up the first backup' }).click()
    await keepOnly(page, 'Your files')
    await page.getByLabel('Name of this plan').fill('Papers')
    await page.getByRole('button', { name: 'Continue' }).click()

    await page.getByRole('radio', { name: /^A remote/ }).click()
    await page.getByRole('button', { name: 'Add a remote' }).click()
    await page.getByLabel('Search').fill('webdav')
    await page.getByRole('button', { name: /^WebDAV/ }).click()
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByText('This is needed.').waitFor()

    const url = dav.remote.url ?? ''
    await fillWebdav(page, url, 'wrong')
    await page.getByText('“cloud” does not let Holdfast in.').waitFor()
    await fillWebdav(page, url, LOGIN.password)

    await page.getByRole('radio', { name: /^cloud/ }).waitFor()
    expect(await page.getByRole('radio', { name: /^cloud/ }).isChecked()).toBe(true)
    await page.getByRole('button', { name: 'Choose a folder on the remote' }).click()
    await page.getByRole('button', { name: 'family' }).click()
    await page.getByRole('button', { name: 'New folder' }).click()
    await page.getByLabel('Name of the new folder').fill('laptop')
    await page.getByRole('button', { name: 'Make', exact: true }).click()
    await page.getByText('cloud:family/laptop').waitFor()
    await page.getByRole('button', { name: 'Use this folder' }).click()
    await page.getByRole('button', { name: 'Test this place' }).click()
    await page.getByText('A vault can live here.').waitFor()
    await page.getByText('It gives back parts of an object.').waitFor()
    await page.getByRole('button', { name: 'Continue' }).click()

    await page.getByRole('button', { name: 'Make one for me' }).click()
    await page.getByRole('checkbox').click()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Start the first backup' }).click()
    await page.getByRole('heading', { name: 'Papers is backed up.' }).waitFor({ timeout: RUN_MS })
    await page.getByRole('heading', { name: 'Proven: it comes back.' }).waitFor()
    await page.getByText('1 file, 10 bytes, restored from the vault and compared').waitFor()
    expect(await page.getByRole('list', { name: 'Restored and compared' }).textContent()).toBe(
      'Documents/letter.txt',
    )
    await page.reload()
    await page.getByRole('heading', { name: 'Proven: it comes back.' }).waitFor()
    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor()
    expect(await readdir(join(dav.root, 'family', 'laptop'))).toContain('vault.json')

    await page.goto(`${agent.address}/settings/`)
    await page.getByRole('button', { name: 'Open cloud' }).click()
    await page.getByText('WebDAV · used by Papers').first().waitFor()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('heading', { name: 'cloud is in use.' }).waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

describe('a remote that is signed in to', () => {
  test('is made by allowing it in the browser; cancelling and saying no leave nothing', async () => {
    await using oauth = await startOauthServer()
    oauth.consent = 'ask'
    await using agent = await startDemoAgent({ demo: false })
    const page = await openPaired(browser, agent.pairLink, DESKTOP)
    await page.goto(`${agent.address}/settings/`)
    await page.getByRole('button', { name: 'Add a remote' }).click()
    await page.getByRole('button', { name: /^Google Cloud Storage/ }).click()
    await page.getByLabel('Name', { exact: true }).fill('store')
    await page.getByLabel('Project number').fill('1')
    await page.getByText('For experts').click()
    await page.getByLabel(/^Auth server URL/).fill(oauth.authUrl)
    await page.getByLabel(/^Token server url/).fill(oauth.tokenUrl)
    await page.getByLabel(/^Endpoint for the service/).fill(oauth.options.endpoint ?? '')
    await page.getByRole('button', { name: 'Go on to sign in' }).click()

    await signIn(page)
    await page.getByRole('button', { name: 'Cancel' }).click()

    await signIn(page)
    await consent(page, 'Deny')
    await page.getByText('was told not to let Holdfast in').waitFor()

    await signIn(page)
    await consent(page, 'Allow')
    await page.getByRole('button', { name: 'Open store' }).waitFor()
    await page.context().close()
  })
})

/** rclone waits for the browser on a port of the machine's: another test may have it for a while. */
async function signIn(page: Page): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    await page.getByRole('button', { name: 'Sign in to Google Cloud Storage' }).click()
    const busy = page.getByText('Another sign-in')
    const waiting = page.getByText('Waiting for you')
    await busy.or(waiting).waitFor()
    if (await waiting.isVisible()) return
    await page.waitForTimeout(500)
  }
  throw new Error('somebody else signs in all the time')
}

async function consent(page: Page, answer: 'Allow' | 'Deny'): Promise<void> {
  const [provider] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('link', { name: 'Open Google Cloud Storage' }).click(),
  ])
  await provider.getByRole('link', { name: answer }).click()
  await provider.close()
}
