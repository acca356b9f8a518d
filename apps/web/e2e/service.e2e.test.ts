import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startUserSystemd, type UserSystemd } from '@holdfast/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from './axe.ts'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { startDemoAgent } from './demo-agent.ts'
import { keepOnly } from './keep-only.ts'

const RUN_MS = 90_000
const NO_SYSTEMD = 'no user manager of systemd can be started here'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

/** An agent on a machine that a real systemd runs, with its units where the test sees them. */
function agentUnder(systemd: UserSystemd, { demo }: { demo: boolean }) {
  // The agent's person stays the one that has something to back up.
  const { HOME: _, ...environment } = systemd.environment
  const env = { ...environment, HOLDFAST_SERVICE: 'user', XDG_CONFIG_HOME: join(systemd.home, '.config') }
  return startDemoAgent({ demo, inside: systemd.inside, env })
}
const unitOf = ({ home }: UserSystemd) => join(home, '.config', 'systemd', 'user', 'holdfast.service')

test.for([
  { name: 'a phone', size: PHONE },
  { name: 'a desktop', size: DESKTOP },
])(
  'home warns that a restart would end the backups, and a switch ends the warning, on $name',
  async ({ name, size }, context) => {
    await using systemd = await startUserSystemd()
    if (systemd === undefined) return context.skip(NO_SYSTEMD)
    await using agent = await agentUnder(systemd, { demo: true })
    const page = await openPaired(browser, agent.pairLink, size)
    await page
      .getByText('After a restart of this machine nothing backs up Demo.')
      .waitFor({ timeout: RUN_MS })
    await expectAccessible(page, `home without a service, on ${name}`)
    await page.getByRole('link', { name: 'Start with this machine' }).click()
    const toggle = page.getByRole('switch', { name: 'Start with this machine' })
    await toggle.waitFor()
    expect(await toggle.isChecked()).toBe(false)
    await page.getByText('Nothing starts Holdfast after a restart of this machine.').waitFor()
    await toggle.click()
    await page.getByText(/^Holdfast starts .*The one that runs now was started by hand/).waitFor()
    await page.getByText(unitOf(systemd)).waitFor()
    expect(existsSync(unitOf(systemd))).toBe(true)
    await expectAccessible(page, `the service's card, on ${name}`)
    await page.goto(agent.address)
    await page.getByText('Everything is safe.').waitFor()
  },
)

test('set-up offers it, ticked, and its last step shows that it is done and takes it back', async (context) => {
  await using systemd = await startUserSystemd()
  if (systemd === undefined) return context.skip(NO_SYSTEMD)
  await using agent = await agentUnder(systemd, { demo: false })
  const page = await openPaired(browser, agent.pairLink, PHONE)
  await page.goto(`${agent.address}/setup/`)
  await keepOnly(page, 'Your files')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Folder for the vault').fill(join(agent.person, 'disk', 'vault'))
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Make one for me' }).click()
  await page.getByRole('checkbox').click()
  await page.getByRole('button', { name: 'Continue' }).click()
  const tick = page.getByRole('checkbox', { name: 'Start with this machine' })
  await tick.waitFor()
  expect(await tick.isChecked()).toBe(true)
  expect(existsSync(unitOf(systemd))).toBe(false)
  await page.getByRole('button', { name: 'Start the first backup' }).click()
  await page.getByRole('heading', { name: /is backed up\.$/ }).waitFor({ timeout: RUN_MS })
  const toggle = page.getByRole('switch', { name: 'Start with this machine' })
  await toggle.waitFor()
  expect([await toggle.isChecked(), existsSync(unitOf(systemd))]).toEqual([true, true])
  await expectAccessible(page, 'the last step with the service')
  await toggle.click()
  await page.getByText('Nothing starts Holdfast after a restart of this machine.').waitFor()
  expect(existsSync(unitOf(systemd))).toBe(false)
})

test('where systemd does not run the machine, the card says what does it', async (context) => {
  if (existsSync('/run/systemd/system')) return context.skip('systemd runs this machine')
  await using agent = await startDemoAgent({ demo: true, env: { HOLDFAST_SERVICE: 'user' } })
  const page = await openPaired(browser, agent.pairLink, PHONE)
  await page.goto(`${agent.address}/settings/`)
  await page.getByText('This machine is not run by systemd').waitFor()
  await page.getByText('A line for your crontab').click()
  await page.getByText('@reboot').waitFor()
  await expectAccessible(page, 'the card without systemd')
})
