import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { settledFaults } from './settled-faults.ts'

/** What a person may have set: the narrowest window that counts, and text of twice the size. */
const WAYS = [
  { name: '320 px wide', width: 320, height: 640, textPx: 16 },
  { name: 'a phone with text of 200 %', width: 390, height: 844, textPx: 32 },
  { name: 'a desktop with text of 200 %', width: 1280, height: 800, textPx: 32 },
] as const

/** Fails when something needs sideways scrolling, is cut off, or lies on something else; leaves the page as it was. */
export async function expectReflow(page: Page, screen: string): Promise<void> {
  const before = page.viewportSize()
  const browser = await page.context().newCDPSession(page)
  for (const { name, width, height, textPx } of WAYS) {
    await page.setViewportSize({ width, height })
    await browser.send('Page.setFontSizes', { fontSizes: { standard: textPx, fixed: textPx } })
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    const faults = await settledFaults(() => page.evaluate(findFaults))
    expect.soft(faults, `${screen}, ${name}`).toEqual([])
  }
  await browser.send('Page.setFontSizes', { fontSizes: { standard: 16, fixed: 13 } })
  await browser.detach()
  if (before !== null) await page.setViewportSize(before)
}

/** Runs in the page. */
function findFaults(): string[] {
  const faults: string[] = []
  const WORD_OR_NUMBER = /\p{L}{2,16}|(?<![\p{L}\p{N}])\p{N}+(?:[.,:]\p{N}+)*(?![\p{L}\p{N}])/gu
  const { clientWidth: width, scrollWidth } = document.documentElement
  if (scrollWidth > width) {
    const beyond = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > width + 1 && element.checkVisibility(),
    )
    const least = beyond.filter(
      (element) => !beyond.some((other) => other !== element && element.contains(other)),
    )
    const names = least.slice(0, 4).map((element) => `${element.tagName} .${element.getAttribute('class')}`)
    faults.push(`the page is ${scrollWidth - width} px too wide: ${names.join('; ')}`)
  }
  const texts: { node: Node; element: Element; text: string; boxes: DOMRect[]; floats: boolean }[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.nodeValue?.trim() ?? ''
    const element = walker.currentNode.parentElement
    if (text === '' || element === null || !element.checkVisibility({ visibilityProperty: true })) continue
    if (element.closest('script, style, svg, .sr-only, [aria-hidden="true"], option') !== null) continue
    // What only a screen reader meets has no size.
    if (element.clientWidth === 1 && element.clientHeight === 1) continue
    const range = document.createRange()
    range.selectNodeContents(walker.currentNode)
    texts.push({
      node: walker.currentNode,
      element,
      text: text.slice(0, 50),
      boxes: [...range.getClientRects()],
      floats: isFloating(element),
    })
  }
  for (const { element, text, boxes } of texts) {
    for (
      let around: Element | null = element;
      around !== null && around !== document.body;
      around = around.parentElement
    ) {
      const style = getComputedStyle(around)
      const frame = around.getBoundingClientRect()
      const sideways =
        style.overflowX !== 'visible' &&
        boxes.some((box) => box.right > frame.right + 1 || box.left < frame.left - 1)
      const below = style.overflowY === 'hidden' && boxes.some((box) => box.bottom > frame.bottom + 3)
      if (sideways || below) {
        faults.push(`cut off: “${text}” by ${around.tagName} .${around.className}`)
        break
      }
    }
    if (boxes.some((box) => box.right > width + 1 || box.left < -1))
      faults.push(`beside the screen: “${text}”`)
  }
  // A path breaks where it must.
  for (const { node, text } of texts.filter((one) => !one.text.includes('/')))
    for (const word of (node.nodeValue ?? '').matchAll(WORD_OR_NUMBER)) {
      const range = document.createRange()
      range.setStart(node, word.index)
      range.setEnd(node, word.index + word[0].length)
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)))
      if (lines.size > 1) faults.push(`“${word[0]}” of “${text}” is broken`)
    }
  for (const [i, one] of texts.entries())
    for (const other of texts.slice(i + 1)) {
      // Bars that stay in place lie over what scrolls under them.
      if (
        one.floats !== other.floats ||
        one.element.contains(other.element) ||
        other.element.contains(one.element)
      )
        continue
      const meet = one.boxes.some((a) =>
        other.boxes.some(
          (b) =>
            Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
            Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 6,
        ),
      )
      if (meet) faults.push(`“${one.text}” lies on “${other.text}”`)
    }
  return [...new Set(faults)].slice(0, 20)

  function isFloating(element: Element): boolean {
    for (let around: Element | null = element; around !== null; around = around.parentElement)
      if (/fixed|sticky/.test(getComputedStyle(around).position)) return true
    return false
  }
}
