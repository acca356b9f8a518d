import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startSftpServer } from '@holdfast/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from './axe.ts'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { startDemoAgent } from './demo-agent.ts'
import { keepOnly } from './keep-only.ts'

const RUN_MS = 90_000

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

test('a crypt remote over SFTP is made by its forms and holds a first backup whose names nobody can read', async () => {
  await using sftp = await startSftpServer()
  await mkdir(join(sftp.root, 'attic'))
  await using agent = await startDemoAgent({ demo: false })
  const page = await openPaired(browser, agent.pairLink, PHONE)
  await page.goto(`${agent.address}/settings/`)

  await openForm(page, 'sftp', 'SSH/SFTP')
  await page.getByLabel('Name', { exact: true }).fill('cellar')
  await page.getByLabel('Host', { exact: true }).fill('127.0.0.1')
  await page.getByLabel('User name').fill(sftp.remote.user ?? '')
  await page.getByLabel('Port', { exact: true }).fill(sftp.remote.port ?? '')
  await page.getByLabel('Path to PEM-encoded private key file').fill(sftp.remote.key_file ?? '')
  await page.getByRole('button', { name: 'Connect' }).click()
  await page.getByRole('button', { name: 'Open cellar' }).waitFor()

  await openForm(page, 'crypt', 'Encrypt/Decrypt a remote')
  await page.getByLabel('Name', { exact: true }).fill('sealed')
  await page.getByLabel('Over the remote').selectOption('cellar')
  await page.getByLabel('Folder on it').fill(join(sftp.root, 'attic'))
  await page.getByLabel('Password', { exact: true }).fill('sea-lantern')
  await expectAccessible(page, 'the form of a crypt remote')
  await page.getByRole('button', { name: 'Connect' }).click()
  await page.getByRole('button', { name: 'Open sealed' }).waitFor()

  await page.goto(`${agent.address}/setup/`)
  await keepOnly(page, 'Your files')
  await page.getByLabel('Name of this plan').fill('Papers')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('radio', { name: /^A remote/ }).click()
  await page.getByRole('radio', { name: /^sealed/ }).click()
  await page.getByRole('button', { name: 'Test this place' }).click()
  await page.getByText('A vault can live here.').waitFor()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Make one for me' }).click()
  await page.getByRole('checkbox').click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Start the first backup' }).click()
  await page.getByRole('heading', { name: 'Papers is backed up.' }).waitFor({ timeout: RUN_MS })
  await page.getByRole('heading', { name: 'Proven: it comes back.' }).waitFor()

  const names = await readdir(join(sftp.root, 'attic'), { recursive: true })
  expect(names.length).toBeGreaterThan(5)
  expect(names.filter((name) => /vault|keys|README/.test(name))).toEqual([])
  await page.context().close()
})

async function openForm(page: Page, search: string, title: string): Promise<void> {
  await page.getByRole('button', { name: 'Add a remote' }).click()
  await page.getByLabel('Search').fill(search)
  await page.getByRole('button', { name: title }).first().click()
}
