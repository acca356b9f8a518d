import { HOUR_MS, MINUTE_MS } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { expectAccessible } from './axe.ts'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { expectReflow } from './reflow.ts'
import { type MachineAgent, startTwoAgents } from './two-agents.ts'

async function codeOf(machine: MachineAgent, role: string): Promise<string> {
  return z.object({ code: z.string() }).parse(await machine.ask('device.issueCode', { role })).code
}

/** A code of a device instead of the machine's own console: its owner has to let in who comes with it. */
async function codeOfDevice(machine: MachineAgent): Promise<string> {
  const post = async (path: string, body: object, headers: Record<string, string> = {}) =>
    await fetch(`${machine.address}/api/trpc/${path}`, {
      ...{ method: 'POST', body: JSON.stringify(body) },
      headers: { 'content-type': 'application/json', ...headers },
    })
  const paired = await post('device.pair', { code: await codeOf(machine, 'owner'), name: 'Phone' })
  const Paired = z.object({ result: z.object({ data: z.object({ secret: z.string() }) }) })
  const { secret } = Paired.parse(await paired.json()).result.data
  const cookie = paired.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const issued = await post('device.issueCode', { role: 'viewer' }, { cookie, 'x-holdfast-device': secret })
  const Issued = z.object({ result: z.object({ data: z.object({ code: z.string() }) }) })
  return Issued.parse(await issued.json()).result.data.code
}

test('another machine is found, compared and let in, stands on the home screen, and is told of when it is silent', async () => {
  await using agents = await startTwoAgents()
  const { laptop, nas } = agents
  await Promise.all([laptop.backUp('Documents'), nas.backUp('Photos')])
  const Served = z.object({ serving: z.object({ fingerprint: z.string(), origin: z.string() }) })
  const { serving } = Served.parse(await nas.ask('lan.get'))
  await using browser = await launchChromium()
  const page = await openPaired(browser, `${laptop.address}/pair/#${await codeOf(laptop, 'owner')}`, PHONE)
  // Alone it is as if there were no others.
  await page.getByRole('heading', { name: 'Documents' }).waitFor()
  expect(await page.getByRole('list', { name: 'Machines' }).count()).toBe(0)

  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByText('Does Holdfast run on another machine too?').waitFor()
  await page.getByRole('button', { name: 'Add a machine' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /^nas/ }).waitFor()
  await expectAccessible(page, 'machines on the network')
  await expectReflow(page, 'machines on the network')
  await dialog.getByRole('button', { name: /^nas/ }).click()
  await dialog.getByText(serving.fingerprint).waitFor()
  await expectAccessible(page, 'a fingerprint to compare')
  await dialog.getByRole('button', { name: 'It is the same there' }).click()

  await dialog.getByLabel('One-time code').fill('WRONG')
  await dialog.getByRole('button', { name: 'Watch it' }).click()
  await dialog.getByRole('alert').getByText('no valid code').waitFor()
  await expectAccessible(page, 'a code that is wrong')
  await dialog.getByLabel('One-time code').fill(await codeOfDevice(nas))
  await dialog.getByRole('button', { name: 'Watch it' }).click()
  const number = (await dialog.getByText(/^\d{4}$/).textContent()) ?? ''
  await expectAccessible(page, 'a machine that waits to be let in')
  const [waits] = z
    .array(z.object({ id: z.string(), number: z.string() }))
    .parse(await nas.ask('device.waiting'))
  expect(waits?.number).toBe(number)
  await nas.ask('device.approve', { id: waits?.id, role: 'viewer' })
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('button', { name: 'Ask now: nas' }).waitFor()
  await expectAccessible(page, 'settings with another machine')
  await expectReflow(page, 'settings with another machine')

  await page.getByRole('link', { name: 'Home' }).click()
  const machines = page.getByRole('list', { name: 'Machines' }).locator('> li')
  await machines.nth(1).getByRole('heading', { name: 'nas' }).waitFor()
  expect(await machines.allTextContents()).toEqual([
    expect.stringMatching(/^laptop.*this machine/),
    expect.stringMatching(/^nas.*Photos/),
  ])
  await page.getByRole('heading', { name: 'Both machines are protected.' }).waitFor()
  await page.getByRole('list', { name: 'Plans of nas' }).getByText('Photos').waitFor()
  const link = machines.nth(1).getByRole('link', { name: 'Open on nas' })
  expect(new URL((await link.getAttribute('href')) ?? '').port).toBe(new URL(serving.origin).port)
  await expectAccessible(page, 'the home of two machines')
  await expectReflow(page, 'the home of two machines')

  await nas.stop()
  const later = 27 * HOUR_MS
  const askAt = async (ms: number) => {
    await laptop.shift(ms)
    const [machine] = z.array(z.object({ id: z.string() })).parse(await laptop.ask('machine.list'))
    await laptop.ask('machine.ask', { id: machine?.id })
  }
  await askAt(later)
  await machines.nth(1).getByText('Nobody answers at').waitFor()
  // One try may have fallen into a bad moment; the second one in a row opens the incident.
  await page.clock.setSystemTime(Date.now() + later)
  await askAt(later + 6 * MINUTE_MS)
  await page.getByText('nas is at risk', { exact: true }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: '1 of 2 machines is protected.' }).waitFor()
  await page.getByText('nas was not heard for 1 d 3 h').first().waitFor()
  await expectAccessible(page, 'the home with a machine that is silent')

  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Silence of nas' }).click()
  await dialog.getByLabel('Tell me when it is silent for').selectOption('48')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('you are told after 2 days of silence').waitFor()
  await page.getByRole('button', { name: 'Remove nas' }).click()
  await expectAccessible(page, 'a machine that is to be removed')
  await dialog.getByRole('button', { name: 'Watch it no more' }).click()
  await page.getByText('Does Holdfast run on another machine too?').waitFor()
  await page.getByRole('link', { name: 'Home' }).click()
  await page.getByRole('heading', { name: 'Documents' }).waitFor()
  expect(await page.getByRole('list', { name: 'Machines' }).count()).toBe(0)
})
