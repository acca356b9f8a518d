import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from './axe.ts'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { startDemoAgent } from './demo-agent.ts'

const RUN_MS = 90_000

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

test.each([
  ['a phone', PHONE],
  ['a desktop', DESKTOP],
])(
  'a plan dumps a database and runs a command of the machine, which the screen can only choose, on %s',
  async (_name, size) => {
    await using agent = await startDemoAgent()
    const database = join(agent.person, 'shop.db')
    using shop = new DatabaseSync(database)
    shop.exec('create table item (id integer); insert into item values (1)')
    const page = await openPaired(browser, agent.pairLink, size)
    await page.getByText('is safe').first().waitFor({ timeout: RUN_MS })
    await page.getByRole('link', { name: 'Settings' }).click()
    // Home has links with this name as well.
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
    await page.getByRole('link', { name: /demo/i }).first().click()
    const dialog = page.getByRole('dialog')

    // Nothing is defined on the machine yet: the screen says where that is done, and has no field for it.
    await page.getByRole('button', { name: 'Add something' }).click()
    await dialog.getByLabel('What to do').selectOption('command')
    await dialog.getByText('holdfast hook add NAME').waitFor()
    expect(await dialog.getByLabel('Command', { exact: true }).count()).toBe(0)
    await expectAccessible(page, 'the dialog of a hook')

    // What is wrong is said beside its field: here, and by the machine.
    await dialog.getByLabel('What to do').selectOption('dump-sqlite')
    await dialog.getByLabel('File of the database').fill('shop.db')
    await dialog.getByRole('button', { name: 'Add it' }).click()
    await dialog.getByText('beginning with a slash').waitFor()
    await dialog.getByLabel('File of the database').fill('/no/such.db')
    await dialog.getByRole('button', { name: 'Add it' }).click()
    await dialog.getByText("/no/such.db can't be found.").waitFor()
    await dialog.getByLabel('File of the database').fill(database)
    await dialog.getByRole('button', { name: 'Add it' }).click()
    await dialog.waitFor({ state: 'detached' })

    // The run ends when the test wants it to: its log is read before and after.
    const go = join(agent.home, 'go')
    const script = `until [ -e "$1" ]; do sleep 0.1; done; echo good evening`
    const commands = [{ id: 'greet', command: ['sh', '-c', script, 'greet', go] }]
    await writeFile(join(agent.home, 'hooks.json'), JSON.stringify({ version: 1, commands }), { mode: 0o600 })
    await page.reload()
    await page.getByRole('button', { name: 'Add something' }).click()
    await dialog.getByLabel('What to do').selectOption('command')
    await dialog.getByLabel('Command', { exact: true }).selectOption('greet')
    await dialog.getByText(script).waitFor()
    await dialog.getByLabel('When').selectOption('after')
    await dialog.getByRole('button', { name: 'Add it' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('Afterwards command greet').waitFor()
    await page.getByRole('button', { name: /^Earlier: Afterwards/ }).click()
    await page.locator('ol > li').first().getByText('Afterwards command greet').waitFor()
    await expectAccessible(page, 'the settings of a plan with hooks')

    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByText('before and after: command greet and 1 more').waitFor()
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByText(`Dumping SQLite database ${database}.`).waitFor({ timeout: RUN_MS })
    await writeFile(go, '')
    await page.getByText('What changed in this run').waitFor({ timeout: RUN_MS })
    // The log stays unfolded under the eyes of who reads it.
    await page.getByText('after-greet: good evening').waitFor()
  },
)
