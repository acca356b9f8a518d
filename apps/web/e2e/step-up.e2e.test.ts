import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { z } from 'zod'
import { expectAccessible } from './axe.ts'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'

const PIN = '493817'

/** The code that `holdfast device confirm` shows on the machine. */
async function codeOfTheMachine(agent: DemoAgent): Promise<string> {
  const file = JSON.parse(await readFile(join(agent.home, 'agent.json'), 'utf8'))
  const { address, token } = z.object({ address: z.string(), token: z.string() }).parse(file)
  const answer = await fetch(`${address}/api/trpc/device.issueConfirmCode`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  })
  return z.object({ result: z.object({ data: z.object({ code: z.string() }) }) }).parse(await answer.json())
    .result.data.code
}

test('a device that was paired long ago asks for its PIN, or a code of the machine, before a plan is removed', async () => {
  await using agent = await startDemoAgent()
  await using browser = await launchChromium()
  const page = await openPaired(browser, agent.pairLink, PHONE)
  const asked = page.getByRole('dialog', { name: 'Confirm that it is you' })
  await page.goto(`${agent.address}/settings/`)

  // What was confirmed is forgotten when the agent starts anew, as it is after five minutes.
  await agent.restart()
  await page.getByRole('button', { name: 'Choose a PIN' }).click()
  const choosing = page.getByRole('dialog', { name: 'PIN of this device' })
  await choosing.getByLabel('PIN', { exact: true }).fill(PIN)
  await choosing.getByLabel('The same again').fill(PIN)
  await choosing.getByRole('button', { name: 'Save the PIN' }).click()
  await asked.getByLabel('Code of the machine').waitFor()
  await expectAccessible(page, 'the question for a code of the machine')
  await asked.getByLabel('Code of the machine').fill('0000-0000')
  await asked.getByRole('button', { name: 'Confirm' }).click()
  await asked.getByText('There is no valid code at the moment.').waitFor()
  await asked.getByLabel('Code of the machine').fill(await codeOfTheMachine(agent))
  await asked.getByRole('button', { name: 'Confirm' }).click()
  await page.getByRole('button', { name: 'Change the PIN' }).waitFor()

  await agent.restart()
  await page.getByRole('link', { name: /Demo/ }).first().click()
  await page
    .getByRole('button', { name: /remove/i })
    .last()
    .click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /remove/i })
    .first()
    .click()
  await asked.getByLabel('PIN of this device').waitFor()
  await expectAccessible(page, 'the question for the PIN')
  await asked.getByLabel('PIN of this device').fill('493818')
  await asked.getByRole('button', { name: 'Confirm' }).click()
  await asked.getByText('This is not the PIN. 4 tries are left.').waitFor()
  // Whoever gives up here has removed nothing, and may try again.
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').getByText('Confirm that it is you.').waitFor()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /remove/i })
    .first()
    .click()
  await asked.getByLabel('PIN of this device').fill(PIN)
  await asked.getByRole('button', { name: 'Confirm' }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/settings/plan'))
  await page.goto(agent.address)
  await page.getByRole('heading', { name: 'Nothing is backed up yet.' }).waitFor()
})
