import { createHash } from 'node:crypto'

/** Headers that every answer carries. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
}

/** For answers that are no page: nothing may load or run. */
export const NOTHING_POLICY = "default-src 'none'; frame-ancestors 'none'"

/** For the service worker: it imports its own scripts, fetches what it keeps and shows its icons, all from here. */
export const WORKER_POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; frame-ancestors 'none'"

/**
 * The content security policy of one exported page: own files and exactly the inline scripts that stand in it, by
 * their hash. Inline styles are allowed: components set them while running, and they can't run code.
 */
export function pagePolicy(html: string): string {
  const hashes = inlineScripts(html).map(
    (script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  )
  return [
    "default-src 'none'",
    ["script-src 'self'", ...new Set(hashes)].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The text of each script element without a `src`, as the browser will hash it. */
function inlineScripts(html: string): string[] {
  const scripts = html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/gi)
  return [...scripts].flatMap(([, attributes, text]) =>
    /\ssrc\s*=/i.test(attributes ?? '') ? [] : [text ?? ''],
  )
}
