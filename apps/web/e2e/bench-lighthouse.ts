// `npm run bench:lighthouse -w @holdfast/web`: Lighthouse's mobile preset on the home screen of a demo, three times, in
// the system's Chromium. Needs the app to be built. Performance belongs to the machine; the other two do not. Lighthouse
// itself has a hundred megabytes that no other command needs: npx fetches it when this one runs.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { z } from 'zod'
import { startDemoAgent } from './demo-agent.ts'

const ROUNDS = 3
const RUN_MS = 120_000
const AIMS = { performance: 0.95, accessibility: 1, 'best-practices': 0.95 } as const

const LIGHTHOUSE = 'lighthouse@12.8.2'
const MAX_REPORT = 64 * 1024 * 1024
const Report = z.object({
  categories: z.record(
    z.string(),
    z.object({
      score: z.number().nullable(),
      auditRefs: z.array(z.object({ id: z.string(), weight: z.number() })),
    }),
  ),
  audits: z.record(
    z.string(),
    z.object({ title: z.string(), score: z.number().nullable(), displayValue: z.string().optional() }),
  ),
})

const profile = await mkdtemp(join(tmpdir(), 'holdfast-lighthouse-'))
try {
  await using agent = await startDemoAgent()
  // A profile of its own: Lighthouse opens its tabs there, and the device that was paired is the same.
  await using browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROME_PATH ?? '/usr/bin/chromium',
    args: ['--remote-debugging-port=0', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
  const [port] = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8')).split('\n')
  const page = await browser.newPage()
  await page.goto(agent.pairLink)
  await page.getByRole('button', { name: /pair/i }).click()
  await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor({ timeout: RUN_MS })
  await page.close()
  for (let round = 1; round <= ROUNDS; round += 1) {
    // It takes away the service worker and all caches first, and leaves the session.
    const { categories, audits } = await lighthouse(agent.address, Number(port))
    const scores = Object.entries(AIMS).map(([id, aim]) => {
      const score = categories[id]?.score ?? 0
      if (score < aim) process.exitCode = 1
      return `${id} ${Math.round(score * 100)}`
    })
    console.log(`round ${round}: ${scores.join(', ')}`)
    for (const id of [
      'first-contentful-paint',
      'largest-contentful-paint',
      'total-blocking-time',
      'cumulative-layout-shift',
      'speed-index',
    ])
      console.log(`  ${audits[id]?.title}: ${audits[id]?.displayValue}`)
    const short = Object.values(categories).flatMap(({ auditRefs }) =>
      auditRefs.filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 0.9).map(({ id }) => id),
    )
    for (const id of new Set(short))
      console.log(`  below: ${audits[id]?.title} ${audits[id]?.displayValue ?? ''}`)
  }
} finally {
  await rm(profile, { recursive: true, force: true })
}

async function lighthouse(url: string, port: number): Promise<z.infer<typeof Report>> {
  const args = ['--yes', LIGHTHOUSE, url, `--port=${port}`, '--output=json', '--quiet']
  const categories = `--only-categories=${Object.keys(AIMS).join(',')}`
  const { stdout } = await promisify(execFile)('npx', [...args, categories], { maxBuffer: MAX_REPORT })
  return Report.parse(JSON.parse(stdout))
}
