// `npm run pictures`: makes the pictures of the docs, on a phone, from a fresh demo after its first run.
import { mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { launchChromium, openPaired, PHONE } from '../apps/web/e2e/browser.ts'
import { startDemoAgent } from '../apps/web/e2e/demo-agent.ts'

const pictures = resolve(import.meta.dirname, '..', 'docs', 'pictures')
const FIRST_RUN_MS = 120_000
/** Whoever clones carries them along for ever. */
const MAX_BYTES = 150_000

mkdirSync(pictures, { recursive: true })
await using agent = await startDemoAgent()
await using browser = await launchChromium()
// What the bars of a phone's browser leave.
const size = { viewport: { width: 390, height: 664 }, deviceScaleFactor: 1.5 }
const phone = await openPaired(browser, agent.pairLink, { ...PHONE, ...size })
await phone.getByText('Everything is safe.').waitFor({ timeout: FIRST_RUN_MS })
await take(phone, 'home-phone')
await phone
  .getByRole('link', { name: /Complete/ })
  .first()
  .click()
await phone.waitForURL((url) => url.pathname.startsWith('/ops/'))
await take(phone, 'run-phone')
await phone.goto(`${agent.address}/restore/`)
const folders = phone.getByRole('list')
for (const folder of ['source', 'letters'])
  await folders.getByRole('button', { name: folder, exact: true }).click()
await phone.getByRole('checkbox', { name: 'Restore to-grandmother.txt' }).click()
await take(phone, 'restore-phone')

async function take(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle')
  await page.getByRole('heading', { level: 1 }).waitFor()
  const path = join(pictures, `${name}.png`)
  await page.screenshot({ path, animations: 'disabled' })
  const { size } = statSync(path)
  if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes; ${MAX_BYTES} are the most.`)
  console.log(`docs/pictures/${name}.png ${size} bytes`)
}
