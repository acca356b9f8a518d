// `npm run bench:lighthouse -w @holdfast/web`: Lighthouse's mobile preset on the home screen of a demo, five times, in
// the system's Chromium. Needs the app to be built. The aims count for the medians. Performance belongs to the machine,
// so each round says how busy that was (load) and how fast Lighthouse found it (index; a quiet desktop has 1500 and more).
// Lighthouse itself has a hundred megabytes that no other command needs: npx fetches it when this one runs.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { z } from 'zod'
import { startDemoAgent } from './demo-agent.ts'

const ROUNDS = 5
const RUN_MS = 120_000
const AIMS = { performance: 95, accessibility: 100, 'best-practices': 95 } as const
const METRICS = [
  ['FCP', 'first-contentful-paint'],
  ['LCP', 'largest-contentful-paint'],
  ['TBT', 'total-blocking-time'],
  ['CLS', 'cumulative-layout-shift'],
  ['SI', 'speed-index'],
] as const

const LIGHTHOUSE = 'lighthouse@12.8.2'
const CHROMIUM = process.env.CHROME_PATH ?? '/usr/bin/chromium'
const UNBOXED = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const MAX_REPORT = 64 * 1024 * 1024
const Report = z.object({
  finalDisplayedUrl: z.string(),
  categories: z.record(
    z.string(),
    z.object({
      score: z.number().nullable(),
      auditRefs: z.array(z.object({ id: z.string(), weight: z.number() })),
    }),
  ),
  audits: z.record(
    z.string(),
    z.object({
      title: z.string(),
      score: z.number().nullable(),
      numericValue: z.number().optional(),
      displayValue: z.string().optional(),
    }),
  ),
  environment: z.object({ benchmarkIndex: z.number() }),
})

const profile = await mkdtemp(join(tmpdir(), 'holdfast-lighthouse-'))
try {
  await using agent = await startDemoAgent()
  await pairIn(profile, agent.pairLink)
  const seen = new Map<string, number[]>()
  const below = new Set<string>()
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [load = 0] = loadavg()
    // It takes away the service worker and all caches first, and leaves the session.
    const { categories, audits, environment, finalDisplayedUrl } = await lighthouse(agent.address, profile)
    if (new URL(finalDisplayedUrl).pathname !== '/')
      throw new Error(`Measured ${finalDisplayedUrl} and not home.`)
    const figures = [
      ...Object.keys(AIMS).map((id) => [id, Math.round((categories[id]?.score ?? 0) * 100)] as const),
      ...METRICS.map(([name, id]) => [name, audits[id]?.numericValue ?? Number.NaN] as const),
    ]
    for (const [name, value] of figures) seen.set(name, [...(seen.get(name) ?? []), value])
    const machine = `load ${load.toFixed(1)}, index ${Math.round(environment.benchmarkIndex)}`
    console.log(`round ${round} (${machine}): ${figures.map(inWords).join(', ')}`)
    for (const { auditRefs } of Object.values(categories))
      for (const { id, weight } of auditRefs) {
        const audit = audits[id]
        if (weight > 0 && (audit?.score ?? 1) < 0.9) below.add(audit?.title ?? id)
      }
  }
  const medians = [...seen].map(([name, values]) => [name, median(values)] as const)
  console.log(`medians: ${medians.map(inWords).join(', ')}`)
  if (below.size > 0) console.log(`below 0.9 at least once: ${[...below].join(', ')}`)
  for (const [name, aim] of Object.entries(AIMS))
    if ((new Map(medians).get(name) ?? 0) < aim) process.exitCode = 1
} finally {
  await rm(profile, { recursive: true, force: true })
}

/** Pairs a browser that keeps what it is told in `profile`, and leaves: who watches it, too, keeps a page from starting. */
async function pairIn(profile: string, pairLink: string): Promise<void> {
  await using browser = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: UNBOXED,
  })
  const page = await browser.newPage()
  await page.goto(pairLink)
  await page.getByRole('button', { name: /pair/i }).click()
  await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor({ timeout: RUN_MS })
  // What is known is kept two seconds after it was heard.
  await page.waitForTimeout(3000)
}

async function lighthouse(url: string, profile: string): Promise<z.infer<typeof Report>> {
  const args = ['--yes', LIGHTHOUSE, url, '--output=json', '--quiet']
  const browser = `--chrome-flags=${['--headless=new', `--user-data-dir=${profile}`, ...UNBOXED].join(' ')}`
  const categories = `--only-categories=${Object.keys(AIMS).join(',')}`
  const { stdout } = await promisify(execFile)('npx', [...args, browser, categories], {
    maxBuffer: MAX_REPORT,
    env: { ...process.env, CHROME_PATH: CHROMIUM },
  })
  return Report.parse(JSON.parse(stdout))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function inWords([name, value]: readonly [string, number]): string {
  if (name in AIMS) return `${name} ${value}`
  return name === 'CLS' ? `CLS ${value.toFixed(3)}` : `${name} ${Math.round(value)} ms`
}
