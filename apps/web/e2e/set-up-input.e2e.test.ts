import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'
import { keepOnly } from './keep-only.ts'

const RUN_MS = 90_000
/** Where the set-up keeps what was typed. */
const KEPT = 'holdfast.set-up'
const PASSPHRASE = 'harbour lamp under snow'

describe.each([
  ['a phone', PHONE],
  ['a desktop', DESKTOP],
])('what is wrong is said beside its field on %s', (_title, size) => {
  let agent: DemoAgent
  let browser: Browser
  let page: Page
  const go = () => page.getByRole('button', { name: 'Continue' }).click()
  const begin = async () => {
    await page.goto(`${agent.address}/setup/`)
    await keepOnly(page, 'Your files')
  }

  beforeAll(async () => {
    agent = await startDemoAgent({ demo: false })
    browser = await launchChromium()
    page = await openPaired(browser, agent.pairLink, size)
  })
  afterAll(async () => {
    await browser.close()
    await agent[Symbol.asyncDispose]()
  })

  test('a plan without a name, and a folder that is no path', async () => {
    await begin()
    await page.getByLabel('Name of this plan').fill(' ')
    await go()
    await says(page, 'Name of this plan', 'Give the plan a name.')
    const name = await page.getByLabel('Name of this plan').getAttribute('id')
    expect(await page.locator('input:focus').getAttribute('id')).toBe(name)
    await page.getByLabel('Name of this plan').fill('Papers')
    await go()
    await page.getByLabel('Folder for the vault').fill('backup')
    await go()
    await says(page, 'Folder for the vault', 'An absolute path, please: it starts with /.')
  })

  test('a folder that holds other things, with some of them named', async () => {
    await page.getByLabel('Folder for the vault').fill(join(agent.person, 'Documents'))
    await go()
    await page.getByText('This folder holds other things.').waitFor()
    await page.getByText('letter.txt').waitFor()
    await page.getByLabel('Folder for the vault').fill(join(agent.person, 'vault'))
    await go()
  })

  test('a passphrase that is short, weak, not repeated or not saved', async () => {
    const passphrase = page.getByLabel('Passphrase', { exact: true })
    await passphrase.fill('lamp')
    await go()
    await says(page, 'Passphrase', 'Too short. At least eight characters.')
    await passphrase.fill('aaaaaaaaaaaa')
    await go()
    await says(page, 'Passphrase', 'Weak. A computer guesses this.')
    await passphrase.fill(PASSPHRASE)
    await page.getByLabel('The same again').fill('harbour lamp under show')
    await go()
    await says(page, 'The same again', 'The two are not the same.')
    await page.getByText('Save it first, then tick this.').waitFor()
    await page.getByLabel('The same again').fill(PASSPHRASE)
    await page.getByRole('checkbox').click()
  })

  test('what was typed is there after going back, and but for the passphrase after loading anew', async () => {
    await page.getByRole('button', { name: 'Back' }).click()
    await page.getByRole('button', { name: 'Back' }).click()
    expect(await page.getByLabel('Name of this plan').inputValue()).toBe('Papers')
    expect(await page.getByRole('checkbox', { name: 'All of Your files' }).isChecked()).toBe(true)
    await go()
    await go()
    expect(await page.getByLabel('Passphrase', { exact: true }).inputValue()).toBe(PASSPHRASE)
    await go()
    await page.getByRole('radio', { name: 'By cron, for experts' }).click()
    await page.getByLabel('Cron expression').fill('0 2 30 2 *')

    await page.reload()
    await page.getByRole('heading', { name: 'One passphrase keeps it yours.' }).waitFor()
    expect(await page.getByLabel('Passphrase', { exact: true }).inputValue()).toBe('')
    const kept = String(await page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }])'))
    expect(kept).toContain('Papers')
    expect(kept).not.toContain(PASSPHRASE)
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
    await page.getByLabel('The same again').fill(PASSPHRASE)
    await page.getByRole('checkbox').click()
    await go()
  })

  test('a schedule that never fires', async () => {
    await page.getByRole('button', { name: 'Start the first backup' }).click()
    await says(page, 'Cron expression', 'This schedule never fires.')
    await page.getByRole('radio', { name: 'Only by hand' }).click()
  })

  test('a source that is gone when it is to be backed up', async () => {
    await rm(join(agent.person, 'Documents'), { recursive: true })
    await page.getByRole('button', { name: 'Start the first backup' }).click()
    await page.getByRole('heading', { name: 'What should be safe?' }).waitFor()
    const gone = `${join(agent.person, 'Documents')} can't be found.`
    await page.getByRole('alert').filter({ hasText: gone }).waitFor()

    await mkdir(join(agent.person, 'Documents'))
    await writeFile(join(agent.person, 'Documents', 'letter.txt'), 'Dear Ada,\n')
    await begin()
    for (let i = 0; i < 2; i += 1) await go()
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
    await page.getByLabel('The same again').fill(PASSPHRASE)
    await page.getByRole('checkbox').click()
    await go()
    await page.getByRole('button', { name: 'Start the first backup' }).click()
    await page.getByRole('heading', { name: 'Papers is backed up.' }).waitFor({ timeout: RUN_MS })
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })

  test('a passphrase that does not open the vault that is there, and a name that is taken', async () => {
    await begin()
    await page.getByLabel('Name of this plan').fill('papers')
    await go()
    await page.getByLabel('Folder for the vault').fill(join(agent.person, 'vault'))
    await go()
    await page.getByRole('heading', { name: 'Open the vault.' }).waitFor()
    await page.getByLabel('Passphrase of this vault').fill('another one')
    await go()
    await says(page, 'Passphrase of this vault', 'Type the passphrase of this vault again.')
    await page.getByLabel('Passphrase of this vault').fill(PASSPHRASE)
    await go()
    await page.getByRole('heading', { name: 'When should it run?' }).waitFor()
    await page.getByRole('button', { name: 'Start the first backup' }).click()
    await says(page, 'Name of this plan', 'There is a plan “papers” already. Give this one another name.')
  })

  test('a remote that is gone since it was chosen', async () => {
    const kept = JSON.parse(String(await page.evaluate(`sessionStorage.getItem('${KEPT}')`)))
    const gone = { ...kept, step: 'where', reached: 'where', placeKind: 'remote', remote: 'attic' }
    await page.evaluate(`sessionStorage.setItem('${KEPT}', ${JSON.stringify(JSON.stringify(gone))})`)
    await page.reload()
    await page.getByRole('alert').filter({ hasText: 'The remote “attic” is not there any more.' }).waitFor()
    await go()
    await page.getByRole('heading', { name: 'Where should the copies go?' }).waitFor()
  })
})

/** The field is marked, and the words stand with it for eyes and screen readers alike. */
async function says(page: Page, label: string, words: string): Promise<void> {
  const field = page.getByLabel(label, { exact: true })
  await page.getByRole('alert').filter({ hasText: words }).waitFor()
  expect(await field.getAttribute('aria-invalid')).toBe('true')
  const described = (await field.getAttribute('aria-describedby'))?.split(' ') ?? []
  const texts = await Promise.all(described.map((id) => page.locator(`[id="${id}"]`).textContent()))
  expect(texts.join(' ')).toContain(words)
}
