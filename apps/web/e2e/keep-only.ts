import type { Page } from 'playwright-core'

/** In the first step of a set-up: unticks every section but one, so that a test depends on nothing else of the machine. */
export async function keepOnly(page: Page, section: string): Promise<void> {
  await page.getByRole('checkbox', { name: `All of ${section}` }).waitFor()
  for (const box of await page.getByRole('checkbox', { name: /^All of / }).all()) {
    if ((await box.getAttribute('aria-label')) === `All of ${section}`) continue
    // One that is ticked in part is ticked as a whole first.
    for (let clicks = 0; clicks < 2 && (await box.getAttribute('aria-checked')) !== 'false'; clicks += 1)
      await box.click()
  }
}
