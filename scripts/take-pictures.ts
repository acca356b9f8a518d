// `npm run pictures`: makes the pictures of the docs from a fresh demo, on a phone and on a desktop.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { launchChromium, openPaired, PHONE } from '../apps/web/e2e/browser.ts'
import { startDemoAgent } from '../apps/web/e2e/demo-agent.ts'

const pictures = resolve(import.meta.dirname, '..', 'docs', 'pictures')
const FIRST_RUN_MS = 120_000

mkdirSync(pictures, { recursive: true })
await using agent = await startDemoAgent()
await using browser = await launchChromium()
const phone = await openPaired(browser, agent.pairLink, PHONE)
await phone.getByText('Everything is safe.').waitFor({ timeout: FIRST_RUN_MS })
await take(phone, 'home-phone')
await phone.goto(`${agent.address}/ops/`)
await phone.getByText('Looking…').waitFor({ state: 'hidden' })
await take(phone, 'ops-phone')
await phone.setViewportSize({ width: 1280, height: 800 })
await phone.goto(agent.address)
await take(phone, 'home-desktop')

async function take(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('load')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' })
  console.log(`docs/pictures/${name}.png`)
}
