import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { startDemoAgent } from './demo-agent.ts'

const RUN_MS = 120_000
const PICTURES = process.env.RECOVER_PICTURES

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

test('on a phone, a machine comes back by its kit, with its files, and its backups go on', {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-kit-'))
  await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
  const kit = join(folder, 'kit.json')
  const kept = join(folder, 'vault')
  let passphrase = ''
  let vault = ''
  let source = ''
  {
    await using old = await startDemoAgent()
    const page = await openPaired(browser, old.pairLink, PHONE)
    await page.getByText('Everything is safe.').waitFor({ timeout: RUN_MS })
    vault = join(old.home, 'demo', 'vault')
    source = join(old.home, 'demo', 'source')
    passphrase = (await readFile(join(old.home, 'demo', 'passphrase'), 'utf8')).trim()
    await page.goto(`${old.address}/settings/`)
    await page.getByRole('link', { name: /Demo/ }).first().click()
    await page.getByText('Not saved yet.').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the kit' }).click(),
    ])
    await download.saveAs(kit)
    await page.getByText(/It is up to date/).waitFor()
    await take(page, 'kit')
    await cp(vault, kept, { recursive: true })
  }

  await using fresh = await startDemoAgent({ demo: false })
  await mkdir(join(vault, '..'), { recursive: true })
  await cp(kept, vault, { recursive: true })
  await using _vault = {
    [Symbol.asyncDispose]: () => rm(join(vault, '..', '..', '..'), { recursive: true, force: true }),
  }
  const page = await openPaired(browser, fresh.pairLink, PHONE)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  await take(page, 'empty-home')
  await page.getByRole('link', { name: 'Recover a machine' }).click()
  await page.getByLabel('Kit file').setInputFiles(kit)
  await page.getByLabel('Passphrase').fill('wrong')
  await page.getByRole('button', { name: 'Open the vault' }).click()
  await page.getByText('The passphrase does not open this recovery kit.').waitFor()
  await take(page, 'open')
  await page.getByLabel('Passphrase').fill(passphrase)
  await page.getByRole('button', { name: 'Open the vault' }).click()
  await page.getByRole('heading', { name: 'Which machine comes back?' }).waitFor()
  const here = join(fresh.person, 'came-back')
  await page.getByLabel('There', { exact: true }).fill(source)
  await page.getByLabel('Here', { exact: true }).fill(here)
  await page.getByText(`→ ${here}`).waitFor()
  await take(page, 'machine')
  await page.getByRole('button', { name: /^Bring .+ back$/ }).click()
  await page.getByRole('heading', { name: /is back\.$/ }).waitFor()
  await page.getByRole('button', { name: 'Bring the files back' }).waitFor()
  await take(page, 'files')
  await page.getByRole('button', { name: 'Bring the files back' }).click()
  await page.getByText('the schedules can go on where they ended').waitFor({ timeout: RUN_MS })
  await take(page, 'restored')
  await page.getByRole('button', { name: 'Let the backups go on' }).click()
  await page.getByRole('link', { name: 'To the home screen' }).click()
  // The one run's proof was made after the history was last stored: the next run makes another.
  await page.getByText('Demo has not been proven restorable yet.').waitFor()
  await page.goto(fresh.address)
  await page
    .getByRole('button', { name: /^Back up/ })
    .first()
    .click()
  await page.waitForURL((url) => url.pathname === '/ops/')
  await page.goto(fresh.address)
  await page.getByText('Everything is safe.').waitFor({ timeout: RUN_MS })
  expect(complaints).toEqual([])
})

async function take(page: Awaited<ReturnType<typeof openPaired>>, name: string): Promise<void> {
  if (PICTURES === undefined) return
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled', fullPage: true })
}
