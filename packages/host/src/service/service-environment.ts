/** What the agent reads that holds no secret, and what a program needs to reach the network as the user does. */
const KEPT = new Set([
  ...['HOLDFAST_PORT', 'HOLDFAST_BIND', 'HOLDFAST_ORIGINS', 'HOLDFAST_PUSH_HOSTS', 'HOLDFAST_LOG'],
  ...['HOLDFAST_LAN', 'HOLDFAST_LAN_PORT', 'HOLDFAST_LAN_HELP_PORT', 'HOLDFAST_TLS_CERT', 'HOLDFAST_TLS_KEY'],
  ...['HOLDFAST_CA_FILE', 'HOLDFAST_WEB_DIR', 'HOLDFAST_CONFIG_KEY_COMMAND', 'HOLDFAST_CONFIG_KEY_FROM'],
  ...['HOLDFAST_RCLONE_RC_URL', 'HOLDFAST_RCLONE_RC_USER', 'HOLDFAST_RCLONE_RC_PASSWORD_FILE'],
  ...['RCLONE_CONFIG', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'TZ'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
])

/** Secrets of the environment: never written into a file that others may read, so a service can't have them. */
const SECRETS = ['HOLDFAST_CONFIG_KEY', 'HOLDFAST_RCLONE_RC_PASSWORD']

/**
 * The part of an environment that a service is given: an allow-list, so that no passphrase, token or password gets into
 * a unit, which everybody on the machine may read. An address that carries a password is left out too. `leftOut` names
 * what the agent would miss.
 */
export function serviceEnvironment(from: Readonly<Record<string, string | undefined>>): {
  readonly kept: Readonly<Record<string, string>>
  readonly leftOut: readonly string[]
} {
  const kept: Record<string, string> = {}
  const leftOut: string[] = []
  for (const [name, value] of Object.entries(from).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === undefined || value === '') continue
    const known = KEPT.has(name.toUpperCase())
    if (SECRETS.includes(name) || (known && hasPassword(value))) leftOut.push(name)
    else if (known) kept[name] = value
  }
  return { kept, leftOut }
}

function hasPassword(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(value.trim())
}
