/**
 * Edge: reads the environment, the arguments and the terminal, and turns signals into one AbortSignal; everything
 * else gets these as values.
 */
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Settings } from './settings.ts'

const env = process.env
const dataDir = env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share')
const home = resolve(env.HOLDFAST_HOME || join(dataDir, 'holdfast'))
// Not the shared default below /tmp: whoever writes there would choose the code that runs here.
if (existsSync(home)) {
  const code = join(home, 'cache', 'code')
  enableCompileCache(code)
  // For threads, which would compile everything again.
  env.NODE_COMPILE_CACHE ??= code
}

const settings: Settings = {
  home,
  userHome: homedir(),
  userVariables: env,
  path: env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  cwd: workingDirectory(),
  agent: env.HOLDFAST_AGENT || undefined,
  passphrase: env.HOLDFAST_PASSPHRASE,
  newPassphrase: env.HOLDFAST_NEW_PASSPHRASE,
  rcloneConfigPassword: env.RCLONE_CONFIG_PASS,
  newConfigPassword: env.HOLDFAST_NEW_CONFIG_KEY,
  defaultRcloneConfigs: [
    env.RCLONE_CONFIG,
    join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'rclone', 'rclone.conf'),
    join(homedir(), '.rclone.conf'),
  ].filter((file): file is string => file !== undefined && file !== ''),
  isRoot: process.geteuid?.() === 0,
  colours: process.stdout.isTTY === true && env.NO_COLOR === undefined && env.TERM !== 'dumb',
  signal: cancelOnSignals(),
}
endWithLauncher()

// Only now, so that their code comes from the cache as well.
const [{ runProgram }, { rawArguments }] = await Promise.all([
  import('./program.ts'),
  import('./argument-bytes.ts'),
])
const raw = env.HOLDFAST_ARGUMENTS
process.exitCode = await runProgram(
  rawArguments(process.argv.slice(2), () =>
    raw === undefined ? readFileSync('/proc/self/cmdline') : Buffer.from(raw, 'base64'),
  ),
  settings,
)

/** As bytes where the system tells: a folder's name need not be text. */
function workingDirectory(): Buffer {
  try {
    return readlinkSync('/proc/self/cwd', { encoding: 'buffer' })
  } catch {
    return Buffer.from(process.cwd())
  }
}

/** The first signal cancels; one that comes later quits at once. A terminal and the launcher may both send the first. */
function cancelOnSignals(): AbortSignal {
  const controller = new AbortController()
  let firstAtMs: number | undefined
  const onSignal = () => {
    if (firstAtMs === undefined) {
      firstAtMs = performance.now()
      controller.abort()
      // Work that does not hear the signal shall not keep the terminal.
      setTimeout(() => process.exit(130), 20_000).unref()
    } else if (performance.now() - firstAtMs > 400) process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  return controller.signal
}

/** When the launcher is killed nobody waits for us: stop at once, like it, and rclone with us. */
function endWithLauncher(): void {
  if (process.channel === undefined) return
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel?.unref()
}
