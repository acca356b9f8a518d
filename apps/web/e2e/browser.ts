import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** A phone as the design draws it. */
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
}

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }

/** Debian's Chromium without a window. Whoever launches it closes it. */
export async function launchChromium(
  options: {
    /** Its HOME, where it looks for certificates to trust. */
    readonly home?: string
    readonly args?: readonly string[]
  } = {},
): Promise<Browser> {
  const { home, args = [] } = options
  return await chromium.launch({
    executablePath: process.env.CHROME_PATH ?? '/usr/bin/chromium',
    args: ['--disable-background-networking', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...args],
    ...(home !== undefined && { env: { ...process.env, HOME: home } }),
  })
}

/** A page of a browser that was just paired through the link that the machine printed; it shows the home screen. */
export async function openPaired(
  browser: Browser,
  pairLink: string,
  options: BrowserContextOptions,
): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(pairLink)
  await page.getByRole('button', { name: /pair/i }).click()
  await page.waitForURL((url) => url.pathname === '/')
  return page
}
