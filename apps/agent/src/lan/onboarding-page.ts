import { createHash, X509Certificate } from 'node:crypto'
import { TRUST_STEPS, type TrustPlatform, type TrustStep } from '@holdfast/domain'
import type { Onboarding } from './onboarding-server.ts'

const STYLE = `:root{color-scheme:light dark}*{box-sizing:border-box}
body{margin:0 auto;max-width:40rem;padding:24px 16px 48px;font:17px/1.55 system-ui,sans-serif;color:#14282c;background:#f6f8f7}
h1{font-size:1.6rem;line-height:1.2;margin:.2em 0 .4em}h2{font-size:1.15rem;margin:2em 0 .4em}
code{font:.85em/1.6 ui-monospace,monospace;overflow-wrap:anywhere;display:block;background:#e6eceb;border-radius:8px;padding:10px 12px}
summary{font-weight:600;padding:10px 0;min-height:44px;cursor:pointer}details{border-top:1px solid #b9c6c5}
a{color:#0b5a68}.go{display:inline-block;padding:12px 20px;border-radius:10px;background:#0b5a68;color:#fff;text-decoration:none;min-height:44px}
li{margin:.35em 0}
@media(prefers-color-scheme:dark){body{color:#e4eceb;background:#0e1a1d}code{background:#1b2b2f}details{border-color:#34474b}a{color:#7cc7d4}.go{background:#7cc7d4;color:#08181b}}`

/** The whole page, without script: how to trust this home's authority on each platform. */
export function onboardingPage({ origin, host, authority }: Onboarding): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Holdfast on ${escaped(host)}</title>
<style>${STYLE}</style></head><body><main>
<h1>Open Holdfast on this device</h1>
<p>Holdfast runs on <b>${escaped(host)}</b>. Browsers need to trust its certificate once; then the app can be installed and send notifications.</p>
<h2>1. Compare</h2>
<p>This page comes over a connection that others on the network could change. Go on only if this SHA-256 fingerprint is the one that <b>holdfast trust</b>, or Settings, shows on the machine itself:</p>
<code id="fingerprint">${new X509Certificate(authority).fingerprint256}</code>
<p>The certificate can vouch only for .local and similar names and for private addresses, never for a site on the internet.</p>
<h2>2. Trust</h2>
${TRUST_STEPS.map(platformSteps).join('\n')}
<h2>3. Pair</h2>
<p>Restart the browser if it was open. If it warns about the connection, the certificate is not trusted yet.</p>
<p><a class="go" href="${escaped(origin)}/pair/">Open Holdfast</a></p>
</main></body></html>
`
}

function platformSteps({ name, steps }: TrustPlatform): string {
  const items = steps.map((step) => `<li>${stepText(step)}</li>`).join('\n')
  return `<details><summary>${escaped(name)}</summary><ol>${items}</ol></details>`
}

function stepText({ text, file, command }: TrustStep): string {
  const code = command === undefined ? '' : `<code>${escaped(command)}</code>`
  if (file === undefined) return escaped(text) + code
  const path = file === 'profile' ? '/holdfast.mobileconfig' : '/holdfast-ca.crt'
  return `<a href="${path}">${escaped(text)}</a>${code}`
}

/** An Apple configuration profile that holds the authority; the same authority gives the same identifiers. */
export function appleProfile(authority: Buffer, host: string): string {
  const root = uuidOf('root', authority)
  const data = authority.toString('base64')
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadContent</key><array><dict>
<key>PayloadCertificateFileName</key><string>holdfast-ca.crt</string>
<key>PayloadContent</key><data>${data}</data>
<key>PayloadDisplayName</key><string>Holdfast local authority</string>
<key>PayloadIdentifier</key><string>holdfast.authority.${root}</string>
<key>PayloadType</key><string>com.apple.security.root</string>
<key>PayloadUUID</key><string>${root}</string>
<key>PayloadVersion</key><integer>1</integer>
</dict></array>
<key>PayloadDisplayName</key><string>Holdfast on ${escaped(host)}</string>
<key>PayloadIdentifier</key><string>holdfast.profile.${root}</string>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadUUID</key><string>${uuidOf('profile', authority)}</string>
<key>PayloadVersion</key><integer>1</integer>
</dict></plist>
`
}

function uuidOf(what: string, authority: Buffer): string {
  const hex = createHash('sha256').update(what).update(authority).digest('hex').toUpperCase()
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
