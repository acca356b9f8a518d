import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { z } from 'zod'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const Results = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullish(),
      help: z.string(),
      nodes: z.array(z.object({ target: z.array(z.unknown()), html: z.string() })),
    }),
  ),
})

/** Fails when axe finds something serious or critical on the page as it stands, in the light or in the dark. */
export async function expectAccessible(page: Page, screen: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
    // Colours are judged when nothing moves any more: the longest motion takes 180 ms.
    await page.waitForTimeout(400)
    await page.evaluate(axe.source)
    const run = `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })`
    const { violations } = Results.parse(await page.evaluate(run))
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    const told = serious.map(({ id, help, nodes }) => ({
      id,
      help,
      where: nodes.slice(0, 4).map(({ target, html }) => `${target.join(' ')}: ${html.slice(0, 160)}`),
    }))
    expect(told, `${screen}, ${theme}`).toEqual([])
  }
}
