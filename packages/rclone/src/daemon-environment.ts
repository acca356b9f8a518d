import { HoldfastError } from '@holdfast/domain'

/**
 * Edge: the only file of this package that reads the environment of this process. rclone gets what a program needs to
 * find its files, its proxy and the user's SSH agent; every `RCLONE_*` and everything else stays behind, so that
 * nothing inherited changes what it does.
 */
const KEPT = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'TMP',
  'TEMP',
  'LANG',
  'TZ',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'XDG_RUNTIME_DIR',
  'SSH_AUTH_SOCK',
  'KRB5CCNAME',
  'KRB5_CONFIG',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
])

/** The part of an environment that a child may inherit. */
export function inheritedEnvironment(from: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(from))
    if (value !== undefined && KEPT.has(name.toUpperCase())) kept[name] = value
  return kept
}

/**
 * Named remotes as rclone reads them from its environment: `RCLONE_CONFIG_<NAME>_<OPTION>`. Names are `[a-z0-9_]`:
 * what becomes of a hyphen differs between versions of rclone.
 */
export function remotesEnvironment(remotes: Record<string, Record<string, string>>): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [remote, options] of Object.entries(remotes)) {
    if (!/^[a-z][a-z0-9_]*$/.test(remote))
      throw new HoldfastError(
        'INPUT_INVALID',
        `"${remote}" can't be the name of a remote in the environment.`,
      )
    for (const [option, value] of Object.entries(options))
      environment[`RCLONE_CONFIG_${`${remote}_${option}`.toUpperCase()}`] = value
  }
  return environment
}
