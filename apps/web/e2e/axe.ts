import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { z } from 'zod'
import { settledFaults } from './settled-faults.ts'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const Results = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      help: z.string(),
      nodes: z.array(z.object({ target: z.array(z.unknown()), html: z.string() })),
    }),
  ),
})

/** Fails when axe finds anything on the page as it stands, in the light or in the dark. Motion is off from then on. */
export async function expectAccessible(page: Page, screen: string): Promise<void> {
  // Colours are judged when nothing moves any more.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.evaluate(`if (window.axe === undefined) { ${axe.source} }`)
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
    const run = `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })`
    const told = await settledFaults(async () => {
      const { violations } = Results.parse(await page.evaluate(run))
      return violations.map(({ id, help, nodes }) => ({
        id,
        help,
        where: nodes.slice(0, 4).map(({ target, html }) => `${target.join(' ')}: ${html.slice(0, 160)}`),
      }))
    })
    expect.soft(told, `${screen}, ${theme}`).toEqual([])
  }
}
