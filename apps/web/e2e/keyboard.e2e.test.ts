import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DESKTOP, launchChromium } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'

const RUN_MS = 90_000
const TABS_AT_MOST = 60

let agent: DemoAgent
let browser: Browser
let page: Page
beforeAll(async () => {
  agent = await startDemoAgent({ demo: false })
  browser = await launchChromium()
  page = await (await browser.newContext(DESKTOP)).newPage()
})
afterAll(async () => {
  await browser.close()
  await agent[Symbol.asyncDispose]()
})

test('by keyboard alone: paired, set up, backed up, and a file brought back; the focus is seen at every step', async () => {
  await page.goto(agent.pairLink)
  await heading('Pair this device.')
  await tabTo('button Pair')
  await page.keyboard.press('Enter')

  await heading('Nothing is backed up yet.')
  await tabTo('a Set up the first backup')
  await page.keyboard.press('Enter')

  await page.getByRole('checkbox', { name: 'All of Your files' }).waitFor()
  for (const box of await page.getByRole('checkbox', { name: /^All of / }).all()) {
    const name = (await box.getAttribute('aria-label')) ?? ''
    await tabTo(`button ${name}`)
    // One that is ticked in part is ticked as a whole first.
    for (let presses = 0; presses < 2 && (await box.getAttribute('aria-checked')) !== 'false'; presses += 1)
      if (name !== 'All of Your files') await page.keyboard.press('Space')
  }
  await tabTo('button Continue')
  await page.keyboard.press('Enter')

  await heading(/./)
  await tabTo('input Folder for the vault')
  await page.keyboard.type(join(agent.person, 'vault'))
  await tabTo('button Continue')
  await page.keyboard.press('Enter')

  await page.getByRole('button', { name: 'Make one for me' }).waitFor()
  await tabTo('button Make one for me')
  await page.keyboard.press('Enter')
  await tabTo('button I have saved it, and not only on this machine.')
  await page.keyboard.press('Space')
  await tabTo('button Continue')
  await page.keyboard.press('Enter')

  await heading('When should it run?')
  await tabTo('input Every day')
  await page.keyboard.press('ArrowUp')
  expect(await focused()).toBe('input Every hour')
  await tabTo('button Start the first backup')
  await page.keyboard.press('Enter')
  await page.getByText('Proven: it comes back.').waitFor({ timeout: RUN_MS })
  await tabTo('a Home')
  await page.keyboard.press('Enter')

  await heading('Everything is safe.')
  await page.reload()
  await heading('Everything is safe.')
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('a Skip to the content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  expect(await page.evaluate("document.activeElement.closest('main') !== null")).toBe(true)
  await tabTo('a Restore')
  await page.keyboard.press('Enter')

  await page.getByRole('slider', { name: 'Snapshot' }).waitFor()
  await page.getByRole('checkbox').first().waitFor()
  await tabTo('button Restore Documents')
  await page.keyboard.press('Space')
  await tabTo('button Restore Documents…')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  expect(await page.evaluate("document.activeElement.closest('[role=dialog]') !== null")).toBe(true)
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  // The dialog gives the focus back in a moment of its own; what gets it first is what counts.
  await page.waitForFunction('document.activeElement !== document.body')
  expect(await focused()).toBe('button Restore Documents…')
  await page.keyboard.press('Enter')
  // And it takes pointers a moment after it is there: until then what lies below it answers in its place.
  await page.waitForFunction(
    "getComputedStyle(document.querySelector('[role=dialog]')).pointerEvents === 'auto'",
  )
  await tabTo('input Folder on this machine')
  await page.keyboard.press('Control+A')
  await page.keyboard.type(join(agent.person, 'back'))
  await tabTo('button Start the restore')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Restore something else' }).waitFor({ timeout: RUN_MS })
  const back = await readFile(join(agent.person, 'back', 'Documents', 'letter.txt'), 'utf8')
  expect(back).toBe('Dear Ada,\n')
})

async function heading(name: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name }).waitFor({ timeout: RUN_MS })
}

/** Presses Tab until the named element has the focus; on the way, everything that has it shows it. */
async function tabTo(wanted: string): Promise<void> {
  const seen: string[] = []
  while (seen.length < TABS_AT_MOST) {
    if ((await focused()) === wanted) return
    await page.keyboard.press('Tab')
    seen.push(await focused())
    expect(await page.evaluate(hiddenFocus), seen.at(-1)).toBe('')
  }
  throw new Error(`Tab never came to “${wanted}”, but to:\n${seen.join('\n')}`)
}

const focused = () => page.evaluate(focusedWords)

/** Runs in the page: kind and name of what has the focus. */
function focusedWords(): string {
  const element = document.activeElement
  if (element === null || element === document.body) return 'nothing'
  const labels = 'labels' in element ? [...(element.labels as NodeListOf<HTMLLabelElement>)] : []
  const name =
    element.getAttribute('aria-label') ??
    (element instanceof HTMLInputElement || labels.length > 0
      ? (labels[0]?.querySelector('span.font-semibold') ?? labels[0])?.textContent
      : element.textContent)
  return `${element.tagName.toLowerCase()} ${name?.trim()}`
}

/** Runs in the page: why one would not see where the focus is, or nothing. */
function hiddenFocus(): string {
  const element = document.activeElement
  if (element === null || element === document.body || element.matches('iframe')) return ''
  const ring = [element, ...(element.closest('label') === null ? [] : [element.closest('label')])].some(
    (one) => {
      const style = one === null ? undefined : getComputedStyle(one)
      return (
        style !== undefined && style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2
      )
    },
  )
  if (!ring) return 'no outline'
  const box = element.getBoundingClientRect()
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1)
  const ys = [box.top + 3, box.top + box.height / 2, box.bottom - 3]
  const above = ys.map((y) => document.elementFromPoint(x, y))
  if (above.some((top) => top !== null && (element.contains(top) || top.contains(element)))) return ''
  const at = `${Math.round(box.top)}–${Math.round(box.bottom)} of ${innerHeight}`
  return `covered at ${at} by ${above.map((top) => top?.outerHTML.slice(0, 200)).join(' and ')}`
}
