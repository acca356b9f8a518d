import { execFileSync } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { createTemporaryFolder } from '@holdfast/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from './axe.ts'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { startDemoAgent } from './demo-agent.ts'

const RUN_MS = 90_000
const HOLDFAST = resolve(import.meta.dirname, '..', '..', 'cli', 'bin', 'holdfast.mjs')

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

test('after a recovery, another vault of the machine is opened with its own passphrase', async () => {
  await using folder = await createTemporaryFolder()
  const at = (name: string) => join(folder.path, name)
  await mkdir(at('books'))
  await writeFile(at('books/novel.txt'), 'It was a dark night.')
  await writeFile(at('passphrase'), 'another one\n')
  let vault = ''
  let passphrase = ''
  {
    await using old = await startDemoAgent()
    const page = await openPaired(browser, old.pairLink, PHONE)
    await page.getByText('Everything is safe.').waitFor({ timeout: RUN_MS })
    await page.context().close()
    const holdfast = (...args: string[]) =>
      execFileSync(process.execPath, [HOLDFAST, ...args], {
        ...{ cwd: folder.path, stdio: 'pipe' },
        env: { ...process.env, HOLDFAST_HOME: old.home },
      })
    const key = ['--passphrase-file', 'passphrase']
    holdfast('plan', 'add', 'Books', 'books', '--to', './second', '--manual', ...key)
    holdfast('run', 'Books', '--follow')
    holdfast('run', 'Demo', '--follow')
    holdfast('kit', 'save', 'kit.json', '--plan', 'Demo')
    vault = join(old.home, 'demo', 'vault')
    passphrase = (await readFile(join(old.home, 'demo', 'passphrase'), 'utf8')).trim()
    await cp(vault, at('vault'), { recursive: true })
  }
  await rm(at('books'), { recursive: true })
  await cp(at('vault'), vault, { recursive: true })
  await using _vault = {
    [Symbol.asyncDispose]: () => rm(dirname(dirname(dirname(vault))), { recursive: true, force: true }),
  }

  await using fresh = await startDemoAgent({ demo: false })
  const page = await openPaired(browser, fresh.pairLink, PHONE)
  page.setDefaultTimeout(RUN_MS)
  await page.getByRole('link', { name: 'Recover a machine' }).click()
  await page.getByLabel('Kit file').setInputFiles(at('kit.json'))
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await page.getByRole('button', { name: 'Open the vault' }).click()
  await page.getByRole('button', { name: /^Bring .+ back$/ }).click()
  await page.getByRole('heading', { name: 'Books: in another vault' }).waitFor()
  await page.getByText(/^Backed up/).waitFor()
  await expectAccessible(page, 'another vault to open')
  if (process.env.KIT_PICTURES !== undefined)
    await page.screenshot({ path: join(process.env.KIT_PICTURES, 'locked.png'), fullPage: true })
  const field = page.getByLabel(`Passphrase of ${at('second')}`)
  await field.fill('not it')
  await page.getByRole('button', { name: 'Open this vault' }).click()
  await page.getByText(/does not open/).waitFor()
  await field.fill('another one')
  await page.getByRole('button', { name: 'Open this vault' }).click()
  await page.getByRole('heading', { name: 'Books', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Bring the files back' }).click()
  await page.getByText('the schedules can go on where they ended').waitFor({ timeout: RUN_MS })
  expect(await readFile(at('books/novel.txt'), 'utf8')).toBe('It was a dark night.')
})
