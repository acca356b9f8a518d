import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTemporaryFolder, readPdfCodes } from '@holdfast/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from './axe.ts'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'
import { keepOnly } from './keep-only.ts'

const RUN_MS = 120_000
const PICTURES = process.env.KIT_PICTURES

let browser: Browser
let agent: DemoAgent
beforeAll(async () => {
  browser = await launchChromium()
  agent = await startDemoAgent()
})
afterAll(async () => {
  await browser.close()
  await agent[Symbol.asyncDispose]()
})

test('the kit comes to a phone as a file and as pages, and its codes open the vault on another machine', async () => {
  await using folder = await createTemporaryFolder()
  const page = await openPaired(browser, agent.pairLink, PHONE)
  page.setDefaultTimeout(RUN_MS)
  await page.getByText('Everything is safe.').waitFor({ timeout: RUN_MS })
  const passphrase = (await readFile(join(agent.home, 'demo', 'passphrase'), 'utf8')).trim()
  await page.goto(`${agent.address}/settings/plan/?id=demo`)
  await page.getByText('Not saved yet.').waitFor()
  const file = join(folder.path, 'kit.json')
  await saveBy(page, 'Save the kit', file)
  await page.getByText(/It is up to date/).waitFor()
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ format: 'holdfast-kit' })
  const pages = join(folder.path, 'kit.pdf')
  await saveBy(page, 'Pages to print', pages)
  const codes = await readPdfCodes(pages)
  expect(codes.length).toBeGreaterThan(1)

  await page.getByRole('button', { name: 'Emergency sheet in clear…' }).click()
  const make = page.getByRole('button', { name: 'Make the sheet in clear' })
  expect(await make.isDisabled()).toBe(true)
  await page.getByLabel('Passphrase of the vault').fill('wrong')
  await page.getByRole('checkbox').click()
  await make.click()
  await page.getByText('This is not the passphrase of the vault.').waitFor()
  await take(page, 'sheet')
  await expectAccessible(page, 'the emergency sheet')
  await page.getByLabel('Passphrase of the vault').fill(passphrase)
  const sheet = join(folder.path, 'sheet.pdf')
  await saveBy(page, 'Make the sheet in clear', sheet)
  expect((await readPdfCodes(sheet)).join()).toContain('[holdfast]')
  await page.getByRole('heading', { name: 'Recovery kit' }).scrollIntoViewIfNeeded()
  await take(page, 'card')

  await using fresh = await startDemoAgent({ demo: false })
  const there = await openPaired(browser, fresh.pairLink, PHONE)
  await there.getByRole('link', { name: 'Recover a machine' }).click()
  const paste = there.getByLabel('Or paste its text, or what its codes say')
  await paste.fill(codes.slice(1).join('\n'))
  await there.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await there.getByRole('button', { name: 'Open the vault' }).click()
  await there.getByText(/these are missing: 1\./).waitFor()
  await take(there, 'missing')
  await paste.fill(codes.toReversed().join('\n'))
  await there.getByRole('button', { name: 'Open the vault' }).click()
  await there.getByRole('heading', { name: 'Which machine comes back?' }).waitFor()
})

test('the last step of a set-up asks for the kit, and gives it as a file and as pages', async () => {
  await using folder = await createTemporaryFolder()
  await using fresh = await startDemoAgent({ demo: false })
  const page = await openPaired(browser, fresh.pairLink, DESKTOP)
  page.setDefaultTimeout(RUN_MS)
  await page.goto(`${fresh.address}/setup/`)
  const go = () => page.getByRole('button', { name: 'Continue' }).click()
  await keepOnly(page, 'Your files')
  await go()
  await page.getByLabel('Folder for the vault').fill(join(fresh.person, 'vault'))
  await go()
  await page.getByRole('button', { name: 'Make one for me' }).click()
  await page.getByRole('checkbox').click()
  await go()
  await page.getByRole('button', { name: 'Start the first backup' }).click()
  await page.getByRole('heading', { name: 'Proven: it comes back.' }).waitFor({ timeout: RUN_MS })
  const pages = join(folder.path, 'kit.pdf')
  await saveBy(page, 'Pages to print', pages)
  expect((await readPdfCodes(pages)).length).toBeGreaterThan(1)
  const file = join(folder.path, 'kit.json')
  await saveBy(page, 'Get it again', file)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ format: 'holdfast-kit' })
  await take(page, 'set-up')
  await page.getByRole('button', { name: 'It lies in a safe place' }).click()
  await page.getByRole('heading', { name: 'The recovery kit is saved.' }).waitFor()
})

async function saveBy(page: Page, button: string, to: string): Promise<void> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ])
  await download.saveAs(to)
}

async function take(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' })
}
